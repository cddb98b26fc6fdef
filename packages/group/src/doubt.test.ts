import { expect, test } from "vitest";
import { agree as agreeWith, newWorld, takenByAll, type World } from "../test-kit/forger-world.ts";
import { agree, allTalk, giveTo, newChat, rowOf } from "../test-kit/engine-world.ts";
import { NOW, Seat, value } from "../test-kit/people.ts";

/** Spoils the path secret that is meant for the recipient at this place of the node next to the root. */
const spoil = (place: number) => ({
  path: (path: { nodes: { encryptedPathSecret: { ciphertext: Uint8Array }[] }[] }) => {
    const secrets = path.nodes.flatMap((node) => node.encryptedPathSecret);
    const target = secrets.at(place);
    if (target) target.ciphertext = target.ciphertext.map((byte) => byte ^ 1);
  },
});
const open = (world: World, seat: Seat, commit: Uint8Array) => {
  const opened = seat.engine.open(world.id, { kind: "commit", body: commit });
  seat.persist();
  return opened;
};

test("[G20] a path secret that fails for one is that one's doubt; the next epoch's rows send it to a resync", async () => {
  const world = await newWorld();
  const { bobSeat, carolSeat, id } = world;
  const half = await world.forger.commit({ forge: spoil(-1) });
  half.adopt();
  const outcomes = [open(world, bobSeat, half.commit), open(world, carolSeat, half.commit)];
  const failed = outcomes.findIndex((each) => each.type === "failed");
  const [hurt, well] = failed === 0 ? [bobSeat, carolSeat] : [carolSeat, bobSeat];
  expect(outcomes[failed]).toMatchObject({ type: "failed", reason: "pathFailed", epoch: 1 });
  expect(outcomes[1 - failed]).toMatchObject({ type: "committed", epoch: 2 });
  expect(hurt.engine.state(id)).toMatchObject({ epoch: 1, doubt: "pathFailed" });
  expect(hurt.engine.seal(id, Uint8Array.of(1), new Uint8Array(0))).toEqual({ ok: false, error: { type: "inDoubt" } });
  expect(hurt.engine.commitChange(id, { now: NOW })).toEqual({ ok: false, error: { type: "inDoubt" } });
  hurt.crash();
  expect(hurt.engine.state(id)?.doubt).toBe("pathFailed");

  const { body } = value(well.engine.seal(id, Uint8Array.of(1), new Uint8Array(0)));
  expect(hurt.engine.open(id, { kind: "application", body })).toMatchObject({ type: "failed", reason: "futureEpoch", epoch: 2 });
  const groupInfo = value(well.engine.groupInfo(id));
  const back = value(hurt.engine.externalCommit({ conversation: id, groupInfo, floor: 1, now: NOW }));
  hurt.persist();
  expect(well.engine.open(id, rowOf(back))).toMatchObject({ type: "committed", epoch: 3 });
  value(hurt.engine.adoptPending(id));
  await world.forger.open(back.commit);
  agreeWith(world);
  expect(hurt.engine.state(id)).toMatchObject({ epoch: 3, doubt: undefined, unconfirmed: true });
  allTalk([bobSeat, carolSeat], id);
});

test("[G20] when all doubt the same junk, the first row of the old epoch ends it for everybody", async () => {
  const world = await newWorld();
  const { bobSeat, carolSeat, id } = world;
  const junk = await world.forger.commit({
    forge: {
      path: (path) => {
        for (const node of path.nodes)
          for (const secret of node.encryptedPathSecret) secret.ciphertext = secret.ciphertext.map((byte) => byte ^ 1);
      },
    },
  });
  for (const seat of [bobSeat, carolSeat])
    expect(open(world, seat, junk.commit)).toMatchObject({ type: "failed", reason: "pathFailed" });
  // Somebody has waited long enough, and goes on.
  bobSeat.engine.carryOn(id);
  const { body } = value(bobSeat.engine.seal(id, Uint8Array.of(1), new Uint8Array(0)));
  expect(carolSeat.engine.open(id, { kind: "application", body }).type).toBe("message");
  expect(carolSeat.engine.state(id)).toMatchObject({ epoch: 1, doubt: undefined });
  giveTo([bobSeat], id, { kind: "application", body });
  allTalk([bobSeat, carolSeat], id);
});

