import { bytesEqual, concatBytes, toHex } from "@megachat/base";
import { sha256 } from "@megachat/crypto";
import type { Push, Reply, Row } from "@megachat/wire";
import { describe, expect, test } from "vitest";
import { Crash, talkingPair, viewOf, type Talker, type World } from "../../test-kit/talkers.ts";
import { conversationAlarms, exactlyOnce } from "../../test-kit/judgements.ts";
import * as conversations from "./index.ts";

const count = (texts: readonly string[], text: string): number => texts.filter((each) => each === text).length;

describe("two people talk", () => {
  test("[C1] [C11] what one says the other reads, in order, and both have the same history", () => {
    const { alice, bob, settle } = talkingPair("talk");
    alice.say("hello Bob");
    settle(200);
    bob.say("hello Alice");
    alice.say("how are you?");
    settle();
    expect(bob.texts()).toEqual(alice.texts());
    expect(new Set(bob.texts())).toEqual(new Set(["hello Bob", "hello Alice", "how are you?"]));
    expect(viewOf(alice)).toEqual(viewOf(bob));
    expect(conversationAlarms(alice, bob)).toEqual([]);
    expect(alice.conversation().outbox).toEqual([]);
  });

  test("[C11] what was said offline goes out later, once, in order; what came meanwhile is read", () => {
    const { alice, bob, settle } = talkingPair("offline");
    alice.goOffline();
    const mine = Array.from({ length: 20 }, (_, i) => `from alice ${i}`);
    mine.forEach(alice.say);
    bob.say("are you there?");
    settle();
    expect(bob.texts()).toEqual(["are you there?"]);
    alice.goOnline();
    settle();
    expect(bob.texts()).toEqual(["are you there?", ...mine]);
    expect(viewOf(alice)).toEqual(viewOf(bob));
    expect(conversationAlarms(alice, bob)).toEqual([]);
  });

  test("[C12] both renew their keys while both talk: races for the turn lose nothing and double nothing", () => {
    const { alice, bob, settle, time } = talkingPair("race");
    const said: string[] = [];
    for (let i = 0; i < 130; i++) {
      for (const one of [alice, bob]) {
        const text = `${one.name} ${i}`;
        said.push(text);
        one.say(text);
      }
      time.pass(i % 7);
    }
    settle(30_000);
    exactlyOnce(said, alice, bob);
    expect(viewOf(alice)).toEqual(viewOf(bob));
    expect(conversationAlarms(alice, bob)).toEqual([]);
    // Each of the two has renewed at least once: an epoch from joining, and one after a hundred messages.
    expect(alice.engine().state(alice.conversation().id)?.epoch).toBeGreaterThanOrEqual(4);
  });

  test("[C13] an empty, an oversized and a held text are refused with a reason and change nothing", () => {
    const { alice, settle } = talkingPair("refusals");
    alice.act((p, c, state) => conversations.saveDraft(p, c, state, "half a thought"));
    const before = alice.conversation();
    expect(alice.say("  \n ")).toEqual({ type: "empty" });
    expect(alice.say("x".repeat(65_537))).toEqual({ type: "tooLong", bytes: 65_537, limit: 65_536 });
    alice.maySend = "keysChanged";
    expect(alice.say("secret")).toEqual({ type: "held", reason: "keysChanged" });
    alice.maySend = "blocked";
    expect(alice.say("secret")).toEqual({ type: "held", reason: "blocked" });
    settle();
    expect(alice.conversation().outbox).toEqual([]);
    expect(alice.conversation().draft).toBe("half a thought");
    expect(alice.conversation().position).toBe(before.position);
    alice.maySend = "yes";
    expect(alice.say("x".repeat(65_536)).type).toBe("queued");
    settle();
    expect(alice.texts().at(-1)).toHaveLength(65_536);
    expect(alice.conversation().draft).toBe("");
  });

  test("[C13] [C11] a key change while messages wait holds them: they fail in place, and go out when tried again", () => {
    const { alice, bob, settle } = talkingPair("held");
    alice.goOffline();
    const sent = alice.say("wait for it");
    alice.maySend = "keysChanged";
    alice.goOnline();
    settle();
    expect(alice.conversation().outbox.map(({ state }) => state)).toEqual([{ at: "failed", reason: "keysChanged" }]);
    expect(bob.texts()).toEqual([]);
    alice.maySend = "yes";
    if (sent.type !== "queued") throw new Error(sent.type);
    alice.act((p, c, state) => conversations.retryMessage(p, c, state, sent.messageId));
    settle();
    expect(bob.texts()).toEqual(["wait for it"]);
  });

  test("[C11] a message that was not sealed yet can be discarded, one that was cannot", () => {
    const { alice, bob, settle } = talkingPair("discard");
    alice.goOffline();
    const sent = alice.say("never mind");
    if (sent.type !== "queued") throw new Error(sent.type);
    let outcome = "";
    const discard = (): void =>
      alice.act((p, c, state) => {
        const stepped = conversations.discardMessage(p, c, state, sent.messageId);
        outcome = stepped.outcome;
        return stepped;
      });
    discard();
    expect(outcome).toBe("discarded");
    discard();
    expect(outcome).toBe("alreadySent");
    alice.goOnline();
    settle();
    expect(bob.texts()).toEqual([]);
  });
});

