/** Ends that use a relay and nothing else, in real browsers, with a real coturn. Whole calls: e2e/relay-call.spec.ts. */
import type { IceServerList, SessionOffer } from "@megachat/wire";
import { startCoturn } from "../../../e2e/support/coturn.ts";
import { credentialsUntil } from "../../../e2e/support/turn-client.ts";
import { expect, random, test, type BrowserKind, type End } from "./bench.ts";
import { outerAddress } from "./relay.ts";

const PORT = 34_780;
const browsers: readonly BrowserKind[] = ["chromium", "firefox"];

/** The caller has described itself and taken the answer; whether a path comes of it is another matter. */
async function begin(
  caller: End,
  callee: End,
  iceServers: IceServerList,
): Promise<{ readonly call: Uint8Array; readonly offer: SessionOffer }> {
  const call = random.bytes(16);
  await caller.command(call, { type: "capture", camera: false });
  await caller.command(call, { type: "offer", iceServers, relayOnly: true });
  const { offer } = await caller.next("offered");
  await callee.command(call, { type: "capture", camera: false });
  await callee.command(call, { type: "answer", offer, candidates: [], iceServers: [], relayOnly: false });
  const { answer } = await callee.next("answered");
  await caller.command(call, { type: "accepted", answer });
  return { call, offer };
}

/** Real Firefox, for what `connection.test.ts` plays; not in every run, since it takes its time to give up. */
if (process.env["MEGACHAT_E2E"] === "all")
  test("[M1] firefox: a caller who has no relay and uses no other way is no path, and nobody is accused", async ({ sit }) => {
    const [alice, bob] = [await sit("firefox"), await sit("firefox")];
    const { offer } = await begin(alice, bob, []);
    expect(offer.candidates).toEqual([]);
    await bob.next("noPath");
    expect(bob.events.filter(({ type }) => type === "failed")).toEqual([]);
  });

test("[M24, M25] a restart after the credentials are over finds the relay by newer ones, and by nothing else", async ({ sit }) => {
  const address = outerAddress();
  // Beside whatever else this machine has on the usual port.
  const change = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace("port=3478", `port=${PORT}`));
  const relay = await startCoturn({ name: "relay.test", ip4: { listening: address, relaying: address }, change });
  const servers = (lastingMs: number): IceServerList => {
    const { username, password } = credentialsUntil(new Date(Date.now() + lastingMs), relay.secret);
    return [{ urls: [`turn:${address}:${PORT}?transport=udp`], username, credential: password }];
  };
  const restarting = async (kind: BrowserKind): Promise<void> => {
    const [alice, bob] = [await sit(kind), await sit(kind)];
    const until = Date.now() + 4_000;
    const { call, offer } = await begin(alice, bob, servers(4_000));
    const restart = async (generation: number): Promise<void> => {
      await alice.command(call, { type: "restart", generation });
      const { offer: again } = await alice.next("restartOffered");
      await bob.command(call, { type: "restartOffer", generation, offer: again });
      const { answer } = await bob.next("restartAnswered");
      await alice.command(call, { type: "restartAnswer", generation, answer });
    };
    const found = (generation: number) =>
      alice.events.flatMap((event) => (event.type === "candidates" && event.generation === generation ? event.candidates : []));
    await expect.poll(() => [...offer.candidates, ...found(0)].map(({ kind: of }) => of)).toEqual(["relay"]);

    await new Promise((done) => setTimeout(done, until + 1_500 - Date.now()));
    await restart(1);
    await new Promise((done) => setTimeout(done, 1_500));
    expect(found(1)).toEqual([]);
    await alice.command(call, { type: "servers", iceServers: servers(600_000) });
    await restart(2);
    await expect.poll(() => found(2).map(({ kind: of }) => of)).toEqual(["relay"]);
    for (const end of [alice, bob]) expect(end.events.filter(({ type }) => type === "failed")).toEqual([]);
  };
  try {
    await Promise.all(browsers.map(restarting));
  } finally {
    await relay.stop();
  }
});
