import { bytesEqual, days, instant } from "@megachat/base";
import { decode, CommitData, readMlsHeader } from "@megachat/wire";
import { expect, test, vi } from "vitest";
import { agree, allTalk, giveTo, joinBy, newChat, rowOf } from "../test-kit/engine-world.ts";
import { later, newAccount, newDevice, NOW, rosterEntry, Seat, seededRandom, value } from "../test-kit/people.ts";
import { newWorld, takenByAll } from "../test-kit/forger-world.ts";
import { newTsSeat } from "../test-kit/ts-mls-seat.ts";
import { newDirectRoster } from "./roster.ts";

test.each([1, 2] as const)("[G31] suite %s carries a conversation from its founding to its end", (suite) => {
  const chat = newChat(3, suite);
  const [a, b, c] = chat.seats as [Seat, Seat, Seat];
  agree(chat.seats, chat.id);
  allTalk(chat.seats, chat.id);
  expect(a.engine.state(chat.id)).toMatchObject({ suite, epoch: 1, ownLeaf: 0, pending: undefined, doubt: undefined });

  const update = value(b.engine.commitChange(chat.id, { now: NOW }));
  giveTo(chat.seats, chat.id, rowOf(update));
  agree(chat.seats, chat.id);

  const roster = {
    ...chat.roster,
    accounts: chat.roster.accounts.filter((each) => !bytesEqual(each.account, c.device.account.id)),
  };
  const leaf = c.engine.state(chat.id)?.ownLeaf ?? -1;
  const removal = value(a.engine.commitChange(chat.id, { remove: [leaf], roster, now: NOW }));
  expect(removal.data.removed).toEqual([c.device.id]);
  const [, , atCarol] = giveTo(chat.seats, chat.id, rowOf(removal));
  expect(atCarol).toMatchObject({ type: "removed", by: { leaf: 0 }, change: { removed: [{ leaf }] } });
  agree([a, b], chat.id);
  const { body } = value(a.engine.seal(chat.id, Uint8Array.of(1), new Uint8Array(0)));
  expect(c.engine.open(chat.id, { kind: "application", body })).toMatchObject({ type: "failed", reason: "futureEpoch" });
  allTalk([a, b], chat.id);
  c.engine.forget(chat.id);
  expect(c.engine.state(chat.id)).toBeUndefined();
});

test("[G31] a suite that is not ours is refused wherever it comes from", async () => {
  const chat = newChat(2, 2);
  const [a, b] = chat.seats as [Seat, Seat];
  const wrong = new Seat(newDevice(chat.random, b.device.account, 2)).keyPackage(1);
  expect(a.engine.commitChange(chat.id, { add: [wrong], now: NOW }).ok).toBe(false);
  const expected = {
    now: NOW,
    suite: 2 as const,
    account: b.device.account.id,
    n: 0,
    identityKey: b.device.account.identityKey,
    stands: () => true,
  };
  expect(a.engine.checkKeyPackage(wrong, expected)).toEqual({ ok: false, error: { type: "wrongSuite" } });
  // MLS 0x0003 in a key package's cipher suite field, after version, wire format and version.
  const other = Uint8Array.from(new Seat(newDevice(chat.random, b.device.account, 3)).keyPackage(2));
  other[7] = 3;
  expect(a.engine.checkKeyPackage(other, expected).ok).toBe(false);
});

test("[G10] a commit's data can be read without keys, and says what its builder says", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const more = new Seat(newDevice(chat.random, b.device.account, 2));
  const built = value(a.engine.commitChange(chat.id, { add: [more.keyPackage(2)], now: later(1) }));
  const header = value(readMlsHeader(built.commit));
  expect(value(decode(CommitData, header.authenticatedData))).toEqual(built.data);
  expect(built.data).toMatchObject({ time: later(1), added: [more.device.id], removed: [] });
});

test("[G18] what the others would skip is never built", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const stranger = new Seat(newDevice(chat.random, newAccount(chat.random, "x"), 1)).keyPackage(2);
  expect(a.engine.commitChange(chat.id, { add: [stranger], now: NOW })).toEqual({
    ok: false,
    error: { type: "invalid", rule: "G4" },
  });
  const roster = { ...chat.roster, conversationKey: chat.random.bytes(32) };
  expect(a.engine.commitChange(chat.id, { roster, now: NOW })).toEqual({ ok: false, error: { type: "invalid", rule: "G15" } });
  expect(a.engine.takeChanges()).toEqual([]);
  giveTo([a, b], chat.id, rowOf(value(a.engine.commitChange(chat.id, { now: NOW }))));
  agree([a, b], chat.id);
});

