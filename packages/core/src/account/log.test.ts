/** The account log: what is written is written once, what is read is judged, and nothing goes back. */
import { minutes, Secret, toHex } from "@megachat/base";
import { archiveKey, sealAccountRow, type NumberedSecret } from "@megachat/auth";
import { newSigningSeed, signingKeyOf, startOfLog } from "@megachat/crypto";
import { AccountEntry, encode, type Reply, type Row } from "@megachat/wire";
import { expect, test } from "vitest";
import { asks, befriend, strangers, type Person, type World } from "../../test-kit/acquaintances.ts";
import { foldContacts } from "../contact/fold.ts";
import { noContacts } from "../contact/state.ts";
import { appendEntries, settingsOf, type AccountState } from "./index.ts";
import { foldProfile, emptyProfile } from "./profile.ts";
import { takeRow } from "./log.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const logOf = (world: World, person: Person): Row[] => {
  const log = world.server.logs.get(toHex(person.account));
  if (!log) throw new Error("no account log");
  return log.rows;
};
const alarmsOf = (person: Person): readonly string[] => person.own().log.alarms.map(({ type, count }) => `${type} ${count}`);
const bytes = (length: number, fill: number): Bytes => new Uint8Array(length).fill(fill);

test("[R3, R16] the first row of a new account is read back from the server and has its position", () => {
  const { alice } = strangers("first row");
  expect(alice.own().log).toMatchObject({ position: 1, sequence: 1, alarms: [] });
  expect(alice.own().log.hash).not.toEqual(startOfLog(alice.account));
  expect(alice.own().outbox).toEqual([]);
});

