import { toHex } from "@megachat/base";
import { expect, test } from "vitest";
import { agree, allTalk, giveTo, joinBy, newChat, rowOf } from "../test-kit/engine-world.ts";
import { mls, newAccount, newDevice, NOW, type Seat, value } from "../test-kit/people.ts";
import { createEngine } from "./create-engine.ts";

const text = (n: number): Uint8Array => Uint8Array.of(n);
const none = new Uint8Array(0);

test("[G26] what was not written never happened: a crash between building and writing loses the whole operation", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const before = a.engine.state(chat.id);
  value(a.engine.commitChange(chat.id, { now: NOW }));
  a.crash();
  expect(a.engine.state(chat.id)).toEqual(before);
  allTalk([a, b], chat.id);
});

test("[G26] what was written and not sent is sent as the same bytes: no generation is used for two contents", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const first = value(a.engine.seal(chat.id, text(1), none));
  a.persist();
  // The outbox is on the same disk; the process dies before the socket got anything.
  a.crash();
  const second = value(a.engine.seal(chat.id, text(2), none));
  a.persist();
  const rows = [first, second].map(({ body }) => ({ kind: "application" as const, body }));
  for (const [i, row] of rows.entries()) {
    expect(giveTo([a, b], chat.id, row)).toMatchObject([{ type: "ownRow" }, { type: "message", plaintext: text(i + 1) }]);
  }
  allTalk([a, b], chat.id);
});

test("[G26] rollback undoes every operation since the last taking, and only those", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  value(a.engine.seal(chat.id, text(1), none));
  a.persist();
  const before = { state: a.engine.state(chat.id), disk: [...a.disk].map(([key, { value: row }]) => key + toHex(row)) };
  const { body } = value(b.engine.seal(chat.id, text(9), none));
  b.persist();
  expect(a.engine.open(chat.id, { kind: "application", body }).type).toBe("message");
  value(a.engine.commitChange(chat.id, { now: NOW }));
  a.engine.keyPackage({ suite: 2, lastResort: false, now: NOW });
  a.engine.rollback();
  expect(a.engine.state(chat.id)).toEqual(before.state);
  expect(a.persist()).toBe(0);
  expect([...a.disk].map(([key, { value: row }]) => key + toHex(row))).toEqual(before.disk);
  // Received but not written: the same row opens again.
  expect(a.engine.open(chat.id, { kind: "application", body }).type).toBe("message");
  giveTo([b], chat.id, { kind: "application", body });
  allTalk([a, b], chat.id);
});

test("[G26] a skipped row in the middle of a batch leaves the others' effects alone", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const one = value(b.engine.seal(chat.id, text(1), none));
  const two = value(b.engine.seal(chat.id, text(2), none));
  b.persist();
  const junk = two.body.map((byte, i) => (i === two.body.length - 1 ? byte ^ 1 : byte));
  const outcomes = [one.body, junk, two.body].map((body) => a.engine.open(chat.id, { kind: "application", body }).type);
  expect(outcomes).toEqual(["message", "failed", "message"]);
  a.persist();
  a.crash();
  for (const { body } of [one, two])
    expect(a.engine.open(chat.id, { kind: "application", body })).toMatchObject({ reason: { type: "replayed" } });
});

test("[G27] a commit that lost its turn is gone with its epoch, and is built again on the next", () => {
  const chat = newChat(3);
  const [a, b] = chat.seats as [Seat, Seat, Seat];
  const lost = value(a.engine.commitChange(chat.id, { now: NOW }));
  a.persist();
  const won = value(b.engine.commitChange(chat.id, { now: NOW }));
  b.persist();
  const outcomes = giveTo(chat.seats, chat.id, rowOf(won));
  expect(outcomes.map((each) => each.type === "committed" && each.lostPending)).toEqual([true, false, false]);
  expect(a.engine.state(chat.id)?.pending).toBeUndefined();
  // Had the server stored it all the same: out of its epoch.
  expect(giveTo(chat.seats, chat.id, rowOf(lost)).map((each) => each.type === "skipped" && each.reason.type)).toEqual([
    "pastEpoch",
    "pastEpoch",
    "pastEpoch",
  ]);
  giveTo(chat.seats, chat.id, rowOf(value(a.engine.commitChange(chat.id, { now: NOW }))));
  agree(chat.seats, chat.id);
  allTalk(chat.seats, chat.id);
});