test("[G19] validity does not look at the wall clock: only the committer's time counts", async () => {
  const world = await newWorld();
  const keyPackage = (await (await newTsSeat(newDevice(world.random, world.mallory, 6), 2)).keyPackage()).bytes;
  const expired = await world.forger.commit({ add: [keyPackage], now: later(91) });
  const early = await world.forger.commit({ add: [keyPackage], now: later(-8) });
  const good = await world.forger.commit({ add: [keyPackage], now: later(89) });
  for (const wall of [0, NOW, later(4000)]) {
    vi.setSystemTime(wall);
    for (const seat of [world.bobSeat, world.carolSeat]) {
      for (const built of [expired, early]) {
        const opened = seat.engine.open(world.id, { kind: "commit", body: built.commit });
        expect(opened).toMatchObject({ type: "skipped", reason: { type: "refusedByMls", kind: "keyPackage" } });
      }
    }
  }
  vi.setSystemTime(0);
  const { change } = await takenByAll(world, good);
  expect(change.time).toBe(later(89));
  vi.useRealTimers();
});

test("[G23] nobody joins a group that the guard would not have let come about", async () => {
  const random = seededRandom("bad group");
  const [mallory, bob] = [newAccount(random, "mallory"), newAccount(random, "bob")];
  const bobSeat = new Seat(newDevice(random, bob, 1));
  const found = async (roster: ReturnType<typeof newDirectRoster>, extra: readonly Uint8Array[] = []) => {
    const forger = await newTsSeat(newDevice(random, mallory, 1), 2);
    await forger.create(random.bytes(16), roster);
    const built = await forger.commit({ add: [bobSeat.keyPackage(2), ...extra], forge: {} });
    const result = bobSeat.engine.stageWelcome(built.welcome ?? new Uint8Array(0));
    if (result.ok) bobSeat.engine.dropWelcome();
    return result.ok ? "joined" : result.error;
  };
  const direct = newDirectRoster(random.bytes(32), [rosterEntry(mallory, "member"), rosterEntry(bob, "member")]);
  expect(await found(direct)).toBe("joined");
  const stranger = await newTsSeat(newDevice(random, newAccount(random, "eve"), 1), 2);
  expect(await found(direct, [(await stranger.keyPackage()).bytes])).toEqual({ type: "invalid", rule: "G4" });
  const twin = await newTsSeat(newDevice(random, mallory, 1), 2);
  expect(await found(direct, [(await twin.keyPackage()).bytes])).toEqual({ type: "invalid", rule: "G6" });
  expect(await found({ ...direct, policy: 2 })).toEqual({ type: "invalid", rule: "G2" });
  expect(await found({ ...direct, accounts: direct.accounts.map((each) => ({ ...each, top: 5 })) })).toEqual({
    type: "invalid",
    rule: "G5",
  });
  expect(bobSeat.persist()).toBe(0);
});

test("[G24] a Welcome is taken once, and never where we are or were at that epoch or later", () => {
  const chat = newChat(2);
  const [a] = chat.seats as [Seat, Seat];
  const account = newAccount(chat.random, "dave");
  const dave = new Seat(newDevice(chat.random, account, 1));
  const roster = { ...chat.roster, accounts: [...chat.roster.accounts, rosterEntry(account, "member")] };
  roster.accounts.sort((x, y) => Buffer.compare(x.account, y.account));
  const built = value(a.engine.commitChange(chat.id, { add: [dave.keyPackage(2, true)], roster, now: NOW }));
  giveTo(chat.seats, chat.id, rowOf(built));

  // Looked at and dropped: nothing happened, and the key package is still there.
  const facts = value(dave.engine.stageWelcome(built.welcome ?? new Uint8Array(0)));
  expect(facts).toMatchObject({ epoch: 2, lastResort: true, sender: { leaf: 0 }, ownLeaf: 2 });
  expect(() => dave.engine.takeChanges()).toThrow();
  dave.engine.dropWelcome();
  expect(dave.persist()).toBe(0);

  joinBy(dave, built);
  agree([...chat.seats, dave], chat.id);
  const again = () => dave.engine.stageWelcome(built.welcome ?? new Uint8Array(0));
  expect(again()).toEqual({ ok: false, error: { type: "stale", epoch: 2, ours: 2 } });
  giveTo([...chat.seats, dave], chat.id, rowOf(value(a.engine.commitChange(chat.id, { now: NOW }))));
  expect(again()).toEqual({ ok: false, error: { type: "stale", epoch: 2, ours: 3 } });
  dave.engine.forget(chat.id);
  dave.persist();
  dave.crash();
  expect(again()).toEqual({ ok: false, error: { type: "stale", epoch: 2, ours: 3 } });

  // Taken out and added again, in a later epoch: welcome.
  const out = value(a.engine.commitChange(chat.id, { remove: [2], now: NOW }));
  giveTo(chat.seats, chat.id, rowOf(out));
  const back = value(a.engine.commitChange(chat.id, { add: [dave.keyPackage(2)], now: NOW }));
  giveTo(chat.seats, chat.id, rowOf(back));
  joinBy(dave, back);
  agree([...chat.seats, dave], chat.id);
});

