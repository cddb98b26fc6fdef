import { toHex } from "@megachat/base";
import { simServer, simTime } from "@megachat/testing";
import { refOf, type AccountRef, type CallRef, type ConversationRef, type Intent, type MessageRef } from "@megachat/view";
import { describe, expect, test } from "vitest";
import { newSoul, type Soul } from "../../../core/test-kit/lives.ts";
import { seededRandom } from "../../../group/test-kit/people.ts";
import { presentCall } from "./call.ts";
import { presentAnswer, presentSnapshot, wishOf } from "./index.ts";
import { browserName, marksOf, orderOf, placeInRef, placeOfOrder, presentLine, presentOutbox } from "./lines.ts";

function twoFriends(seed: string) {
  const time = simTime();
  const server = simServer(time);
  const random = seededRandom(seed);
  const [alice, bob] = ["alice", "bobby"].map((name) => newSoul(name, { time, server, random })) as [Soul, Soul];
  for (const soul of [alice, bob]) soul.goOnline();
  time.pass(3000);
  alice.wish({ type: "lookUp", handle: "bobby" });
  time.pass(1000);
  alice.wish({ type: "sendRequest", account: bob.account, text: "It is me", invitation: null });
  time.pass(1000);
  bob.wish({ type: "acceptRequest", account: alice.account });
  time.pass(5000);
  const look = (one: Soul, tab = "tab") =>
    presentSnapshot(one.state(), {
      now: time.now(),
      tab,
      inDoubt: () => false,
      standing: (id) =>
        one
          .engine()
          .state(id)
          ?.members.map(({ certificate }) => certificate) ?? [],
    });
  const idOf = (one: Soul, other: Soul): string => toHex(one.conversationWith(other)?.id ?? new Uint8Array(0));
  const onlyOne = <T>(all: ReadonlyMap<unknown, T>): T => {
    const [first, ...more] = all.values();
    if (first === undefined || more.length > 0) throw new Error("not exactly one");
    return first;
  };
  return { time, alice, bob, look, idOf, onlyOne };
}