test("[G21] a removal that only its victim believes leaves the victim where the others are", async () => {
  const world = await newWorld({ role: "admin" });
  const { bobSeat, carolSeat, id } = world;
  const roster = { ...world.roster, accounts: world.roster.accounts.filter((each) => each.account !== world.carol.id) };
  const junk = await world.forger.commit({ remove: [2], forge: { tag: (tag) => tag.map((byte) => byte ^ 1) } });
  expect(open(world, carolSeat, junk.commit)).toMatchObject({ type: "removed", by: { leaf: 0 }, epoch: 2 });
  expect(open(world, bobSeat, junk.commit)).toMatchObject({
    type: "skipped",
    reason: { type: "refusedByMls", kind: "confirmationTag" },
  });
  expect(carolSeat.engine.state(id)).toMatchObject({ epoch: 1, doubt: "removed" });
  expect(carolSeat.engine.seal(id, Uint8Array.of(1), new Uint8Array(0))).toEqual({ ok: false, error: { type: "inDoubt" } });

  const { body } = value(bobSeat.engine.seal(id, Uint8Array.of(1), new Uint8Array(0)));
  expect(giveTo([bobSeat, carolSeat], id, { kind: "application", body }).map((each) => each.type)).toEqual(["ownRow", "message"]);
  expect(carolSeat.engine.state(id)?.doubt).toBeUndefined();
  allTalk([bobSeat, carolSeat], id);

  // The true removal, for comparison: nothing of the next epoch opens, and forgetting leaves no key behind.
  const removal = await world.forger.commit({ remove: [2], roster });
  removal.adopt();
  expect(open(world, carolSeat, removal.commit).type).toBe("removed");
  expect(open(world, bobSeat, removal.commit).type).toBe("committed");
  const after = value(bobSeat.engine.seal(id, Uint8Array.of(2), new Uint8Array(0)));
  expect(carolSeat.engine.open(id, { kind: "application", body: after.body })).toMatchObject({
    type: "failed",
    reason: "futureEpoch",
  });
  carolSeat.engine.forget(id);
  carolSeat.persist();
  const left = [...carolSeat.disk.values()].filter(({ key }) => carolSeat.engine.conversationOfRow(key));
  expect(left.map(({ value: row }) => row.length)).toEqual([8]);
});

test("[G25] a resync keeps the old state until another leaf confirms the new one", () => {
  const chat = newChat(3);
  const [a, b, c] = chat.seats as [Seat, Seat, Seat];
  const old = c.engine.state(chat.id);
  const rejoin = () => {
    const groupInfo = value(a.engine.groupInfo(chat.id));
    const pending = value(c.engine.externalCommit({ conversation: chat.id, groupInfo, floor: 0, now: NOW }));
    c.persist();
    return pending;
  };
  // Refused by the server: as before.
  rejoin();
  expect(c.engine.state(chat.id)).toMatchObject({ epoch: 1, pending: "external" });
  expect(c.engine.seal(chat.id, Uint8Array.of(1), new Uint8Array(0))).toEqual({ ok: false, error: { type: "pending" } });
  c.crash();
  c.engine.dropPending(chat.id);
  c.persist();
  expect(c.engine.state(chat.id)).toEqual(old);
  allTalk(chat.seats, chat.id);

  // Taken: the new state is in use, across a restart; the old one comes back when the new one was nobody's.
  const taken = rejoin();
  expect(taken.joins).toMatchObject({ epoch: 2, members: [{ leaf: 0 }, { leaf: 1 }, { leaf: 2 }] });
  expect(
    value(c.engine.exportSecret({ conversation: chat.id, label: "x", context: new Uint8Array(0), length: 32, of: "pending" }))
      .length,
  ).toBe(32);
  value(c.engine.adoptPending(chat.id));
  c.persist();
  c.crash();
  expect(c.engine.state(chat.id)).toMatchObject({ epoch: 2, unconfirmed: true, pending: undefined });
  expect(c.engine.revertResync(chat.id)).toBe(true);
  c.persist();
  expect(c.engine.state(chat.id)).toEqual(old);
  allTalk(chat.seats, chat.id);

  // Confirmed: the old state is gone for good.
  const again = rejoin();
  value(c.engine.adoptPending(chat.id));
  giveTo([a, b], chat.id, rowOf(again));
  agree(chat.seats, chat.id);
  c.engine.confirmResync(chat.id);
  c.persist();
  expect(c.engine.revertResync(chat.id)).toBe(false);
  expect(c.engine.state(chat.id)?.unconfirmed).toBe(false);
  allTalk(chat.seats, chat.id);
});

