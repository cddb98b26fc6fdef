/** Which field is bent in which act: one operation for each field, by chance, where the act is known to bring it. */
import type { Reply, Request } from "@megachat/wire";
import type { Chance, Sent } from "../operations.ts";
import { copyOf, placesOf, plainOf, type Field } from "../frame.ts";
import { isMessage } from "../case.ts";
import { acts, type Act } from "./acts.ts";

export interface Target {
  readonly field: Field;
  readonly act: Act;
  /** Which of these messages in the act, from 0. */
  readonly nth: number;
  readonly seed: string;
}

interface Seldom {
  readonly act: string;
  /** The reply whose place it takes. */
  readonly of: Reply["type"];
  readonly make: (request: Request, chance: Chance) => Reply;
}

/** What the server says seldom: Mallory says it in the place of what it says often, well-formed, and bends that. */
export const instead: ReadonlyMap<string, Seldom> = new Map<string, Seldom>([
  ["refused", { act: "talk", of: "appended", make: () => ({ type: "refused", reason: "notStored" }) }],
  [
    "slowDown",
    {
      act: "sign out and in",
      of: "loginAnswer",
      make: (_, chance) => ({ type: "slowDown", retryAfterMs: 300, puzzle: { seed: chance.bytes(16), bits: 8 } }),
    },
  ],
  [
    "staleTurn",
    {
      act: "talk",
      of: "appended",
      make: (request) => ({ type: "staleTurn", turn: "turn" in request ? request.turn : 0, position: 1 }),
    },
  ],
  [
    "outOfSequence",
    {
      act: "talk",
      of: "appended",
      make: (request) => ({ type: "outOfSequence", last: "sequence" in request ? request.sequence : 0 }),
    },
  ],
  ["exists", { act: "be asked", of: "appended", make: (_, chance) => ({ type: "exists", log: chance.bytes(16) }) }],
]);

/** The frame with another reply in it. */
export const withReply = (sent: Sent, reply: Reply): Sent => {
  const frame = copyOf(sent.plain) as unknown[];
  const other = plainOf({ type: "reply", number: 0, reply });
  return { ...sent, message: reply.type, plain: [...frame.slice(0, -1), other.at(-1)] };
};

/** Pushes that come of themselves on no ordinary day, said before the act. */
export const unasked: ReadonlyMap<string, unknown> = new Map([
  ["sessionEnded", plainOf({ type: "push", push: { type: "sessionEnded", why: "replaced" } })],
  ["goingAway", plainOf({ type: "push", push: { type: "goingAway", retryAfterMs: 300 } })],
]);

/** In the order of the acts. A field that no act brings is left out, and counted by whoever asks. */
export function makeTargets(
  fields: readonly Field[],
  brought: ReadonlyMap<string, readonly Sent[]>,
  seed: string,
  chanceOf: (seed: string) => Chance,
): readonly Target[] {
  const targets = fields.flatMap((field): readonly Target[] => {
    const chance = chanceOf(`${seed} ${field.name}`);
    const places = acts.flatMap((act) => {
      const seldom = instead.get(field.message);
      const isHere = seldom?.act === act.name || (unasked.has(field.message) && act.name === "talk");
      const times = isHere
        ? 1
        : (brought.get(act.name) ?? []).filter((sent) => isMessage(sent, field) && placesOf(sent.plain, field).length > 0).length;
      return times > 0 ? [{ act, times }] : [];
    });
    // Silence is long: only what comes in nothing else is looked for there.
    const quick = places.filter(({ act }) => act.name !== "be silent");
    const chosen = (quick.length > 0 ? quick : places)[chance.below(Math.max(1, quick.length || places.length))];
    if (!chosen) return [];
    return [{ field, act: chosen.act, nth: chance.below(Math.min(chosen.times, 4)), seed: `${seed} ${field.name}` }];
  });
  return targets.toSorted((a, b) => acts.indexOf(a.act) - acts.indexOf(b.act));
}
