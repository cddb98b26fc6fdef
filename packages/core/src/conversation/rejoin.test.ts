import { Secret } from "@megachat/base";
import { labels, pad, seal, unpad } from "@megachat/crypto";
import { createEngine } from "@megachat/group";
import { decode, encode, Message, SealedBox, type Request, type Row } from "@megachat/wire";
import { describe, expect, test } from "vitest";
import { mls, newDevice } from "../../../group/test-kit/people.ts";
import { conversationAlarms } from "../../test-kit/judgements.ts";
import { loseKeys, talkingPair, type Talker, type World } from "../../test-kit/talkers.ts";
import { readContent, resendContent, textContent } from "./content.ts";
import { earlierTime } from "./line.ts";
import * as conversations from "./index.ts";

const alarmsOf = (one: Talker): readonly string[] => one.conversation().alarms.map(({ type }) => type);
const systemLines = (one: Talker): readonly string[] =>
  one.lines().flatMap((line) => (line.type === "systemLine" ? [line.what] : []));
const isMessage = (request: Request): boolean => request.type === "append" && request.kind === "application";

describe("a damaged disk", () => {
  test("[C7] N04 a device whose keys are gone joins again by itself, says so, and talks on; the other is told", () => {
    const { alice, bob, settle } = talkingPair("no keys");
    alice.say("before");
    settle();
    loseKeys(bob);
    bob.goOnline();
    settle(60_000);
    expect(bob.conversation().resync.at).toBe("none");
    expect(alarmsOf(bob)).toContain("resynced");
    bob.say("I am here again");
    alice.say("good");
    settle(30_000);
    expect(alice.texts()).toEqual(expect.arrayContaining(["before", "I am here again", "good"]));
    expect(bob.texts()).toEqual(alice.texts());
    expect(alice.lines().flatMap((line) => (line.type === "systemLine" ? [line.what] : []))).toContain("rejoined");
  });

  const timesOf = (one: Talker): ReadonlyMap<string, number> =>
    new Map(one.lines().flatMap((line) => (line.type === "textLine" ? [[line.text, line.sentAt]] : [])));

  test("[C26] [C27] what came while a device had no keys is said again, once, with the time it was said first", () => {
    const { alice, bob, settle } = talkingPair("said again");
    alice.say("before");
    bob.say("mine");
    settle();
    bob.goOffline();
    const missed = ["one", "two", "three"];
    missed.forEach(alice.say);
    settle(100_000_000);
    loseKeys(bob);
    bob.goOnline();
    settle(60_000);
    alice.say("after");
    settle();
    expect(bob.texts()).toEqual(["before", "mine", ...missed, "after"]);
    expect(alice.texts()).toEqual(bob.texts());
    expect(timesOf(bob)).toEqual(timesOf(alice));
    expect(bob.conversation().unreadAt).toHaveLength(5);
    expect([alice, bob].flatMap((one) => one.conversation().outbox)).toEqual([]);
  });

  test("[C27] whoever owes an answer gives it after a restart, and after not having been allowed to send", () => {
    const { alice, bob, settle } = talkingPair("owed");
    bob.goOffline();
    alice.say("one");
    settle();
    alice.maySend = "keysChanged";
    loseKeys(bob);
    bob.goOnline();
    settle(60_000);
    expect(bob.texts()).toEqual([]);
    expect(alice.conversation().resend.owed).toHaveLength(1);
    alice.restart();
    alice.goOnline();
    settle();
    expect(bob.texts()).toEqual([]);
    alice.maySend = "yes";
    alice.act(conversations.tick);
    settle();
    expect(bob.texts()).toEqual(["one"]);
    expect(alice.texts()).toEqual(["one"]);
  });

  test("[C26] [C28] [C29] an answer that is missed in its turn is asked for again, and nothing is shown twice", () => {
    const { alice, bob, settle, time } = talkingPair("twice");
    bob.goOffline();
    alice.say("one");
    alice.say("two");
    settle();
    loseKeys(bob);
    bob.goOnline();
    // Until the question is at Alice's, and her answer in the log.
    for (let i = 0; i < 60_000 && alice.conversation().resend.owed.length === 0; i++) time.pass(1);
    expect(alice.conversation().resend.owed).toHaveLength(1);
    bob.goOffline();
    settle();
    expect(alice.conversation().outbox).toEqual([]);
    alice.say("three");
    settle();
    loseKeys(bob);
    bob.goOnline();
    settle(180_000);
    expect(bob.texts().toSorted()).toEqual(["one", "three", "two"]);
    expect(bob.conversation().unreadAt).toHaveLength(3);
    expect(alice.texts()).toEqual(["one", "two", "three"]);
  });

  test("[C29] [C26] a GroupInfo that leads nowhere is noticed by what does not open, and another one is taken", () => {
    const { alice, bob, settle, server } = talkingPair("nowhere");
    const log = [...server.logs.values()][0];
    const old = log?.groupInfos[0]?.body;
    if (!old) throw new Error("no GroupInfo");
    for (let i = 0; i < 101; i++) alice.say(`alice ${i}`);
    settle();
    bob.goOffline();
    alice.say("missed");
    settle();
    loseKeys(bob);
    bob.wire.rewriteReply = (reply) => (reply.type === "groupInfos" ? { ...reply, groupInfos: [old, ...reply.groupInfos] } : reply);
    bob.goOnline();
    settle();
    expect(alarmsOf(alice)).toContain("serverOrder");
    alice.say("do you hear me?");
    settle(120_000);
    expect(bob.texts()).toEqual(expect.arrayContaining(["missed", "do you hear me?"]));
    expect(new Set(bob.texts()).size).toBe(103);
    bob.say("I do");
    settle();
    expect(alice.texts().at(-1)).toBe("I do");
  });

  test("[C27] [C28] who has not joined again is answered nothing; what is said again unasked is passed over", () => {
    const { alice, bob, settle, random } = talkingPair("greedy");
    alice.say("one");
    settle();
    const say = (one: Talker, outgoing: Partial<conversations.Outgoing>): void => {
      const id = random.bytes(16);
      const queued = { id, kind: "content", content: new Uint8Array(0), first: 0, state: { at: "queued" }, ...outgoing } as const;
      const outbox = [{ ...queued, queuedAt: one.conversation().live.fetchNotBefore }];
      one.act((p, c, state) => conversations.inherit(p, c, { ...state, outbox }, { ...state, outbox: [], draft: "" }));
      settle();
    };
    const rows = (one: Talker): number => one.asks.filter(({ type }) => type === "append").length;
    const before = rows(alice);
    say(bob, { content: resendContent(random.bytes(16), [{ from: 1, to: 1_000_000 }]) });
    expect(rows(bob)).toBeGreaterThan(0);
    expect(rows(alice)).toBe(before);

    const unread = bob.conversation().unreadAt;
    say(alice, { kind: "again", first: 2, content: textContent(random.bytes(16), "once more") });
    expect(rows(alice)).toBe(before + 1);
    expect(bob.texts()).toEqual(["one"]);
    expect(bob.conversation().unreadAt).toEqual(unread);
    expect(conversationAlarms(alice, bob)).toEqual([]);
  });
});