test("[G25] a GroupInfo that is stale, damaged or of another conversation is refused and changes nothing", () => {
  const chat = newChat(3);
  const other = newChat(2);
  const [a, b, c] = chat.seats as [Seat, Seat, Seat];
  const stale = value(a.engine.groupInfo(chat.id));
  giveTo(chat.seats, chat.id, rowOf(value(a.engine.commitChange(chat.id, { now: NOW }))));
  const join = (groupInfo: Uint8Array, floor = 0) => {
    const result = c.engine.externalCommit({ conversation: chat.id, groupInfo, floor, now: NOW });
    return result.ok ? "built" : result.error;
  };
  expect(join(stale)).toEqual({ type: "stale", epoch: 1, floor: 2 });
  const fresh = value(b.engine.groupInfo(chat.id));
  expect(join(fresh, 3)).toEqual({ type: "stale", epoch: 2, floor: 3 });
  expect(join(value((other.seats[0] as Seat).engine.groupInfo(other.id)))).toEqual({ type: "wrongConversation" });
  expect(join(fresh.map((byte, i) => (i === fresh.length - 5 ? byte ^ 1 : byte)))).toMatchObject({ type: "refusedByMls" });
  expect(join(fresh.slice(0, -1))).toEqual({ type: "malformed" });
  expect(c.persist()).toBe(0);
  expect(join(fresh)).toBe("built");
  c.engine.rollback();
  allTalk(chat.seats, chat.id);
});

test("[G22] rows in our own name are ours by their hash alone; any other is an alarm and changes nothing", async () => {
  const chat = newChat(3);
  const [a, b, c] = chat.seats as [Seat, Seat, Seat];
  // A copy of the device, made while it was off.
  const copy = new Seat(a.device);
  for (const [key, row] of a.disk) copy.disk.set(key, row);
  copy.crash();
  const forgedText = value(copy.engine.seal(chat.id, Uint8Array.of(66), new Uint8Array(0)));
  const forgedCommit = value(copy.engine.commitChange(chat.id, { now: NOW }));
  for (const row of [{ kind: "application" as const, body: forgedText.body }, rowOf(forgedCommit)]) {
    const before = a.engine.state(chat.id);
    expect(a.engine.open(chat.id, row)).toEqual({ type: "skipped", reason: { type: "forgedOwn" }, author: undefined });
    expect(a.persist()).toBe(0);
    expect(a.engine.state(chat.id)).toEqual(before);
  }
  // What we did send is recognised once, also after a restart.
  const sent = value(b.engine.seal(chat.id, Uint8Array.of(1), new Uint8Array(0)));
  b.persist();
  b.crash();
  expect(giveTo([b], chat.id, { kind: "application", body: sent.body })).toEqual([{ type: "ownRow" }]);
  expect(giveTo([b], chat.id, { kind: "application", body: sent.body })).toMatchObject([{ reason: { type: "forgedOwn" } }]);
  expect(giveTo([a, c], chat.id, { kind: "application", body: sent.body }).map((each) => each.type)).toEqual([
    "message",
    "message",
  ]);
});