test("[G27] a dropped commit leaves its generation used, and the next one is taken by all", () => {
  const chat = newChat(2);
  const [a] = chat.seats as [Seat, Seat];
  for (let i = 0; i < 3; i++) {
    value(a.engine.commitChange(chat.id, { now: NOW }));
    a.persist();
    expect(a.engine.commitChange(chat.id, { now: NOW })).toEqual({ ok: false, error: { type: "pending" } });
    a.engine.dropPending(chat.id);
    a.persist();
    a.crash();
  }
  giveTo(chat.seats, chat.id, rowOf(value(a.engine.commitChange(chat.id, { now: NOW }))));
  agree(chat.seats, chat.id);
});

test("[G27] messages flow while a commit of ours is pending, and its secret is there before it is adopted", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const wanted = { conversation: chat.id, label: "megachat/call/v1", context: text(1), length: 32 };
  const pending = value(a.engine.commitChange(chat.id, { now: NOW }));
  const early = value(a.engine.exportSecret({ ...wanted, of: "pending" }));
  expect(early).not.toEqual(value(a.engine.exportSecret(wanted)));
  a.persist();
  allTalk([a, b], chat.id);
  a.crash();
  giveTo([a, b], chat.id, rowOf(pending));
  expect(value(a.engine.exportSecret(wanted))).toEqual(early);
  expect(value(b.engine.exportSecret(wanted))).toEqual(early);
  expect(a.engine.exportSecret({ ...wanted, of: "pending" }).ok).toBe(false);
});

test("[G27] a conversation that the server refused to found leaves nothing behind", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const before = a.disk.size;
  const id = chat.random.bytes(16);
  const found = () =>
    a.engine.createConversation({ conversation: id, suite: 2, roster: chat.roster, keyPackages: [b.keyPackage(2)], now: NOW });
  value(found());
  a.persist();
  expect(a.engine.seal(id, text(1), none)).toEqual({ ok: false, error: { type: "pending" } });
  expect(found()).toEqual({ ok: false, error: { type: "exists" } });
  a.engine.dropPending(id);
  a.persist();
  expect(a.disk.size).toBe(before);
  expect(a.engine.state(id)).toBeUndefined();
  const again = value(found());
  value(a.engine.adoptPending(id));
  joinBy(b, again);
  agree([a, b], id);
});

test("[G26] conversations load and unload one by one", () => {
  const chat = newChat(2);
  const [a, b] = chat.seats as [Seat, Seat];
  const state = a.engine.state(chat.id);
  value(a.engine.seal(chat.id, text(1), none));
  expect(() => a.engine.unload(chat.id)).toThrow();
  a.persist();
  a.engine.unload(chat.id);
  expect(a.engine.state(chat.id)).toBeUndefined();
  const rows = [...a.disk.values()];
  const ofChat = rows.filter(({ key }) => toHex(a.engine.conversationOfRow(key) ?? none) === toHex(chat.id));
  expect(ofChat.length).toBeGreaterThan(5);
  expect(ofChat.length + rows.filter(({ key }) => !a.engine.conversationOfRow(key)).length).toBe(rows.length);
  a.engine.loadRows(ofChat);
  expect(a.engine.state(chat.id)).toEqual(state);
  expect(a.persist()).toBe(0);
  allTalk([a, b], chat.id);
});

test("[G26] a device whose key does not fit its certificate gets no engine", () => {
  const chat = newChat(2);
  const account = newAccount(chat.random, "z");
  const [one, other] = [newDevice(chat.random, account, 1), newDevice(chat.random, account, 2)];
  expect(() => createEngine(mls(), { certificate: one.certificate, signatureSeed: other.signatureSeed })).toThrow();
});