describe("receipts", () => {
  test("[C14] delivered, then read; at most one row a second, and none about receipts", () => {
    const { alice, bob, settle } = talkingPair("receipts");
    const rowsBefore = alice.conversation().position;
    for (let i = 0; i < 30; i++) {
      alice.say(`m${i}`);
      settle(100);
    }
    settle();
    const { receipts, position } = alice.conversation();
    const last = alice.disk().lines(alice.conversation().id).at(-1)?.position ?? 0;
    expect(receipts.peerDelivered).toBe(last);
    expect(receipts.peerRead).toBe(0);
    // 30 messages in 3 s: at most five receipts, and nothing that answers a receipt.
    expect(position - rowsBefore - 30).toBeLessThanOrEqual(5);
    expect(bob.conversation().unreadAt).toHaveLength(30);
    bob.act((p, c, state) => conversations.markRead(p, c, state, last));
    settle();
    expect(alice.conversation().receipts.peerRead).toBe(last);
    expect(bob.conversation().unreadAt).toEqual([]);
    settle(60_000);
    expect(alice.conversation().position).toBe(bob.conversation().position);
    expect(alice.conversation().position - rowsBefore - 30).toBeLessThanOrEqual(6);
  });

  test("[C14] who is to be told that we are there, right after a receipt, is told by itself when the second is over", () => {
    const { alice, bob, settle } = talkingPair("hello");
    alice.say("are you there?");
    while (bob.conversation().receipts.sentDelivered === 0) settle(10);
    const before = alice.conversation().position;
    bob.act(conversations.sayHello);
    settle(5_000);
    // The receipt that was on its way, and the one that says it again.
    expect(alice.conversation().position).toBe(before + 2);
  });

  test("[C14] who does not tell how far they have read is not told either", () => {
    const { alice, bob, settle } = talkingPair("reciprocal");
    alice.readReceipts = false;
    alice.say("have you read this?");
    settle();
    const last = alice.disk().lines(alice.conversation().id).at(-1)?.position ?? 0;
    bob.act((p, c, state) => conversations.markRead(p, c, state, last));
    settle();
    expect(alice.conversation().receipts).toMatchObject({ peerDelivered: last, peerRead: 0 });
    alice.readReceipts = true;
    alice.say("and this?");
    settle();
    bob.act((p, c, state) => conversations.markRead(p, c, state, last + 2));
    settle();
    expect(alice.conversation().receipts.peerRead).toBeGreaterThan(0);
  });

  test("[C14] nothing is told to somebody whom we may not send to", () => {
    const { alice, bob, settle } = talkingPair("silent");
    bob.maySend = "blocked";
    alice.say("do you get this?");
    settle();
    expect(bob.texts()).toEqual(["do you get this?"]);
    expect(alice.conversation().receipts.peerDelivered).toBe(0);
  });
});

