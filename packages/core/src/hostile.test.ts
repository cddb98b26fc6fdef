import { toHex } from "@megachat/base";
import { simServer, simTime, type SimServer } from "@megachat/testing";
import type { Push } from "@megachat/wire";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../group/test-kit/people.ts";
import { newSoul, viewOf, type Soul } from "../test-kit/lives.ts";

function pair(seed: string, bend: (server: SimServer) => SimServer = (server) => server) {
  const time = simTime();
  const server = bend(simServer(time));
  const random = seededRandom(seed);
  const [alice, bob] = (["alice", "bobby"] as const).map((name) => newSoul(name, { time, server, random })) as [Soul, Soul];
  const befriend = (): void => {
    bob.goOnline();
    alice.goOnline();
    time.pass(3000);
    alice.wish({ type: "lookUp", handle: bob.name });
    time.pass(1000);
    alice.wish({ type: "sendRequest", account: bob.account, text: "It is me", invitation: null });
    time.pass(1000);
    bob.wish({ type: "acceptRequest", account: alice.account });
    time.pass(5000);
  };
  return { time, server, random, alice, bob, befriend };
}

const idOf = (one: Soul, other: Soul): string => toHex(one.conversationWith(other)?.id ?? new Uint8Array(0));
const call = (one: Soul, other: Soul): void => void one.wish({ type: "startCall", conversation: idOf(one, other), media: "audio" });

describe("who may ring", () => {
  test("[Y7] [L12] C12 whoever is blocked after calling does not ring, although the call stands in the log", () => {
    const { time, alice, bob, befriend } = pair("ring blocked");
    befriend();
    const signals: Push[] = [];
    bob.rewritePush = (push) => {
      if (push.type === "transientPush") signals.push(push);
      return push.type === "transientPush" ? null : push;
    };
    call(alice, bob);
    time.pass(2000);
    expect(bob.state().phone.offers).toHaveLength(1);
    bob.wish({ type: "block", account: alice.account });
    bob.rewritePush = (push) => push;
    time.pass(20_000);
    expect(signals.length).toBeGreaterThan(0);
    expect(bob.state().phone.call).toBe(null);
    expect(bob.state().phone.offers).toEqual([]);
  });

  test("[Y7] [L12] a call with somebody who is blocked ends at once, and every device is closed", () => {
    const { time, alice, bob, befriend } = pair("block in call");
    befriend();
    call(alice, bob);
    time.pass(3000);
    bob.wish({ type: "acceptCall", call: bob.state().phone.call?.id ?? "", media: "audio" });
    time.pass(3000);
    expect(bob.state().phone.call?.at).toBe("running");
    bob.wish({ type: "block", account: alice.account });
    expect(bob.state().phone.call).toMatchObject({ at: "ended", outcome: { type: "hungUp", by: "self" } });
    expect(bob.capturing()).toBe(false);
  });

  test("[L5] F12 ringing that was kept back and comes hours later rings nowhere", () => {
    const { time, alice, bob, befriend } = pair("ring late");
    befriend();
    const signals: Push[] = [];
    bob.rewritePush = (push) => {
      if (push.type === "transientPush") signals.push(push);
      return push.type === "transientPush" ? null : push;
    };
    // Nor is Bob told that the call was given up.
    bob.rewriteReply = (reply) => reply;
    call(alice, bob);
    time.pass(3000);
    const { rewritePush } = bob;
    bob.rewritePush = (push) => (push.type === "rowPush" ? null : rewritePush(push));
    time.pass(7_200_000);
    expect(signals.length).toBeGreaterThan(2);
    bob.rewritePush = () => signals.shift() ?? null;
    // Anything that Alice says now brings what was kept back instead.
    for (let i = 0; i < 10; i++) alice.wish({ type: "typing", conversation: idOf(alice, bob) });
    for (let i = 0; i < 10; i++) {
      time.pass(4000);
      alice.wish({ type: "typing", conversation: idOf(alice, bob) });
    }
    expect(bob.state().phone.call?.at ?? "none").toBe("none");
  });
});