test("[R16] rows go one at a time, each sealed when it is first to go, and each naming what came before it", () => {
  const world = strangers("one at a time");
  const { alice, settle } = world;
  alice.goOffline();
  for (const displayName of ["Ann", "Anne", "Anna"])
    expect(alice.wish({ type: "setDisplayName", displayName })).toEqual({ ok: true, value: null });
  expect(alice.own().outbox.map(({ sequence, sealed }) => [sequence, sealed])).toEqual([
    [2, null],
    [3, null],
    [4, null],
  ]);
  expect(alice.own().profile.displayName).toBe("Anna");
  alice.goOnline();
  let most = 0;
  alice.wire.rewriteReply = (reply) => {
    most = Math.max(most, alice.own().outbox.filter(({ sealed }) => sealed).length);
    return reply;
  };
  settle();
  expect(most).toBe(1);
  expect(alice.own().outbox).toEqual([]);
  expect(logOf(world, alice).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  expect(alice.own()).toMatchObject({ profile: { displayName: "Anna" }, log: { position: 4, alarms: [] } });
});

test("[R16, R18] whenever the answer is lost or the process ends, the same bytes are sent again and stored once (attack N03)", () => {
  for (const at of ["request", "reply", "restart before", "restart after"] as const) {
    const world = strangers(`crash ${at}`);
    const { alice, settle } = world;
    let faults = 2;
    alice.wire.rewriteReply = (reply, request) => (request.type === "append" && at !== "request" && faults-- > 0 ? null : reply);
    alice.wire.rewriteRequest = (request) => {
      if (request.type !== "append" || at !== "request" || faults-- <= 0) return request;
      return { type: "ping" };
    };
    alice.wish({ type: "setDisplayName", displayName: "Ann" });
    for (let i = 0; i < 3; i++) {
      if (at === "restart before" || at === "restart after") alice.restart();
      else alice.goOffline();
      alice.goOnline();
      settle();
      if (at === "request") world.time.pass(minutes(2));
    }
    const bodies = alice.asks.flatMap((asked) => (asked.type === "append" ? [toHex(asked.body)] : []));
    expect(new Set(bodies).size, at).toBe(1);
    expect(logOf(world, alice), at).toHaveLength(2);
    expect(alice.own(), at).toMatchObject({ outbox: [], profile: { displayName: "Ann" }, log: { position: 2, alarms: [] } });
  }
});

test("[R17] a row in our device's name that we did not write raises an alarm and is passed over", () => {
  const world = strangers("own copy");
  const { alice, settle, server } = world;
  const copy = alice.disk().clone();
  // A copy of this browser writes, with the very keys.
  const original = alice.fingerprint();
  alice.restart(copy);
  alice.goOnline();
  settle();
  alice.wish({ type: "setDisplayName", displayName: "Not Alice" });
  const [, forged] = logOf(world, alice);
  if (!forged) throw new Error("the copy wrote nothing");

  const other = strangers("own copy");
  other.alice.give({ type: "push", push: { type: "rowPush", log: alice.account, row: forged } });
  expect(other.alice.own().profile.displayName).toBeNull();
  expect(alarmsOf(other.alice)).toEqual(["ownCopy 1"]);
  expect(other.alice.own().log.position).toBe(2);
  expect(original).not.toBe(other.alice.fingerprint());
  expect(server.logs.size).toBeGreaterThan(0);
});

test("[R17] numbers that a copy used up are left behind: what we wrote is sealed anew and gets through", () => {
  const world = strangers("numbers used up");
  const { alice, settle } = world;
  alice.goOffline();
  const log = world.server.logs.get(toHex(alice.account));
  if (!log) throw new Error("no log");
  const { device } = alice.own().self;
  log.rows.push({ position: 2, turn: 0, time: world.time.now(), kind: "account", device, sequence: 2, body: bytes(300, 7) });
  log.sequences.set(toHex(device), 2);
  alice.wish({ type: "setDisplayName", displayName: "Ann" });
  alice.goOnline();
  settle();
  expect(alice.own()).toMatchObject({ outbox: [], log: { position: 3, sequence: 3 }, profile: { displayName: "Ann" } });
  expect(alarmsOf(alice)[0]).toMatch(/^ownCopy/);
});

test("[R19] a server that has lost what we have seen gets an alarm and nothing more, until it has it again", () => {
  const world = strangers("rolled back");
  const { alice, settle, time } = world;
  alice.wish({ type: "setDisplayName", displayName: "Ann" });
  const log = world.server.logs.get(toHex(alice.account));
  if (!log) throw new Error("no log");
  const lost = log.rows.splice(1);
  alice.goOffline();
  alice.goOnline();
  settle();
  expect(alarmsOf(alice)).toEqual(["rolledBack 1"]);
  const before = alice.asks.length;
  alice.wish({ type: "setDisplayName", displayName: "Anne" });
  time.pass(minutes(5));
  expect(alice.asks.slice(before).every(({ type }) => type === "fetchRows")).toBe(true);
  expect(alarmsOf(alice)).toEqual(["rolledBack 1"]);

  log.rows.push(...lost);
  time.pass(minutes(2));
  expect(alice.own()).toMatchObject({ outbox: [], profile: { displayName: "Anne" }, log: { position: 3, alarms: [] } });
});

test("[R19] a server that forgot our rows and says so by their numbers is rolled back, too", () => {
  const { alice, settle, time } = strangers("forgot our numbers");
  alice.wire.rewriteRequest = (request) => (request.type === "append" ? { type: "ping" } : request);
  alice.wire.rewriteReply = (reply, request) => (request.type === "ping" ? { type: "outOfSequence", last: 0 } : reply);
  alice.wish({ type: "setDisplayName", displayName: "Ann" });
  settle();
  expect(alarmsOf(alice)).toEqual(["rolledBack 1"]);
  expect(alice.own().outbox).toHaveLength(1);
  alice.wire.rewriteRequest = (request) => request;
  time.pass(minutes(2));
  expect(alice.own()).toMatchObject({ outbox: [], log: { alarms: [] } });
});

test("[R20] a hole in the rows raises an alarm, and nothing beyond it is read until it is filled", () => {
  const world = strangers("gap");
  const { alice, settle, time } = world;
  alice.wish({ type: "setDisplayName", displayName: "Ann" });
  const fresh = strangers("gap").alice;
  const rows = logOf(world, alice);
  const answer = (kept: readonly Row[]): Reply => ({ type: "rows", rows: kept, head: 3, turn: 0 });
  const [first, second] = rows;
  if (!first || !second) throw new Error("no rows");
  fresh.wire.rewriteReply = (reply, request) => (request.type === "fetchRows" ? answer([{ ...second, position: 3 }]) : reply);
  fresh.goOffline();
  fresh.goOnline();
  settle();
  fresh.give({ type: "reply", key: "account:rows", reply: answer([{ ...second, position: 3 }]) });
  expect(fresh.own().log.position).toBe(1);
  expect(alarmsOf(fresh)).toEqual(["gap 1"]);
  expect(time.now()).toBeGreaterThan(0);
});

/** A second device of Alice's account, as it will be: its own keys, the account's secrets, and Alice's first device known. */
function withSibling(person: Person): { readonly seed: Secret<Bytes>; readonly device: Bytes; readonly state: AccountState } {
  const seed = newSigningSeed({ bytes: (count) => bytes(count, 9) });
  const device = bytes(16, 5);
  const own = person.own();
  const self = { ...own.self, siblings: [{ device, signatureKey: signingKeyOf(seed) }] };
  return { seed, device, state: { ...own, self } };
}
interface Writing {
  readonly sequence?: number;
  readonly seen?: number;
  readonly seenHash?: Bytes;
  readonly secret?: NumberedSecret;
}
function siblingRow(person: Person, by: ReturnType<typeof withSibling>, entries: readonly AccountEntry[], how: Writing = {}): Row {
  const { self, log } = by.state;
  const { m, secret } = how.secret ?? self.secrets[0] ?? { m: 0, secret: new Secret(bytes(32, 1)) };
  const sequence = how.sequence ?? 1;
  const body = sealAccountRow(
    { bytes: (count) => bytes(count, 3) },
    archiveKey(secret, person.account, m),
    {
      type: "accountEntries",
      account: person.account,
      device: by.device,
      m,
      sequence,
      seen: how.seen ?? log.position,
      seenHash: how.seenHash ?? log.hash,
      entries: entries.map((entry) => encode(AccountEntry, entry)),
    },
    by.seed,
  );
  return { position: log.position + 1, turn: 0, time: 5, kind: "account", device: by.device, sequence, body };
}

test("[R21, A7, A8] a row of another device counts only if that device stands, wrote it there, and read the log that we read", () => {
  const world = strangers("siblings");
  const { alice, bob } = world;
  const by = withSibling(alice);
  const entry: AccountEntry = { type: "profileEntry", displayName: "From the other browser" };
  const take = (state: AccountState, row: Row) => takeRow(state, row, world.time.now());
  const alarmOf = (state: AccountState) => state.log.alarms.map(({ type }) => type);

  const good = take(by.state, siblingRow(alice, by, [entry]));
  expect(good.folds).toMatchObject([{ entry, own: false, position: 2 }]);
  expect(alarmOf(good.state)).toEqual([]);
  const { hash } = good.state.log;

  const forged: readonly (readonly [string, AccountState, Row])[] = [
    // It does not stand.
    ["foreignRow", alice.own(), siblingRow(alice, by, [entry])],
    // Sealed by who does not have the account's secret, or signed by another device.
    ["foreignRow", by.state, siblingRow(alice, by, [entry], { secret: { m: 0, secret: new Secret(bytes(32, 8)) } })],
    ["foreignRow", by.state, siblingRow(alice, { ...by, seed: bob.own().self.signatureSeed }, [entry])],
    // Moved to another number, cut, or of another log's kind.
    ["foreignRow", by.state, { ...siblingRow(alice, by, [entry]), sequence: 2 }],
    ["foreignRow", by.state, { ...siblingRow(alice, by, [entry]), body: bytes(200, 1) }],
    ["foreignRow", by.state, { ...siblingRow(alice, by, [entry]), kind: "application" }],
    // Written against another log than ours, or against one that does not exist yet.
    ["fork", by.state, siblingRow(alice, by, [entry], { seenHash: bytes(32, 4) })],
    ["fork", by.state, siblingRow(alice, by, [entry], { seen: 9 })],
  ];
  for (const [alarm, state, row] of forged) {
    const taken = take(state, row);
    expect([alarmOf(taken.state), taken.folds]).toEqual([[alarm], []]);
    expect(taken.state.log.position).toBe(2);
  }
  // Stored again by the server, the very same row is none.
  const again = take(good.state, { ...siblingRow(alice, by, [entry]), position: 3 });
  expect([alarmOf(again.state), again.folds]).toEqual([["foreignRow"], []]);
  expect(take(good.state, siblingRow(alice, { ...by, state: good.state }, [entry], { sequence: 2 })).folds).toHaveLength(1);
  expect(hash).not.toEqual(by.state.log.hash);
});

test("[R21] what we wrote later applies on top of what another device's row brings, so that all end alike", () => {
  const world = strangers("last in the log");
  const { alice } = world;
  alice.goOffline();
  alice.wish({ type: "setDisplayName", displayName: "Mine" });
  const by = withSibling(alice);
  const taken = takeRow(by.state, siblingRow(alice, by, [{ type: "profileEntry", displayName: "Theirs" }]), world.time.now());
  expect(taken.folds.reduce(foldProfile, taken.state.profile).displayName).toBe("Mine");
});

test("[R16, F17] a later device that folds the whole log knows the people, their keys and marks as this one does", () => {
  const world = strangers("folded anew");
  const { alice, bob, carol, settle } = world;
  befriend(alice, bob);
  asks(carol, alice);
  const digits = alice.ask({ type: "safetyNumber", account: bob.account });
  if (digits?.ok) alice.ask({ type: "markVerified", account: bob.account, digits: digits.value.digits });
  alice.ask({ type: "block", account: carol.account });
  alice.ask({ type: "unblock", account: carol.account });
  alice.ask({ type: "createInvitation" });
  alice.wish({ type: "setDisplayName", displayName: "Ann" });
  alice.wish({ type: "changeSettings", settings: { theme: "dark", typingShown: false } });
  settle();

  const { self } = alice.own();
  const device = bytes(16, 77);
  let reader: AccountState = {
    ...alice.own(),
    self: { ...self, device, siblings: [{ device: self.device, signatureKey: signingKeyOf(self.signatureSeed) }] },
    log: { position: 0, hash: startOfLog(alice.account), sequence: 0, heard: [], alarms: [] },
    outbox: [],
    profile: emptyProfile,
  };
  let people = noContacts;
  for (const row of logOf(world, alice)) {
    const taken = takeRow(reader, row, world.time.now());
    reader = { ...taken.state, profile: taken.folds.reduce(foldProfile, taken.state.profile) };
    people = taken.folds.reduce(foldContacts, people);
  }
  expect(reader.log).toMatchObject({ position: alice.own().log.position, hash: alice.own().log.hash, alarms: [] });
  expect(reader.profile.displayName).toBe("Ann");
  expect(settingsOf(reader.profile)).toEqual(settingsOf(alice.own().profile));
  const shared = (from: typeof people) =>
    [...from.contacts.values()].map(({ account, handle, n, identityKey, relation, via, verifiedOn, blockedOn, at }) => ({
      account,
      handle,
      n,
      identityKey,
      relation,
      via,
      verified: verifiedOn !== null,
      blocked: blockedOn !== null,
      at,
    }));
  expect(shared(people)).toEqual(shared(alice.contacts()));
  expect([...people.invitations.values()]).toEqual([...alice.contacts().invitations.values()]);
  expect(people.seen).toEqual(alice.contacts().seen);
});

test("[R18] a step writes all that it decided: the state read back from the disk is the one in memory", () => {
  const world = strangers("rows");
  const { alice } = world;
  alice.goOffline();
  alice.wish({ type: "setDisplayName", displayName: "Ann" });
  alice.wish({ type: "postponeRecoveryKey" });
  alice.wish({ type: "changeSettings", settings: { theme: "dark" } });
  const { live: _live, self: _self, ...before } = alice.own();
  alice.restart();
  const { live: _after, self: _again, ...after } = alice.own();
  expect(after).toEqual(before);
});

test("[R16] more entries than a row takes become rows in their order", () => {
  const { alice, settle } = strangers("many entries");
  const entries = Array.from({ length: 40 }, (_, i): AccountEntry => ({
    type: "settingEntry",
    name: `name${i}`,
    value: Uint8Array.of(i),
  }));
  alice.actOnAccount((powers, state) => appendEntries(powers, state, entries, alice.contacts().live.notBefore));
  settle();
  expect(alice.own()).toMatchObject({ outbox: [], log: { position: 4, sequence: 4 } });
});