describe("a network that breaks", () => {
  test("[C12] requests and replies lost at every point: everything arrives once, and both agree", () => {
    for (let seed = 0; seed < 12; seed++) {
      const world = talkingPair(`cut ${seed}`);
      const { alice, bob, random, settle, time } = world;
      for (const one of [alice, bob]) {
        one.wire.cut = () => random.below(5) === 0;
        one.wire.latency = () => random.below(300);
      }
      const said: string[] = [];
      for (let i = 0; i < 15; i++) {
        for (const one of [alice, bob]) {
          said.push(`${one.name} ${i}`);
          one.say(`${one.name} ${i}`);
        }
        time.pass(random.below(2000));
      }
      for (const one of [alice, bob]) one.wire.cut = () => false;
      settle(60_000);
      exactlyOnce(said, alice, bob);
      expect(viewOf(alice)).toEqual(viewOf(bob));
      expect(conversationAlarms(alice, bob)).toEqual([]);
    }
  });
});

describe("crashes", () => {
  /** Runs a little life, crashing Alice before her n-th transaction; says how many there were. */
  const life = (world: World, crashAt: number | null): number => {
    const { alice, bob, settle, time } = world;
    let transactions = 0;
    alice.crashBefore = () => {
      if (++transactions === crashAt) throw new Crash();
    };
    bob.say("one");
    time.pass(30);
    alice.say("two");
    alice.say("three");
    time.pass(50);
    bob.say("four");
    settle();
    alice.crashBefore = null;
    settle(30_000);
    return transactions;
  };

  test("[C11] [C12] killed before any of its transactions, a device loses nothing it acknowledged and shows nothing twice", () => {
    const all = life(talkingPair("crash"), null);
    expect(all).toBeGreaterThan(10);
    for (let at = 1; at <= all; at++) {
      const world = talkingPair("crash");
      const { alice, bob } = world;
      life(world, at);
      // What Alice said in the very transaction that died was never acknowledged to her; all else is there once.
      for (const text of bob.texts()) expect(count(bob.texts(), text)).toBe(1);
      for (const text of ["one", "four"]) expect(count(alice.texts(), text), `crash at ${at}`).toBe(1);
      expect(viewOf(alice), `crash at ${at}`).toEqual(viewOf(bob));
      expect(conversationAlarms(alice, bob), `crash at ${at}`).toEqual([]);
    }
  });

  test("[C12] no key and nonce meet twice: a crash between sealing and sending repeats the same bytes", () => {
    const { alice, bob, settle, time } = talkingPair("same bytes");
    alice.wire.cut = (request, phase) => request.type === "append" && phase === "reply";
    alice.say("once");
    time.pass(100);
    const first = alice.asks.filter(({ type }) => type === "append").at(-1);
    alice.restart();
    alice.wire.cut = () => false;
    alice.goOnline();
    settle();
    const again = alice.asks
      .filter(({ type }) => type === "append")
      .filter(
        (each) => "sequence" in each && "sequence" in (first ?? {}) && each.sequence === (first as { sequence: number }).sequence,
      );
    for (const each of again) expect("body" in each && toHex(each.body)).toBe(first && "body" in first ? toHex(first.body) : "");
    expect(bob.texts()).toEqual(["once"]);
  });
});

// —— A server that lies ——————————————————————————————————————————————————————————————————————————————————

const rewriteRows = (one: Talker, change: (row: Row) => Row): void => {
  one.wire.rewritePush = (push: Push) => (push.type === "rowPush" ? { ...push, row: change(push.row) } : push);
  one.wire.rewriteReply = (reply: Reply) => (reply.type === "rows" ? { ...reply, rows: reply.rows.map(change) } : reply);
};
const alarmsOf = (one: Talker): readonly string[] => one.conversation().alarms.map(({ type }) => type);