describe("what is said again", () => {
  test("[C26] [C5] [C7] a repair in which everything came again leaves no alarm but that it was one", () => {
    const { alice, bob, settle } = talkingPair("quiet repair");
    bob.goOffline();
    ["one", "two", "three"].forEach(alice.say);
    settle();
    loseKeys(bob);
    bob.goOnline();
    settle(60_000);
    alice.say("four");
    settle();
    expect(bob.texts()).toEqual(["one", "two", "three", "four"]);
    expect(alarmsOf(bob)).toEqual(["resynced"]);
    expect(systemLines(bob)).not.toContain("missing");
    expect(alarmsOf(alice)).toEqual([]);
  });

  test("[C27] seven hundred texts come again, all of them, some at a time", () => {
    const { alice, bob, settle, time } = talkingPair("seven hundred");
    bob.goOffline();
    const said = Array.from({ length: 700 }, (_, i) => `number ${i}`);
    said.forEach(alice.say);
    settle(60_000);
    loseKeys(bob);
    bob.goOnline();
    let most = 0;
    for (let i = 0; i < 900; i++) {
      time.pass(100);
      most = Math.max(most, alice.conversation().outbox.length);
    }
    expect(bob.texts()).toEqual(said);
    expect(most).toBeGreaterThan(50);
    expect(most).toBeLessThanOrEqual(210);
  });

  test("[C27] while sending is held, neither the question nor the answer is lost", () => {
    for (const who of ["asker", "answerer"] as const) {
      const { alice, bob, settle, time } = talkingPair(`held ${who}`);
      bob.goOffline();
      ["one", "two"].forEach(alice.say);
      settle();
      loseKeys(bob);
      const held = who === "asker" ? bob : alice;
      if (held === bob) bob.maySend = "keysChanged";
      bob.goOnline();
      if (held === alice) {
        for (let i = 0; i < 60_000 && alice.conversation().resend.owed.length === 0; i++) time.pass(1);
        // What is to be said again waits in the outbox, without a connection, when the other is blocked.
        alice.goOffline();
        settle(1_000);
        alice.restart();
        alice.maySend = "blocked";
        alice.goOnline();
      }
      settle(120_000);
      expect(bob.texts()).toEqual([]);
      held.maySend = "yes";
      held.act(conversations.tick);
      settle(120_000);
      expect(bob.texts(), who).toEqual(["one", "two"]);
    }
  });

  test("[C26] who joins a second time before the first question has left asks once, for everything", () => {
    for (const more of [["two"], []]) {
      const { alice, bob, settle } = talkingPair(`two questions, ${more.length}`);
      bob.goOffline();
      alice.say("one");
      settle();
      loseKeys(bob);
      bob.wire.cut = (request, phase) => isMessage(request) && phase === "request";
      bob.goOnline();
      settle(100_000);
      bob.goOffline();
      more.forEach(alice.say);
      settle();
      bob.goOffline();
      loseKeys(bob);
      bob.wire.cut = () => false;
      bob.goOnline();
      settle(300_000);
      expect(bob.texts()).toEqual(["one", ...more]);
    }
  });

  test("[C27] a device that was never here before is told nothing of the past", () => {
    const { alice, bob, settle, time, random } = talkingPair("never here");
    ["secret one", "secret two"].forEach(alice.say);
    settle();
    bob.goOffline();
    const { id, conversationKey } = alice.conversation();
    const thief = newDevice(random, bob.device.account, 2);
    const engine = createEngine(mls(), thief);
    const info = alice.engine().groupInfo(id);
    if (!info.ok) throw new Error(info.error.type);
    const joined = engine.externalCommit({ conversation: id, groupInfo: info.value, floor: 0, now: time.now() });
    if (!joined.ok) throw new Error(joined.error.type);
    const place = { owner: id, id: new Uint8Array(0), version: 1 };
    const key = new Secret(Uint8Array.from(conversationKey));
    const commit = encode(SealedBox, seal(random, labels.externalCommit, key, place, joined.value.commit));
    const give = (kind: Row["kind"], sequence: number, body: Uint8Array<ArrayBuffer>): void => {
      const { position, turn } = alice.conversation();
      const row = { position: position + 1, turn, time: time.now(), kind, device: thief.id, sequence, body };
      alice.act((p, c, state) => conversations.pushed(p, c, state, row));
    };
    give("externalCommit", 1, commit);
    expect(engine.adoptPending(id).ok).toBe(true);
    expect(systemLines(alice)).toContain("deviceAdded");
    const { position, hash } = alice.conversation();
    const question = encode(Message, {
      type: "message",
      counter: 1,
      seen: position,
      seenHash: hash,
      listVersion: 1,
      listHash: new Uint8Array(32),
      sentAt: time.now(),
      again: null,
      content: resendContent(random.bytes(16), [{ from: 0, to: position - 1 }]),
    });
    const sealed = engine.seal(id, pad(Message.id, question), new Uint8Array(0));
    if (!sealed.ok) throw new Error(sealed.error.type);
    const before = alice.asks.length;
    give("application", 2, Uint8Array.from(sealed.value.body));
    time.pass(100);
    const told = alice.asks.slice(before).flatMap((request) => {
      if (request.type !== "append") return [];
      const opened = engine.open(id, { kind: "application", body: request.body });
      const plain = opened.type === "message" ? unpad(Message.id, opened.plaintext) : null;
      const message = plain?.ok ? decode(Message, plain.value) : null;
      return message?.ok ? [readContent(message.value.content).type] : [];
    });
    expect(told).not.toContain("text");
    expect(alice.conversation().resend.owed).toEqual([]);
  });

  test("[C28] its time is its sender's, within a day of the row that was missed, and never later than said again", () => {
    const day = 86_400_000;
    expect(earlierTime(10 * day - 5_000, 10 * day, 14 * day)).toBe(10 * day - 5_000);
    expect(earlierTime(0, 10 * day, 14 * day)).toBe(9 * day);
    expect(earlierTime(99 * day, 10 * day, 14 * day)).toBe(14 * day);
  });
});

