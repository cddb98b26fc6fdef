import fc from "fast-check";
import { expect, test } from "vitest";
import { newWorld } from "../test-kit/forger-world.ts";
import { newChat, rowOf } from "../test-kit/engine-world.ts";
import { NOW, Seat, value } from "../test-kit/people.ts";

const kinds = ["commit", "externalCommit", "application", "account"] as const;

test("[G18] bytes that nobody sent are skipped or fail, whatever they are, and change nothing", () => {
  const chat = newChat(2);
  const [a] = chat.seats as [Seat, Seat];
  const before = a.engine.state(chat.id);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...kinds), (body, kind) => {
      expect(a.engine.open(chat.id, { kind, body })).toMatchObject({ type: "skipped" });
      expect(a.engine.stageWelcome(body).ok).toBe(false);
      expect(a.engine.externalCommit({ conversation: chat.id, groupInfo: body, floor: 0, now: NOW }).ok).toBe(false);
      expect(a.engine.commitChange(chat.id, { add: [body], now: NOW }).ok).toBe(false);
    }),
    { numRuns: 200 },
  );
  expect(a.persist()).toBe(0);
  expect(a.engine.state(chat.id)).toEqual(before);
});

test("[G18] true rows with bits turned over, cut or lengthened are never taken, and never harm", async () => {
  const world = await newWorld({ role: "admin" });
  const { bobSeat, carolSeat, id } = world;
  const joiner = new Seat(world.bobSeat.device);
  const samples = [
    { kind: "application" as const, body: await world.forger.seal(Uint8Array.of(1, 2, 3)) },
    { kind: "commit" as const, body: (await world.forger.commit({})).commit },
    { kind: "commit" as const, body: (await world.forger.commit({ remove: [2] })).commit },
    rowOf(
      value(carolSeat.engine.externalCommit({ conversation: id, groupInfo: await world.forger.groupInfo(), floor: 0, now: NOW })),
    ),
  ];
  const groupInfo = await world.forger.groupInfo();
  const before = bobSeat.engine.state(id);
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 7 })), { minLength: 1, maxLength: 3 });
  const mutate = (body: Uint8Array, how: readonly (readonly [number, number])[], cut: number): Uint8Array => {
    const out = Uint8Array.from(body);
    for (const [at, bit] of how) out[at % out.length] = (out[at % out.length] ?? 0) ^ (1 << bit);
    return cut === 0 ? out.subarray(0, (how[0]?.[0] ?? 0) % out.length) : cut === 1 ? Uint8Array.of(...out, 0) : out;
  };
  fc.assert(
    fc.property(fc.constantFrom(...samples), flips, fc.nat({ max: 9 }), ({ kind, body }, how, cut) => {
      const mutant = mutate(body, how, cut);
      // Two flips may cancel out.
      fc.pre(Buffer.compare(mutant, body) !== 0);
      const opened = bobSeat.engine.open(id, { kind, body: mutant });
      expect(["skipped", "failed"]).toContain(opened.type);
      expect(bobSeat.engine.takeChanges()).toEqual([]);
      const info = mutate(groupInfo, how, cut);
      fc.pre(Buffer.compare(info, groupInfo) !== 0);
      expect(joiner.engine.externalCommit({ conversation: id, groupInfo: info, floor: 0, now: NOW }).ok).toBe(false);
    }),
    { numRuns: Number(process.env["MEGACHAT_MUTANTS"] ?? 500) },
  );
  expect(bobSeat.engine.state(id)).toEqual(before);
  expect(bobSeat.engine.open(id, samples[1] ?? rowOf(value(carolSeat.engine.commitChange(id, { now: NOW }))))).toMatchObject({
    type: "committed",
  });
});