describe("a server that lies", () => {
  test("[C4] C04 a message under another device's name is not shown, and told on", () => {
    const { alice, bob, settle } = talkingPair("relabel");
    rewriteRows(bob, (row) =>
      row.kind === "application" && !bytesEqual(row.device, bob.device.id) ? { ...row, device: new Uint8Array(16).fill(7) } : row,
    );
    alice.say("it was me");
    settle();
    expect(bob.texts()).toEqual([]);
    expect(alarmsOf(bob)).toContain("relabelled");
  });

  test("[C3] C14 a row in our own name that we did not send raises the alarm and shows nothing", () => {
    const { alice, bob, settle } = talkingPair("forged own");
    rewriteRows(bob, (row) =>
      row.kind === "application" && bytesEqual(row.device, alice.device.id) ? { ...row, device: bob.device.id } : row,
    );
    alice.say("as if bob had said it");
    settle();
    expect(bob.texts()).toEqual([]);
    expect(alarmsOf(bob)).toContain("ownCopy");
  });

  test("[C3] C14 A20 a copied disk that runs twice is noticed by the original", () => {
    const { alice, bob, settle } = talkingPair("clone");
    alice.say("before");
    settle();
    const copy = alice.disk().clone();
    alice.say("from the original");
    settle();
    const original = alice.disk();
    alice.restart(copy);
    alice.goOnline();
    alice.say("from the copy");
    settle();
    const fromCopy = alice.texts();
    alice.restart(original);
    alice.goOnline();
    settle();
    expect(alarmsOf(alice).some((type) => type === "ownCopy") || fromCopy.includes("from the original")).toBe(true);
    for (const text of bob.texts()) expect(count(bob.texts(), text)).toBe(1);
  });

  test("[C2] E03 rows that repeat or change places are shown once, in the log's order", () => {
    const { alice, bob, settle, random } = talkingPair("shuffle");
    const held: Push[] = [];
    bob.wire.rewritePush = (push) => {
      if (push.type !== "rowPush") return push;
      held.push(push);
      return held[random.below(held.length)] ?? push;
    };
    const said = Array.from({ length: 25 }, (_, i) => `n${i}`);
    said.forEach(alice.say);
    settle();
    expect(bob.texts()).toEqual(said);
    expect(viewOf(bob)).toEqual(viewOf(alice));
  });

  test("[C2] a repeated row under a new position is junk to everyone: shown once, alarm raised", () => {
    const { alice, bob, server, settle, time } = talkingPair("replay");
    alice.say("pay me");
    settle();
    const log = server.logs.get(toHex(alice.conversation().id));
    const row = log?.rows.findLast(({ kind, device }) => kind === "application" && bytesEqual(device, alice.device.id));
    if (!log || !row) throw new Error("no row");
    log.rows.push({ ...row, position: log.rows.length + 1, sequence: row.sequence + 40, time: time.now() });
    bob.goOffline();
    bob.goOnline();
    settle();
    expect(count(bob.texts(), "pay me")).toBe(1);
    expect(alarmsOf(bob)).toContain("serverOrder");
  });

  test("[C5] [C20] D06 one message withheld: the gap has a name and a number", () => {
    const { alice, bob, server, settle } = talkingPair("withheld");
    alice.say("first");
    settle();
    bob.goOffline();
    alice.say("the one that is taken away");
    alice.say("last");
    settle();
    const log = server.logs.get(toHex(alice.conversation().id));
    if (!log) throw new Error("no log");
    const gone = log.rows.findLastIndex(({ kind, device }) => kind === "application" && bytesEqual(device, alice.device.id)) - 1;
    const taken = log.rows.splice(gone, 1);
    expect(taken).toHaveLength(1);
    log.rows.forEach((row, i) => (log.rows[i] = { ...row, position: i + 1 }));
    bob.goOnline();
    settle();
    expect(bob.texts()).toEqual(["first", "last"]);
    expect(bob.conversation().alarms.find(({ type }) => type === "gap")?.count).toBe(1);
    expect(bob.lines().some((line) => line.type === "systemLine" && line.what === "missing" && line.count === 1)).toBe(true);
  });

  test("[C6] D04 two histories: whoever was shown another log is told with the next message", () => {
    const { alice, bob, settle } = talkingPair("fork");
    // Bob is shown Alice's rows with another time: the same words, but not the same log.
    rewriteRows(bob, (row) => (bytesEqual(row.device, alice.device.id) ? { ...row, time: row.time + 1 } : row));
    alice.say("hello");
    settle();
    bob.say("hello back");
    settle();
    expect(alarmsOf(alice)).toContain("fork");
  });

  test("[C20] D05 a server that shows an older state is refused, and nothing is forgotten", () => {
    const { alice, bob, server, settle } = talkingPair("rollback");
    for (let i = 0; i < 5; i++) alice.say(`kept ${i}`);
    settle();
    const log = server.logs.get(toHex(bob.conversation().id));
    const kept = bob.texts();
    log?.rows.splice(-3);
    bob.goOffline();
    bob.goOnline();
    settle();
    expect(alarmsOf(bob)).toContain("rolledBack");
    expect(bob.texts()).toEqual(kept);
  });

  test("[C2] D23 junk in another's name wedges nothing: the next message is read", () => {
    const { alice, bob, server, settle, time, random } = talkingPair("junk");
    const log = server.logs.get(toHex(bob.conversation().id));
    if (!log) throw new Error("no log");
    for (const kind of ["application", "commit", "externalCommit"] as const) {
      const sequence = (log.sequences.get(toHex(alice.device.id)) ?? 0) + 1;
      log.rows.push({
        position: log.rows.length + 1,
        turn: log.turn,
        time: time.now(),
        kind,
        device: alice.device.id,
        sequence,
        body: random.bytes(400),
      });
      log.sequences.set(toHex(alice.device.id), sequence);
      if (kind !== "application") log.turn++;
    }
    for (const one of [alice, bob]) {
      one.goOffline();
      one.goOnline();
    }
    settle(30_000);
    alice.say("still here");
    bob.say("me too");
    settle(30_000);
    expect(bob.texts()).toEqual(expect.arrayContaining(["still here", "me too"]));
    expect(alice.texts()).toEqual(bob.texts());
    expect(alarmsOf(alice)).toContain("ownCopy");
  });
});

