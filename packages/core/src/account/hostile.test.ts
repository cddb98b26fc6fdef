/** A server that lies about numbers, waits and times to the account and to people. */
import { toHex } from "@megachat/base";
import type { Reply } from "@megachat/wire";
import { expect, test } from "vitest";
import { strangers } from "../../test-kit/acquaintances.ts";
import { restoreAccount } from "./index.ts";
import { accountRows } from "./at-rest.ts";
import { takeRow } from "./log.ts";

/** The server stores nothing of Alice's account log until it is let go. */
function stubborn({ server, alice }: ReturnType<typeof strangers>): () => void {
  const log = server.logs.get(toHex(alice.account));
  if (!log) throw new Error("no account log");
  log.turn = 7;
  return () => void (log.turn = 0);
}

test("[R39] a last sequence that no device can have is not believed, and what was written is stored when the lie ends", () => {
  for (const last of [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 2]) {
    const world = strangers(`last ${last}`);
    const { alice, settle } = world;
    const letGo = stubborn(world);
    const lie: Reply = { type: "outOfSequence", last };
    alice.wire.rewriteReply = (reply, request) => (request.type === "append" ? lie : reply);
    alice.wish({ type: "setDisplayName", displayName: "Ann" });
    settle();
    alice.wish({ type: "setDisplayName", displayName: "Anna" });
    settle();
    const rows = accountRows(null, alice.own()).flatMap(({ space, key, value }) => (value ? [{ space, key, value }] : []));
    expect(restoreAccount(rows)).not.toBe(null);
    alice.wire.rewriteReply = (reply) => reply;
    letGo();
    world.time.pass(3_600_000);
    settle();
    expect(alice.own().outbox).toEqual([]);
    expect(alice.own().profile.displayName).toBe("Anna");
    expect(alice.own().log.alarms.map(({ type }) => type)).toContain("notAuthentic");
  }
});

test("[R39] a wait of no time is a second, and a wait of for ever ends within ten minutes", () => {
  for (const retryAfterMs of [0, Number.MAX_SAFE_INTEGER]) {
    const world = strangers(`wait ${retryAfterMs}`);
    const { alice, settle } = world;
    const letGo = stubborn(world);
    let asked = 0;
    alice.wire.rewriteReply = (reply, request) => {
      if (request.type !== "append") return reply;
      asked++;
      return { type: "slowDown", retryAfterMs, puzzle: null };
    };
    alice.wish({ type: "setDisplayName", displayName: "Ann" });
    world.time.pass(10_000);
    expect(asked).toBeLessThan(15);
    alice.wire.rewriteReply = (reply) => reply;
    letGo();
    world.time.pass(700_000);
    settle();
    expect(alice.own().outbox).toEqual([]);
  }
});

test("[R39] a row from the end of time is folded with a time that clocks can show", () => {
  const world = strangers("end of time");
  const { alice, time } = world;
  stubborn(world);
  alice.wire.rewriteReply = (reply, request) =>
    request.type === "append" ? { type: "slowDown", retryAfterMs: 60_000, puzzle: null } : reply;
  alice.wish({ type: "setDisplayName", displayName: "Ann" });
  world.settle();
  const [first] = alice.own().outbox;
  if (!first?.sealed) throw new Error("nothing was sealed");
  const { position } = alice.own().log;
  const row = {
    position: position + 1,
    turn: 0,
    time: Number.MAX_SAFE_INTEGER,
    kind: "account",
    device: alice.own().self.device,
    sequence: first.sequence,
    body: first.sealed.body,
  } as const;
  const taken = takeRow(alice.own(), row, time.now());
  expect(taken.folds).toHaveLength(1);
  expect(taken.folds[0]?.time).toBe(time.now());
  expect(toHex(taken.state.log.hash)).not.toBe(toHex(alice.own().log.hash));
});