test("[G12, G22] a row of ours that the server calls something else is skipped by us as by the others", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const pending = value(a.engine.commitChange(chat.id, { now: NOW }));
  const sent = value(b.engine.seal(chat.id, Uint8Array.of(1), new Uint8Array(0)));
  for (const seat of [a, b]) {
    seat.persist();
    expect(seat.engine.open(chat.id, { kind: "application", body: pending.commit })).toMatchObject({
      type: "skipped",
      reason: { type: "wrongKind" },
    });
    expect(seat.engine.open(chat.id, { kind: "commit", body: sent.body })).toMatchObject({
      type: "skipped",
      reason: { type: "wrongKind" },
    });
    expect(seat.persist()).toBe(0);
  }
  expect(giveTo([a, b], chat.id, { kind: "application", body: sent.body }).map((each) => each.type)).toEqual(["message", "ownRow"]);
  giveTo([a, b], chat.id, rowOf(pending));
  agree([a, b], chat.id);
});

test("[G25] a state whose rows are damaged says so, and joins again", () => {
  const chat = newChat(3);
  const [a, b, c] = chat.seats as [Seat, Seat, Seat];
  for (const [key, row] of c.disk) {
    if (c.engine.conversationOfRow(row.key) && row.value.length > 100) c.disk.set(key, { ...row, value: row.value.slice(0, -3) });
  }
  c.crash();
  expect(c.engine.state(chat.id)).toBeUndefined();
  const { body } = value(a.engine.seal(chat.id, Uint8Array.of(1), new Uint8Array(0)));
  expect(c.engine.open(chat.id, { kind: "application", body })).toEqual({ type: "failed", reason: "damaged", epoch: 1 });
  const stale = { conversation: chat.id, groupInfo: value(a.engine.groupInfo(chat.id)), floor: 2, now: NOW };
  expect(c.engine.externalCommit(stale)).toMatchObject({ error: { type: "stale" } });
  const back = value(c.engine.externalCommit({ ...stale, floor: 0 }));
  c.persist();
  giveTo([a, b, c], chat.id, rowOf(back));
  agree(chat.seats, chat.id);
  c.engine.confirmResync(chat.id);
  c.persist();
  c.crash();
  allTalk(chat.seats, chat.id);
});

test("[G34] a copy of a device's rows opens nothing that was read before, and nothing after the device's next commit", () => {
  const chat = newChat(3);
  const [a, b, c] = chat.seats as [Seat, Seat, Seat];
  const say = (seat: Seat, n: number) => {
    const { body } = value(seat.engine.seal(chat.id, Uint8Array.of(n), new Uint8Array(0)));
    seat.persist();
    giveTo(chat.seats, chat.id, { kind: "application", body });
    return { kind: "application" as const, body };
  };
  const early = [say(a, 1), say(b, 2), say(c, 3)];
  giveTo(chat.seats, chat.id, rowOf(value(c.engine.commitChange(chat.id, { now: NOW }))));
  const before = [say(a, 4), say(b, 5), say(c, 6)];
  const thief = new Seat(b.device);
  for (const [key, row] of b.disk) thief.disk.set(key, row);
  const opened = (rows: readonly { readonly kind: "application"; readonly body: Uint8Array }[]) => {
    thief.crash();
    return rows.map((row) => thief.engine.open(chat.id, row).type);
  };
  expect(opened([...early, ...before])).toEqual(["skipped", "skipped", "skipped", "skipped", "skipped", "skipped"]);
  // Control: until the device commits, the copy reads along.
  expect(opened([say(a, 7)])).toEqual(["message"]);
  const healing = value(b.engine.commitChange(chat.id, { now: NOW }));
  b.persist();
  giveTo(chat.seats, chat.id, rowOf(healing));
  thief.crash();
  expect(thief.engine.open(chat.id, rowOf(healing))).toMatchObject({ reason: { type: "forgedOwn" } });
  expect(opened([say(a, 8), say(b, 9), say(c, 10)])).toEqual(["failed", "failed", "failed"]);
});

test("[G18] control: the worlds of these tests take an honest commit", async () => {
  const world = await newWorld();
  await takenByAll(world, await world.forger.commit({}));
});