describe("joining again", () => {
  test("[C7] a device whose state is from an old backup joins again and reads what comes after", () => {
    const { alice, bob, settle } = talkingPair("backup");
    alice.say("one");
    settle();
    const backup = bob.disk().clone();
    // Enough for both to renew their keys: the backup's epoch is over.
    for (let i = 0; i < 120; i++) {
      alice.say(`a${i}`);
      bob.say(`b${i}`);
      settle(60);
    }
    settle(20_000);
    bob.restart(backup);
    bob.goOnline();
    settle(120_000);
    alice.say("after the loss");
    settle(30_000);
    expect(bob.texts()).toContain("after the loss");
    bob.say("I am back");
    settle(30_000);
    expect(alice.texts()).toContain("I am back");
    expect(alice.engine().state(alice.conversation().id)?.epoch).toBe(bob.engine().state(bob.conversation().id)?.epoch);
  });
});

describe("transient messages", () => {
  const typing = (one: Talker): void => one.act((p, c, state) => conversations.typing(p, c, state));
  const isTyping = (one: Talker, { time }: World): boolean => {
    const until = one.conversation().live.typingUntil;
    return until !== null && time.now() < until;
  };

  test("[C15] [C17] typing is seen for some seconds, and stores nothing", () => {
    const world = talkingPair("typing");
    const { alice, bob, settle } = world;
    const before = bob.disk().transactions();
    const rows = JSON.stringify(
      bob
        .disk()
        .rows("conversation")
        .map(({ value }) => toHex(value)),
    );
    typing(alice);
    settle(100);
    expect(isTyping(bob, world)).toBe(true);
    settle(7000);
    expect(isTyping(bob, world)).toBe(false);
    expect(
      JSON.stringify(
        bob
          .disk()
          .rows("conversation")
          .map(({ value }) => toHex(value)),
      ),
    ).toBe(rows);
    expect(bob.disk().transactions()).toBeGreaterThanOrEqual(before);
  });

  test("[C15] [C16] every bit flipped, every replay and every message of another conversation is refused", () => {
    const world = talkingPair("transient junk");
    const { alice, bob, settle } = world;
    let caught: Extract<Push, { readonly type: "transientPush" }> | undefined;
    bob.wire.rewritePush = (push) => {
      if (push.type !== "transientPush") return push;
      caught = push;
      return null;
    };
    typing(alice);
    settle(100);
    if (!caught) throw new Error("nothing caught");
    const { body } = caught;
    const give = (bytes: Uint8Array): void => bob.act((p, c, state) => conversations.whispered(p, c, state, bytes));
    for (let bit = 0; bit < body.length * 8; bit += 13) {
      const bent = body.slice();
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      give(bent);
      expect(isTyping(bob, world), `bit ${bit}`).toBe(false);
    }
    for (let cut = 0; cut < body.length; cut += 11) give(body.subarray(0, cut));
    give(concatBytes(body, Uint8Array.of(0)));
    expect(isTyping(bob, world)).toBe(false);
    // The control: as it was sent it opens, and then never again.
    give(body);
    expect(isTyping(bob, world)).toBe(true);
    settle(7000);
    give(body);
    expect(isTyping(bob, world)).toBe(false);
    expect(sha256(body)).toHaveLength(32);
  });

  test("[C18] [C19] while both watch, heads confirm; when one is away, it says so after a minute and not before", () => {
    const world = talkingPair("heads");
    const { alice, bob, settle, time } = world;
    const watch = (one: Talker, on: boolean): void => one.act((p, c, state) => conversations.shown(p, c, state, on));
    const fresh = (one: Talker): string => conversations.freshness(one.conversation().live, time.now()).at;
    expect(fresh(alice)).toBe("notWatched");
    watch(alice, true);
    watch(bob, true);
    settle(31_000);
    expect(fresh(alice)).toBe("confirmed");
    expect(fresh(bob)).toBe("confirmed");
    bob.goOffline();
    settle(50_000);
    expect(fresh(alice)).toBe("confirmed");
    settle(40_000);
    expect(fresh(alice)).toBe("notConfirmed");
    bob.goOnline();
    settle(31_000);
    expect(fresh(alice)).toBe("confirmed");
  });

  test("[C20] D06 the last message withheld: the other's head says so within the time stated", () => {
    const world = talkingPair("last withheld");
    const { alice, bob, settle } = world;
    for (const one of [alice, bob]) one.act((p, c, state) => conversations.shown(p, c, state, true));
    settle(31_000);
    const from = bob.conversation().position;
    bob.wire.rewritePush = (push) => (push.type === "rowPush" && push.row.position > from ? null : push);
    bob.wire.rewriteReply = (reply) =>
      reply.type === "rows"
        ? { ...reply, rows: reply.rows.filter(({ position }) => position <= from), head: Math.min(reply.head, from) }
        : reply;
    alice.say("the last word");
    settle(45_000);
    expect(bob.texts()).toEqual([]);
    expect(alarmsOf(bob)).toContain("gap");
    bob.wire.rewritePush = (push) => push;
    bob.wire.rewriteReply = (reply) => reply;
    alice.say("and one more");
    settle();
    expect(bob.texts()).toEqual(["the last word", "and one more"]);
  });

  test("[C19] a head with another hash at our position is a fork", () => {
    const world = talkingPair("head fork");
    const { alice, bob, settle } = world;
    rewriteRows(bob, (row) => (bytesEqual(row.device, alice.device.id) ? { ...row, time: row.time + 1 } : row));
    alice.say("hello");
    settle();
    for (const one of [alice, bob]) one.act((p, c, state) => conversations.shown(p, c, state, true));
    settle(31_000);
    expect([...alarmsOf(alice), ...alarmsOf(bob)]).toContain("fork");
  });
});

describe("lines", () => {
  test("[C9] a message stored a second time under the same id is not shown again", () => {
    const { alice, bob, settle } = talkingPair("twice");
    alice.say("once only");
    settle();
    const line = bob.disk().lines(bob.conversation().id).at(-1);
    if (!line) throw new Error("no line");
    bob.disk().write([{ ...line, position: line.position + 100 }], []);
    expect(count(bob.texts(), "once only")).toBe(1);
    bob.disk().write([{ ...line, position: line.position + 101, sender: new Uint8Array(16).fill(9) }], []);
    expect(count(bob.texts(), "once only")).toBe(2);
  });
});