test("[G24] a Welcome for somebody else, and bytes that are none", () => {
  const chat = newChat(2);
  const outsider = new Seat(newDevice(chat.random, newAccount(chat.random, "x"), 1));
  const more = new Seat(newDevice(chat.random, chat.accounts[0] ?? newAccount(chat.random, "y"), 2));
  const built = value((chat.seats[0] as Seat).engine.commitChange(chat.id, { add: [more.keyPackage(2)], now: NOW }));
  expect(outsider.engine.stageWelcome(built.welcome ?? new Uint8Array(0))).toEqual({ ok: false, error: { type: "notForUs" } });
  expect(outsider.engine.stageWelcome(chat.random.bytes(200))).toEqual({ ok: false, error: { type: "malformed" } });
  expect(outsider.persist()).toBe(0);
});

test("[G28] key packages are made for a week back and 90 days ahead, and judged for whom they should be", () => {
  const random = seededRandom("packages");
  const [alice, bob] = [newAccount(random, "alice"), newAccount(random, "bob")];
  const a = new Seat(newDevice(random, alice, 1));
  const b = new Seat(newDevice(random, bob, 3));
  const bytes = b.keyPackage(1, true);
  const expected = { now: NOW, suite: 1 as const, account: bob.id, n: 0, identityKey: bob.identityKey, stands: () => true };
  const judged = (over: Partial<typeof expected>) => {
    const result = a.engine.checkKeyPackage(bytes, { ...expected, ...over });
    return result.ok ? result.value : result.error.type;
  };
  expect(judged({})).toMatchObject({
    suite: 1,
    lastResort: true,
    notBefore: NOW - days(7),
    notAfter: NOW + days(90),
    certificate: { serial: 3 },
  });
  expect(judged({ now: later(-7) })).toMatchObject({ suite: 1 });
  expect(judged({ now: instant(later(-7) - 1000) })).toMatch(/lifetime|refusedByMls/);
  expect(judged({ now: later(90) })).toMatch(/lifetime|refusedByMls/);
  expect(judged({ account: alice.id })).toBe("unexpected");
  expect(judged({ n: 1 })).toBe("unexpected");
  expect(judged({ stands: () => false })).toBe("unexpected");
  expect(judged({ identityKey: alice.identityKey })).toBe("certificate");
  expect(a.engine.checkKeyPackage(bytes.slice(0, -1), expected)).toEqual({ ok: false, error: { type: "malformed" } });
  expect(a.engine.checkKeyPackage(random.bytes(300), expected)).toEqual({ ok: false, error: { type: "malformed" } });
});

test("[G28] a key package that was forgotten opens no Welcome", () => {
  const chat = newChat(2);
  const more = new Seat(newDevice(chat.random, chat.accounts[0] ?? newAccount(chat.random, "y"), 2));
  const made = more.engine.keyPackage({ suite: 2, lastResort: true, now: NOW });
  const built = value((chat.seats[0] as Seat).engine.commitChange(chat.id, { add: [made.bytes], now: NOW }));
  more.engine.forgetKeyPackage(made.reference);
  more.persist();
  expect(more.disk.size).toBe(0);
  expect(more.engine.stageWelcome(built.welcome ?? new Uint8Array(0))).toEqual({ ok: false, error: { type: "notForUs" } });
});

test("[G32] a message opens once, in any order within the window, and never out of another epoch", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const bodies = Array.from(
    { length: 1200 },
    (_, i) => value(a.engine.seal(chat.id, Uint8Array.of(i & 255), new Uint8Array(0))).body,
  );
  const read = (i: number) => {
    const opened = b.engine.open(chat.id, { kind: "application", body: bodies[i] ?? new Uint8Array(0) });
    return opened.type === "skipped" ? opened.reason.type : opened.type;
  };
  expect(read(1199)).toBe("message");
  expect(read(1199)).toBe("replayed");
  expect(read(300)).toBe("message");
  expect(read(300)).toBe("replayed");
  // More than 1,000 behind the newest: its key is gone.
  expect(read(20)).toBe("replayed");
  giveTo([a, b], chat.id, rowOf(value(a.engine.commitChange(chat.id, { now: NOW }))));
  expect(read(400)).toBe("pastEpoch");
});