describe("joining again, whatever is in the way", () => {
  test("[C7] [C12] a message that was sealed and never sent does not keep its device from joining again", () => {
    const { alice, bob, settle } = talkingPair("sealed, unsent");
    bob.wire.cut = (request, phase) => isMessage(request) && phase === "request";
    bob.say("hello");
    bob.goOffline();
    alice.say("one");
    settle();
    bob.goOffline();
    loseKeys(bob);
    bob.wire.cut = () => false;
    bob.goOnline();
    settle(120_000);
    expect(bob.texts().toSorted()).toEqual(["hello", "one"]);
    expect(alice.texts().toSorted()).toEqual(["hello", "one"]);
  });

  test("[C29] two who have both lost their keys find each other again, and accuse nobody", () => {
    const { alice, bob, settle } = talkingPair("both");
    alice.say("before");
    settle();
    for (const one of [alice, bob]) one.goOffline();
    for (const one of [alice, bob]) loseKeys(one);
    for (const one of [alice, bob]) one.goOnline();
    settle(180_000);
    alice.say("are you there?");
    bob.say("I am");
    settle(180_000);
    expect(alice.texts().toSorted()).toEqual(["I am", "are you there?", "before"]);
    expect(bob.texts().toSorted()).toEqual(["I am", "are you there?", "before"]);
    expect(conversationAlarms(alice, bob).filter((alarm) => alarm.includes("rolledBack"))).toEqual([]);
  });

  test("[C24] [C29] a GroupInfo that the server would not take now is posted later, after a restart too", () => {
    const { alice, bob, settle } = talkingPair("posted later");
    let refusals = 0;
    const refuse: Talker["wire"]["rewriteReply"] = (reply, request) =>
      request.type === "postGroupInfo" && refusals++ < 4 ? { type: "slowDown", retryAfterMs: 2_000, puzzle: null } : reply;
    const posted = (one: Talker): number => one.asks.filter(({ type }) => type === "postGroupInfo").length;
    for (const one of [alice, bob]) one.wire.rewriteReply = refuse;
    bob.goOffline();
    settle();
    loseKeys(bob);
    bob.goOnline();
    settle(1_000);
    expect(refusals).toBeGreaterThan(0);
    alice.restart();
    alice.goOnline();
    settle(60_000);
    expect(posted(alice)).toBeGreaterThan(1);
    expect([alice, bob].map((one) => one.conversation().groupInfo.wanted)).toEqual([false, false]);
    alice.say("missed");
    settle();
    bob.goOffline();
    loseKeys(bob);
    bob.goOnline();
    settle(120_000);
    alice.say("read");
    settle(30_000);
    expect(bob.texts()).toContain("read");
  });

  /** The server puts a row of its own making into the log, in Alice's name. */
  function junk({ server, time, alice, bob }: World): void {
    const log = [...server.logs.values()][0];
    const last = log?.rows.findLast(({ kind }) => kind === "application");
    if (!log || !last) throw new Error("nothing to bend");
    const body = Uint8Array.from(last.body);
    body[40] = (body[40] ?? 0) ^ 1;
    const hex = Buffer.from(alice.device.id).toString("hex");
    const sequence = (log.sequences.get(hex) ?? 0) + 1;
    log.sequences.set(hex, sequence);
    const { turn } = log;
    const position = log.rows.length + 1;
    log.rows.push({ position, turn, time: time.now(), kind: "application", device: alice.device.id, sequence, body });
    const head = { log: log.id, head: position, turn, cursor: 0, sequence: 0 };
    for (const one of [bob, alice]) one.act((p, c, state) => conversations.heard(p, c, state, head));
  }

  test("[C28] [C29] junk around an honest message makes nobody join again in vain, and nothing is counted twice", () => {
    const world = talkingPair("junk around");
    const { alice, bob, settle } = world;
    bob.goOffline();
    alice.say("zero");
    settle();
    alice.goOffline();
    loseKeys(bob);
    bob.goOnline();
    settle(5_000);
    junk(world);
    settle(100);
    alice.goOnline();
    settle(2_000);
    alice.say("one");
    settle(2_000);
    junk(world);
    settle(180_000);
    expect(bob.texts().toSorted()).toEqual(["one", "zero"]);
    const received = bob.happenings.filter(({ type }) => type === "received");
    expect(received).toHaveLength(2);
    expect(bob.conversation().unreadAt).toHaveLength(2);
    expect(bob.conversation().live.rejoins).toBe(1);
  });
});
