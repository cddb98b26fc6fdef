/** Calls on the bench: the core's part between two ends, step by step as in a real call. */
import type { Candidate, SessionAnswer, SessionOffer } from "@megachat/wire";
import { expect, random, sealedKey, type End } from "./bench.ts";
import { openRelay, type Relay } from "./relay.ts";

export interface Talk extends AsyncDisposable {
  readonly call: Uint8Array<ArrayBuffer>;
  readonly caller: End;
  readonly callee: End;
  readonly relay: Relay;
  /** An ICE restart from wish to answer. */
  readonly restart: (generation: number) => Promise<void>;
  /** Both enter a new epoch. */
  readonly rekey: (epoch: number, removal: boolean) => Promise<void>;
}

const path = { iceServers: [], relayOnly: false };

/** Two ends in a call, over a path that can be cut. Nothing is captured by the callee, and nothing connected, before it accepts. */
export async function talk(
  caller: End,
  callee: End,
  { camera = false, tamper = (offer: SessionOffer) => offer } = {},
): Promise<Talk> {
  const call = random.bytes(16);
  const relay = await openRelay();
  /** A busy browser finds its addresses later than it describes itself. */
  const told = async (from: "caller" | "callee", { candidates }: SessionOffer, generation = 0): Promise<readonly Candidate[]> => {
    let instead = await relay.instead(from, candidates);
    while (instead.length === 0) {
      const late = await (from === "caller" ? caller : callee).next("candidates");
      if (late.generation === generation) instead = await relay.instead(from, late.candidates);
    }
    return instead;
  };

  await caller.command(call, { type: "capture", camera });
  await caller.command(call, { type: "offer", ...path });
  const { offer, workerKey: callerKey } = await caller.next("offered");
  await caller.next("captured");
  expect(callee.events).toEqual([]);
  await callee.command(call, { type: "capture", camera });
  await callee.command(call, {
    type: "answer",
    offer: tamper({ ...offer, candidates: await told("caller", offer) }),
    candidates: [],
    ...path,
  });
  const { answer, workerKey: calleeKey } = await callee.next("answered");
  await callee.next("captured");

  const rekey = async (epoch: number, removal: boolean): Promise<void> => {
    const [forCaller, forCallee] = [random.bytes(32), random.bytes(32)];
    const keys = (workerKey: Uint8Array, own: End, ownKey: typeof forCaller, other: End, otherKey: typeof forCaller) => ({
      type: "keys" as const,
      sealed: [
        sealedKey(workerKey, call, { direction: "receive", join: other.join, epoch, baseKey: otherKey, removal }),
        sealedKey(workerKey, call, { direction: "send", join: own.join, epoch, baseKey: ownKey, removal }),
      ],
    });
    await caller.command(call, keys(callerKey, caller, forCaller, callee, forCallee));
    await callee.command(call, keys(calleeKey, callee, forCallee, caller, forCaller));
  };
  await caller.command(call, { type: "accepted", answer: { ...answer, candidates: await told("callee", answer) } });
  await rekey(1, false);
  for (const end of [caller, callee]) await end.command(call, { type: "send" });

  return {
    call,
    caller,
    callee,
    relay,
    rekey,
    restart: async (generation) => {
      await caller.command(call, { type: "restart", generation });
      const again = await caller.next("restartOffered");
      await callee.command(call, { type: "restartOffer", generation, offer: again.offer });
      const back: { answer: SessionAnswer } = await callee.next("restartAnswered");
      const answered = { ...back.answer, candidates: await told("callee", back.answer, generation) };
      await caller.command(call, { type: "restartAnswer", generation, answer: answered });
      // The caller's candidates follow the answer.
      const candidates = await told("caller", again.offer, generation);
      await callee.command(call, { type: "candidates", generation, candidates });
    },
    [Symbol.asyncDispose]: async () => {
      for (const end of [caller, callee]) await end.command(call, { type: "close" }).catch(() => {});
      relay.close();
    },
  };
}