describe("a server that lies to a whole client", () => {
  test("[Y8] a Welcome that is said to stand elsewhere than at the beginning takes nobody in, and the true one does", () => {
    const { time, alice, bob, befriend } = pair("welcome elsewhere");
    let lying = true;
    const bend = (push: Push): Push =>
      push.type === "inboxPush" && push.item.kind === "welcome" && lying
        ? { ...push, item: { ...push.item, position: 1_000_000 } }
        : push;
    alice.rewritePush = bend;
    befriend();
    expect(alice.conversationWith(bob)).toBeUndefined();
    expect(alice.state().account.log.alarms.map(({ type }) => type)).toContain("notAuthentic");
    lying = false;
    alice.goOffline();
    alice.goOnline();
    time.pass(5000);
    expect(viewOf(alice, bob)).toEqual(viewOf(bob, alice));
    expect(viewOf(alice, bob)).toBeDefined();
  });

  test.each(["request", "welcome"] as const)("[F25] a %s that was spoilt on its way is read again, not thrown away", (kind) => {
    const { time, alice, bob, befriend } = pair(`spoilt ${kind}`);
    const reader = kind === "request" ? bob : alice;
    reader.rewritePush = (push) =>
      push.type === "inboxPush" && push.item.kind === kind
        ? { ...push, item: { ...push.item, body: push.item.body.subarray(1) } }
        : push;
    befriend();
    reader.rewritePush = (push) => push;
    time.pass(60_000);
    bob.wish({ type: "acceptRequest", account: alice.account });
    time.pass(10_000);
    expect(viewOf(alice, bob)).toBeDefined();
    expect(viewOf(alice, bob)).toEqual(viewOf(bob, alice));
  });

  test("[F25] junk in the inbox is cleared the second time that it is none", () => {
    const { time, server, bob, befriend } = pair("junk in the inbox");
    befriend();
    const cleared = (): number => bob.asks.filter(({ type }) => type === "clearInbox").length;
    const before = cleared();
    const mallory = server.connect(new Uint8Array(16).fill(6), new Uint8Array(16).fill(6), () => {});
    mallory.ask({ type: "sendRequest", to: bob.account, sealed: new Uint8Array(300) });
    time.pass(5000);
    expect(cleared()).toBe(before);
    time.pass(60_000);
    expect(cleared()).toBe(before + 1);
  });

  test("[Y9] heads that go round in circles, or are put off, are asked for again in time and not at once", () => {
    const { time, alice, bob, befriend } = pair("heads");
    befriend();
    for (const lie of ["circle", "slowDown"] as const) {
      alice.goOffline();
      bob.wish({ type: "send", conversation: idOf(bob, alice), text: lie });
      time.pass(2000);
      alice.rewriteReply = (reply, request) => {
        if (request.type !== "fetchHeads" || reply.type !== "heads") return reply;
        return lie === "circle"
          ? { ...reply, heads: reply.heads.slice(0, 1).map((head) => ({ ...head, head: 0 })), more: true }
          : { type: "slowDown", retryAfterMs: 0, puzzle: null };
      };
      const before = alice.asks.length;
      alice.goOnline();
      time.pass(10_000);
      expect(alice.asks.slice(before).filter(({ type }) => type === "fetchHeads").length).toBeLessThan(15);
      alice.rewriteReply = (reply) => reply;
      time.pass(700_000);
      expect(alice.texts(bob)).toContain(lie);
    }
  });

  test("[Y10] what was written in a conversation whose founding came too late is kept", () => {
    let late = true;
    const { time, alice, bob, befriend } = pair("founded elsewhere", (server) => ({
      ...server,
      connect: (account, device, push) => {
        const line = server.connect(account, device, push);
        const ask: typeof line.ask = (request) =>
          request.type === "foundConversation" && late ? { type: "exists", log: new Uint8Array(16).fill(4) } : line.ask(request);
        return { ...line, ask };
      },
    }));
    befriend();
    const before = bob.conversationWith(alice);
    expect(before).toBeDefined();
    expect(bob.wish({ type: "send", conversation: idOf(bob, alice), text: "kept" })()).toMatchObject({ ok: true });
    time.pass(10_000);
    late = false;
    bob.restart();
    bob.goOnline();
    time.pass(10_000);
    const after = bob.conversationWith(alice);
    expect(after?.ended).toBe(false);
    expect(after?.outbox.map(({ kind, state }) => [kind, state.at])).toContainEqual(["content", "queued"]);
    expect(alice.conversationWith(bob)).toBeUndefined();
  });
});

describe("what is never pushed", () => {
  test("[Y11] D06 a message, a request and a Welcome that the server keeps to itself are found within ten minutes", () => {
    const { time, alice, bob } = pair("never pushed");
    const deaf = (soul: Soul): void => void (soul.rewritePush = () => null);
    bob.goOnline();
    alice.goOnline();
    time.pass(3000);
    for (const soul of [alice, bob]) deaf(soul);
    alice.wish({ type: "lookUp", handle: bob.name });
    time.pass(1000);
    alice.wish({ type: "sendRequest", account: bob.account, text: "It is me", invitation: null });
    time.pass(1000);
    expect(bob.notices).toEqual([]);
    time.pass(600_000);
    expect(bob.notices).toMatchObject([{ type: "requestReceived" }]);
    bob.wish({ type: "acceptRequest", account: alice.account });
    time.pass(605_000);
    alice.wish({ type: "send", conversation: idOf(alice, bob), text: "in silence" });
    time.pass(5000);
    expect(bob.texts(alice)).toEqual([]);
    time.pass(600_000);
    expect(bob.texts(alice)).toEqual(["in silence"]);
  });
});