describe("what screens are told", () => {
  test("[N1] a message keeps its name from the outbox to the history, and orders after all that is stored until then", () => {
    const { time, alice, bob, idOf } = twoFriends("names");
    alice.goOffline();
    alice.wish({ type: "send", conversation: idOf(alice, bob), text: "hello" });
    const conversation = alice.conversationWith(bob);
    if (!conversation) throw new Error("no conversation");
    const [waiting] = presentOutbox(alice.account, conversation);
    expect(waiting).toMatchObject({ from: "self", body: { type: "text", text: "hello", state: { at: "sending" } } });
    const before = alice.disk().lines(conversation.id);
    for (const line of before) expect(orderOf(line)).toBeLessThan(waiting?.order ?? 0);
    alice.goOnline();
    time.pass(5000);
    const stored = alice.disk().lines(conversation.id).at(-1);
    const now = alice.conversationWith(bob);
    if (!stored || !now) throw new Error("not stored");
    const shown = presentLine(stored, marksOf(now));
    expect(shown.message).toBe(waiting?.message);
    expect(shown).toMatchObject({ from: "self", body: { type: "text", state: { at: "delivered" } } });
  });

  test("[N1] a line that cannot be read is shown as one that needs an update", () => {
    const line = { position: 3, part: 1, sender: null, messageId: null, body: Uint8Array.of(1, 2, 3) };
    expect(presentLine(line, { delivered: 0, read: 0 })).toMatchObject({ message: "l3-1", body: { type: "updateNeeded" } });
    expect(placeInRef("l3-1" as MessageRef)).toEqual({ position: 3, part: 1 });
    expect(placeInRef("elsewhere" as MessageRef)).toBe(null);
    expect(placeOfOrder(orderOf(line))).toEqual({ position: 3, part: 1 });
  });

  test("[N2] a conversation says whether something can be sent, what came last, and what is unread", () => {
    const { time, alice, bob, look, idOf, onlyOne } = twoFriends("conversation");
    expect(onlyOne(look(alice).conversations)).toMatchObject({
      sending: { at: "open" },
      unread: 0,
      alarms: [],
      freshness: { at: "notWatched" },
    });
    bob.wish({ type: "send", conversation: idOf(bob, alice), text: "are you there?" });
    time.pass(3000);
    expect(onlyOne(look(alice).conversations)).toMatchObject({
      unread: 1,
      last: { type: "text", from: "peer", text: "are you there?" },
    });
    alice.wish({ type: "block", account: bob.account });
    time.pass(1000);
    expect(onlyOne(look(alice).conversations)).toMatchObject({
      sending: { at: "held", reason: "blocked" },
      last: { type: "system", gist: { type: "blocked", on: true } },
    });
  });

  test("[N3] a person is shown with relation, trust and the look of the pinned key; strangers are in no list", () => {
    const { time, alice, bob, look, onlyOne } = twoFriends("contact");
    const shown = onlyOne(look(alice).contacts);
    expect(shown).toMatchObject({ handle: "bobby", relation: { at: "contact" }, trust: { at: "unverified" } });
    expect(shown.shortCode).toMatch(/^\d{4} \d{4}$/);
    alice.wish({ type: "removeContact", account: bob.account });
    time.pass(1000);
    expect(onlyOne(look(alice).contacts)).toMatchObject({ relation: { at: "removed" } });
  });

  test("[N4] a call is shown to each tab as its own or another's, with a code once both have agreed", () => {
    const { time, alice, bob, look, idOf } = twoFriends("call");
    alice.wish({ type: "startCall", conversation: idOf(alice, bob), media: "video" });
    time.pass(2500);
    expect(look(bob).call).toMatchObject({ direction: "incoming", state: { at: "ringing" }, owner: "nowhere", code: null });
    bob.wish({ type: "acceptCall", call: bob.state().phone.call?.id ?? "", media: "video" });
    time.pass(3000);
    expect(look(bob, "tab").call).toMatchObject({ state: { at: "connected" }, owner: "here" });
    expect(look(bob, "another").call).toMatchObject({ owner: "otherTab" });
    expect(look(alice).call?.code).toMatch(/^\d{8}$/);
    expect(look(alice).call?.code).toBe(look(bob).call?.code);
  });

  test("[N4] a call names the browsers of both, each side the same two, and none before both have agreed or after the end", () => {
    const { time, alice, bob, look, idOf } = twoFriends("browsers");
    alice.wish({ type: "startCall", conversation: idOf(alice, bob), media: "audio" });
    time.pass(2500);
    expect(look(bob).call?.browsers).toBe(null);
    expect(look(alice).call?.browsers).toBe(null);
    bob.wish({ type: "acceptCall", call: bob.state().phone.call?.id ?? "", media: "audio" });
    time.pass(3000);
    const names = (one: Soul) =>
      Object.fromEntries(look(one).call?.browsers?.map(({ of, name, inCall }) => [of, inCall && name]) ?? []);
    const nameOf = (one: Soul) => browserName(one.state().account.self.device);
    expect(names(alice)).toEqual({ self: nameOf(alice), peer: nameOf(bob) });
    expect(names(bob)).toEqual({ self: nameOf(bob), peer: nameOf(alice) });
    alice.wish({ type: "hangUp", call: alice.state().phone.call?.id ?? "" });
    time.pass(1000);
    expect(look(alice).call?.browsers).toBe(null);
  });

  test("[N4] a browser that a call named and that does not stand in the conversation is in no list", () => {
    const { time, alice, bob, idOf } = twoFriends("stranger");
    alice.wish({ type: "startCall", conversation: idOf(alice, bob), media: "audio" });
    time.pass(2500);
    bob.wish({ type: "acceptCall", call: bob.state().phone.call?.id ?? "", media: "audio" });
    time.pass(3000);
    const own = { account: alice.account, device: alice.state().account.self.device };
    const other = { account: bob.account, device: new Uint8Array(16).fill(9) };
    const { browsers } = presentCall(alice.state(), "tab", () => [other, own]) ?? {};
    expect(browsers).toEqual([
      { of: "self", name: browserName(own.device), inCall: true },
      { of: "peer", name: browserName(other.device), inCall: false },
    ]);
  });

  test("[N5] refs that are none reach no part of the core", () => {
    const bad = ["", "x", "AAAA", refOf<MessageRef>(new Uint8Array(32))];
    for (const ref of bad) {
      const conversation = ref as ConversationRef;
      const asks: readonly Intent[] = [
        { type: "send", ask: { conversation, text: "x" } },
        { type: "markRead", ask: { conversation, upTo: "l1-0" as MessageRef } },
        { type: "block", ask: { account: ref as AccountRef } },
        { type: "hangUp", ask: { call: ref as CallRef } },
      ];
      for (const ask of asks) expect(wishOf(ask, 1), `${ask.type} ${ref}`).toMatchObject({ type: "answer", result: { ok: false } });
    }
    const good = refOf<ConversationRef>(new Uint8Array(16));
    expect(wishOf({ type: "send", ask: { conversation: good, text: "x" } }, null)).toMatchObject({ type: "wish" });
    expect(presentAnswer("send", { ok: true, value: { message: new Uint8Array(32) } })).toEqual({
      ok: true,
      value: { message: refOf(new Uint8Array(32)) },
    });
    expect(presentAnswer("send", { ok: false, error: { type: "empty" } })).toEqual({ ok: false, error: { type: "empty" } });
  });

  test("[N6] A18 nothing that a screen is told holds a key of the account, of a device or of a conversation", () => {
    const { alice, bob, look, idOf } = twoFriends("secrets");
    alice.wish({ type: "startCall", conversation: idOf(alice, bob), media: "audio" });
    const { self } = alice.state().account;
    const secrets = [
      self.signatureSeed.open((seed) => seed),
      self.hpkeSeed.open((seed) => seed),
      ...self.secrets.map(({ secret }) => secret.open((each) => each)),
      alice.conversationWith(bob)?.conversationKey ?? new Uint8Array(32),
    ];
    const told = JSON.stringify(look(alice), (_, value: unknown) => (value instanceof Map ? [...value] : value));
    for (const secret of secrets) {
      expect(told).not.toContain(toHex(secret));
      expect(told).not.toContain(Buffer.from(secret).toString("base64url"));
      expect(told).not.toContain(JSON.stringify([...secret]).slice(1, -1));
    }
    // The control: the search finds what is there.
    expect(told).toContain(refOf(bob.account));
  });
});
