/** Alice, Bob and Carol meet: requests, answers, links, blocks, keys. */
import { days, fromHex, hours, minutes, toHex } from "@megachat/base";
import { expect, test } from "vitest";
import { asks, befriend, strangers } from "../../test-kit/acquaintances.ts";
import { heardFrom, invitationState, judgeWelcome, mayRing, maySend, mayShow, nameOf, safetyNumberOf } from "./index.ts";

test("[F9] who looks somebody up by handle sees them with the key that their record proves", () => {
  const { alice, bob } = strangers("look up");
  const found = alice.ask({ type: "lookUp", handle: " Bob " });
  expect(found).toEqual({
    ok: true,
    value: { account: bob.account, handle: "bob", identityKey: bob.own().self.identityKey, relation: "stranger" },
  });
  expect(alice.ask({ type: "lookUp", handle: "alice" })).toMatchObject({ ok: true, value: { relation: "self" } });
  expect(alice.ask({ type: "lookUp", handle: "nobody" })).toEqual({ ok: false, error: { type: "notFound" } });
  for (const handle of ["__proto__", "constructor ", "toString", "a", "ali ce", "аlice"]) {
    const answer = alice.ask({ type: "lookUp", handle });
    expect(answer?.ok).toBe(false);
  }
});

test("[F1, F21, F22] a request is asked, shown, accepted, and makes one conversation of the two", () => {
  const { alice, bob, server } = strangers("befriend");
  asks(alice, bob, "Do you remember me?");
  expect(alice.contact(bob)).toMatchObject({ relation: "requestSent", outgoing: { delivered: true }, via: "handle" });
  expect(bob.contact(alice)).toMatchObject({
    relation: "requestReceived",
    text: "Do you remember me?",
    incoming: { byInvitation: "no" },
  });
  expect(bob.happenings).toEqual([{ type: "requestReceived", account: alice.account }]);
  expect(mayRing(bob.contacts(), alice.account)).toBe(false);

  const accepted = bob.ask({ type: "acceptRequest", account: alice.account });
  expect(accepted?.ok).toBe(true);
  expect(bob.contact(alice)?.relation).toBe("contact");
  expect(alice.contact(bob)?.relation).toBe("contact");
  expect(alice.conversations.get(toHex(bob.account))).toEqual(bob.conversations.get(toHex(alice.account)));
  expect(alice.judgements).toEqual([{ type: "accept", account: bob.account }]);
  expect(maySend(alice.contacts(), bob.account)).toBe("yes");
  const id = bob.conversations.get(toHex(alice.account)) ?? new Uint8Array();
  expect(alice.engine().state(id)?.authenticator).toEqual(bob.engine().state(id)?.authenticator);
  expect([...server.logs.values()].filter((log) => toHex(log.id) === toHex(id))).toHaveLength(1);
});

test("[F1] a request waits on disk for a connection, and goes out once, as the same bytes", () => {
  const { alice, bob, settle } = strangers("offline request");
  expect(alice.ask({ type: "lookUp", handle: "bob" })?.ok).toBe(true);
  let breaks = 2;
  alice.wire.rewriteReply = (reply, request) => (request.type === "sendRequest" && breaks-- > 0 ? null : reply);
  expect(alice.ask({ type: "sendRequest", account: bob.account, text: "hi", invitation: null })).toEqual({ ok: true, value: null });
  alice.restart();
  alice.goOnline();
  settle();
  alice.goOnline();
  settle();
  expect(alice.contact(bob)?.outgoing?.delivered).toBe(true);
  const bodies = alice.asks.flatMap((request) => (request.type === "sendRequest" ? [toHex(request.sealed)] : []));
  expect(new Set(bodies).size).toBe(1);
  expect(bob.happenings).toEqual([{ type: "requestReceived", account: alice.account }]);
});

test("[F11] one request waits per person; it can be taken back, and an answer to it is then none", () => {
  const { alice, bob } = strangers("withdraw");
  asks(alice, bob);
  expect(alice.ask({ type: "sendRequest", account: bob.account, text: "again", invitation: null })).toEqual({
    ok: false,
    error: { type: "alreadyPending" },
  });
  expect(alice.ask({ type: "withdrawRequest", account: bob.account })).toEqual({ ok: true, value: null });
  expect(alice.contact(bob)).toMatchObject({ relation: "stranger", outgoing: null });
  expect(bob.ask({ type: "acceptRequest", account: alice.account })?.ok).toBe(true);
  expect(alice.judgements).toEqual([{ type: "refuse", why: "notAsked", account: bob.account }]);
  expect(alice.conversations.size).toBe(0);
});

test("[F12] declining says nothing to the other side, and the person may ask again", () => {
  const { alice, bob } = strangers("decline");
  asks(alice, bob);
  expect(bob.ask({ type: "declineRequest", account: alice.account, block: false })).toEqual({ ok: true, value: null });
  expect(bob.contact(alice)?.relation).toBe("stranger");
  expect(alice.contact(bob)?.relation).toBe("requestSent");
  alice.ask({ type: "withdrawRequest", account: bob.account });
  asks(alice, bob, "please");
  expect(bob.contact(alice)).toMatchObject({ relation: "requestReceived", text: "please" });
});

test("[F13, F24] what a blocked person sends is not shown, does not ring, and is not answered, until unblocked", () => {
  const { alice, bob } = strangers("block");
  asks(alice, bob);
  expect(bob.ask({ type: "declineRequest", account: alice.account, block: true })).toEqual({ ok: true, value: null });
  const before = bob.fingerprint();
  alice.ask({ type: "withdrawRequest", account: bob.account });
  asks(alice, bob, "let me in");
  expect(bob.fingerprint()).toBe(before);
  expect(bob.warnings).toContain("requestDropped blocked");
  expect([mayShow(bob.contacts(), alice.account), mayRing(bob.contacts(), alice.account)]).toEqual([false, false]);
  expect(maySend(bob.contacts(), alice.account)).toBe("blocked");

  bob.ask({ type: "unblock", account: alice.account });
  alice.ask({ type: "withdrawRequest", account: bob.account });
  asks(alice, bob, "thank you");
  expect(bob.contact(alice)).toMatchObject({ relation: "requestReceived", blockedOn: null });
});

test("[F13, F24] blocking a contact keeps the conversation and holds it; unblocking gives it back", () => {
  const { alice, bob } = strangers("block contact");
  befriend(alice, bob);
  bob.ask({ type: "block", account: alice.account });
  expect(maySend(bob.contacts(), alice.account)).toBe("blocked");
  expect(bob.contact(alice)?.relation).toBe("contact");
  bob.ask({ type: "unblock", account: alice.account });
  expect(maySend(bob.contacts(), alice.account)).toBe("yes");
  expect(bob.happenings.map(({ type }) => type)).toEqual(["requestReceived", "becameContact", "blocked", "unblocked"]);
});

test("[F22] both ask at once: nobody is asked, and there is one conversation", () => {
  const { alice, bob, settle } = strangers("both at once");
  expect(alice.ask({ type: "lookUp", handle: "bob" })?.ok).toBe(true);
  expect(bob.ask({ type: "lookUp", handle: "alice" })?.ok).toBe(true);
  const held: (() => void)[] = [];
  for (const person of [alice, bob]) {
    person.wire.rewritePush = (push) => {
      if (push.type !== "inboxPush" || push.item.kind !== "request") return push;
      held.push(() => person.give({ type: "push", push }));
      return null;
    };
  }
  alice.ask({ type: "sendRequest", account: bob.account, text: "hi", invitation: null });
  bob.ask({ type: "sendRequest", account: alice.account, text: "hello", invitation: null });
  for (const deliver of held) deliver();
  settle();
  expect([alice.contact(bob)?.relation, bob.contact(alice)?.relation]).toEqual(["contact", "contact"]);
  expect(alice.conversations.get(toHex(bob.account))).toEqual(bob.conversations.get(toHex(alice.account)));
  expect(alice.asks.concat(bob.asks).filter((request) => request.type === "foundConversation")).toHaveLength(1);
  expect(alice.happenings.concat(bob.happenings).map(({ type }) => type)).toEqual(["becameContact", "becameContact"]);
});

test.each(["a", "b", "c", "d"])(
  "[F12, F22] who declined and then asks meets whoever still waits, whichever id is lower (%s)",
  (seed) => {
    const { alice, bob, settle } = strangers(seed);
    asks(alice, bob);
    bob.ask({ type: "declineRequest", account: alice.account, block: false });
    asks(bob, alice, "now I know who you are");
    settle();
    expect([alice.contact(bob)?.relation, bob.contact(alice)?.relation]).toEqual(["contact", "contact"]);
    expect(alice.conversations.get(toHex(bob.account))).toEqual(bob.conversations.get(toHex(alice.account)));
    expect(alice.asks.concat(bob.asks).filter((request) => request.type === "foundConversation")).toHaveLength(1);
  },
);
test("[F22] both ask, and one request never came: the two meet all the same", () => {
  const { alice, bob, settle, time } = strangers("both, and one lost");
  const [low, high] = toHex(alice.account) < toHex(bob.account) ? [alice, bob] : [bob, alice];
  const ask = (one: typeof low, other: typeof low): void => {
    one.ask({ type: "lookUp", handle: other.name });
    one.ask({ type: "sendRequest", account: other.account, text: "", invitation: null });
    settle();
  };
  // To the one who would found, the server names another handle than the request does.
  low.wire.rewriteReply = (reply) => (reply.type === "found" ? { ...reply, handle: "somebody.else" } : reply);
  ask(high, low);
  low.wire.rewriteReply = (reply) => reply;
  ask(low, high);
  low.ask({ type: "withdrawRequest", account: high.account });
  ask(low, high);
  // What made no sense is read once more by and by.
  time.pass(60_000);
  expect([low.contact(high)?.relation, high.contact(low)?.relation]).toEqual(["contact", "contact"]);
  expect(low.conversations.get(toHex(high.account))).toBeDefined();
  expect(low.conversations.get(toHex(high.account))).toEqual(high.conversations.get(toHex(low.account)));
});

test("[F7, F8] whoever has our link becomes a contact without a question; a second person is a question", () => {
  const { alice, bob, carol } = strangers("invitation");
  const made = alice.ask({ type: "createInvitation" });
  if (!made?.ok) throw new Error("no link");
  const { fragment } = made.value;

  expect(bob.ask({ type: "openInvitation", handle: "alice", fragment })).toEqual({
    ok: true,
    value: { account: alice.account, handle: "alice", relation: "stranger" },
  });
  expect(bob.ask({ type: "sendRequest", account: alice.account, text: "", invitation: fragment })).toEqual({
    ok: true,
    value: null,
  });
  expect([alice.contact(bob)?.relation, bob.contact(alice)?.relation]).toEqual(["contact", "contact"]);
  expect(bob.contact(alice)).toMatchObject({ via: "invitation", verifiedOn: null });
  expect([...alice.contacts().invitations.values()]).toMatchObject([{ state: "used", usedBy: [bob.account] }]);
  expect(alice.happenings.map(({ type }) => type)).toEqual(["becameContact"]);

  carol.ask({ type: "openInvitation", handle: "alice", fragment });
  carol.ask({ type: "sendRequest", account: alice.account, text: "found this", invitation: fragment });
  expect(alice.contact(carol)).toMatchObject({ relation: "requestReceived", incoming: { byInvitation: "again", accept: false } });
  expect(alice.ask({ type: "openInvitation", handle: "alice", fragment })).toMatchObject({ value: { relation: "self" } });
});

test("[F8] a revoked or expired link makes a request like any other", () => {
  const { alice, bob, carol, time } = strangers("links that are over");
  const [first, second] = [alice.ask({ type: "createInvitation" }), alice.ask({ type: "createInvitation" })];
  if (!first?.ok || !second?.ok) throw new Error("no links");
  alice.ask({ type: "revokeInvitation", invitation: first.value.invitation });
  bob.ask({ type: "openInvitation", handle: "alice", fragment: first.value.fragment });
  bob.ask({ type: "sendRequest", account: alice.account, text: "", invitation: first.value.fragment });
  expect(alice.contact(bob)).toMatchObject({ relation: "requestReceived", incoming: { byInvitation: "no" } });

  time.pass(days(7) + 1);
  const old = alice.contacts().invitations.get(toHex(second.value.invitation));
  expect(old && invitationState(old, time.now())).toBe("expired");
  carol.ask({ type: "openInvitation", handle: "alice", fragment: second.value.fragment });
  carol.ask({ type: "sendRequest", account: alice.account, text: "", invitation: second.value.fragment });
  expect(alice.contact(carol)).toMatchObject({ relation: "requestReceived", incoming: { byInvitation: "no" } });
});

test("[F14] the two see the same sixty digits, and verifying names them", () => {
  const { alice, bob, carol } = strangers("verify");
  befriend(alice, bob);
  const [one, other] = [
    alice.ask({ type: "safetyNumber", account: bob.account }),
    bob.ask({ type: "safetyNumber", account: alice.account }),
  ];
  expect(one).toEqual(other);
  if (!one?.ok) throw new Error("no digits");
  expect(one.value.digits).toMatch(/^\d{60}$/);
  expect(alice.ask({ type: "markVerified", account: bob.account, digits: "0".repeat(60) })).toEqual({
    ok: false,
    error: { type: "changedMeanwhile" },
  });
  expect(alice.contact(bob)?.verifiedOn).toBeNull();
  expect(alice.ask({ type: "markVerified", account: bob.account, digits: one.value.digits.replace(/(\d{5})/g, "$1 ") })?.ok).toBe(
    true,
  );
  expect(alice.contact(bob)?.verifiedOn).not.toBeNull();
  alice.ask({ type: "clearVerified", account: bob.account });
  expect(alice.contact(bob)?.verifiedOn).toBeNull();
  expect(alice.ask({ type: "safetyNumber", account: carol.account })).toEqual({ ok: false, error: { type: "unknownAccount" } });
  expect(alice.happenings.map(({ type }) => type)).toEqual(["becameContact", "verified", "unverified"]);
});

test("[F23] who took us off the list may ask again: the old conversation is the answer", () => {
  const { alice, bob, time } = strangers("removed");
  const conversation = befriend(alice, bob);
  alice.ask({ type: "removeContact", account: bob.account });
  expect([maySend(alice.contacts(), bob.account), mayRing(alice.contacts(), bob.account)]).toEqual(["removed", false]);
  asks(alice, bob);
  expect(bob.happenings.at(-1)).toEqual({ type: "askedAgain", account: alice.account });
  expect(bob.contact(alice)?.relation).toBe("contact");
  expect(alice.contact(bob)?.relation).toBe("requestSent");
  alice.actOnContacts((powers, state, context) => heardFrom(powers, state, context, bob.account, time.now()));
  expect(alice.contact(bob)?.relation).toBe("contact");

  // Both had removed each other: a question again, and no second conversation.
  const two = strangers("both removed");
  const id = befriend(two.alice, two.bob);
  two.alice.ask({ type: "removeContact", account: two.bob.account });
  two.bob.ask({ type: "removeContact", account: two.alice.account });
  asks(two.alice, two.bob);
  expect(two.bob.ask({ type: "acceptRequest", account: two.alice.account })).toEqual({ ok: true, value: { conversation: id } });
  expect(two.bob.contact(two.alice)?.relation).toBe("contact");
  expect(conversation).toHaveLength(16);
});

test("[F20] everything about people survives a restart, byte by byte", () => {
  const { alice, bob, carol, settle } = strangers("restart");
  befriend(alice, bob);
  asks(carol, alice);
  alice.ask({ type: "createInvitation" });
  const before = alice.fingerprint();
  alice.restart();
  expect(alice.fingerprint()).toBe(before);
  alice.goOnline();
  settle();
  expect(alice.contact(bob)?.relation).toBe("contact");
  expect(alice.contact(carol)?.relation).toBe("requestReceived");
  expect(nameOf(alice.contacts(), carol.account)).toBe("carol");
  expect(alice.fingerprint()).toBe(before);
});

test("[F21] accepting needs the server; without it the person is told, and the request stays", () => {
  const { alice, bob, settle } = strangers("accept offline");
  asks(alice, bob);
  bob.goOffline();
  expect(bob.ask({ type: "acceptRequest", account: alice.account })).toEqual({ ok: false, error: { type: "offline" } });
  bob.goOnline();
  settle();
  bob.wire.rewriteReply = (reply, request) => (request.type === "takeKeyPackages" ? null : reply);
  expect(bob.ask({ type: "acceptRequest", account: alice.account })).toEqual({ ok: false, error: { type: "offline" } });
  expect(bob.contact(alice)?.relation).toBe("requestReceived");
  bob.wire.rewriteReply = (reply) => reply;
  bob.goOnline();
  settle();
  expect(bob.ask({ type: "acceptRequest", account: alice.account })?.ok).toBe(true);
});

test("[F21] a server that is busy is asked again later, and what goes by itself goes on", () => {
  const { alice, bob, time, settle } = strangers("busy");
  const made = alice.ask({ type: "createInvitation" });
  if (!made?.ok) throw new Error("no link");
  let busy = 3;
  alice.wire.rewriteReply = (reply, request) =>
    (request.type === "lookUpAccount" || request.type === "takeKeyPackages") && busy-- > 0
      ? { type: "slowDown", retryAfterMs: minutes(1), puzzle: null }
      : reply;
  bob.ask({ type: "openInvitation", handle: "alice", fragment: made.value.fragment });
  bob.ask({ type: "sendRequest", account: alice.account, text: "", invitation: made.value.fragment });
  expect(alice.contact(bob)).toBeUndefined();
  time.pass(hours(1));
  settle();
  expect([alice.contact(bob)?.relation, bob.contact(alice)?.relation]).toEqual(["contact", "contact"]);
});

test("[F15] a Welcome takes us in only as an answer to us, under the pinned key, as one of two equals", () => {
  const { alice, bob, carol } = strangers("welcome");
  const id = befriend(alice, bob);
  const state = alice.engine().state(id);
  const sender = state?.members.find((member) => toHex(member.certificate.account) === toHex(bob.account));
  if (!state || !sender) throw new Error("no conversation");
  const facts = { roster: state.roster, sender };
  const judge = (changed: Partial<typeof facts>, who = alice) =>
    judgeWelcome(who.contacts(), who.own().self, { ...facts, ...changed });
  expect(judge({})).toEqual({ type: "accept", account: bob.account });
  expect(judge({}, carol)).toMatchObject({ type: "refuse", why: "notDirect" });
  const [one, other] = state.roster.accounts;
  if (!one || !other) throw new Error("no roster");
  const key = { ...bob.own().self }.identityKey.map((byte) => byte ^ 1);
  const swapped = state.roster.accounts.map((each) =>
    toHex(each.account) === toHex(bob.account) ? { ...each, identityKey: key } : each,
  );
  expect(judge({ roster: { ...state.roster, accounts: swapped } })).toMatchObject({ type: "refuse", why: "otherKey" });
  expect(judge({ roster: { ...state.roster, accounts: [one] } })).toMatchObject({ type: "refuse", why: "notDirect" });
  const admin = state.roster.accounts.map((each) => ({ ...each, role: "admin" as const }));
  expect(judge({ roster: { ...state.roster, accounts: admin } })).toMatchObject({ type: "refuse", why: "notDirect" });
  const open = { ...state.roster.rules, addAccounts: "member" as const };
  expect(judge({ roster: { ...state.roster, rules: open } })).toMatchObject({ type: "refuse", why: "notDirect" });
  alice.ask({ type: "block", account: bob.account });
  expect(judge({})).toMatchObject({ type: "refuse", why: "blocked" });
  alice.ask({ type: "unblock", account: bob.account });
  alice.ask({ type: "removeContact", account: bob.account });
  expect(judge({})).toMatchObject({ type: "refuse", why: "notAsked" });
});

test("[F14] digits are those of the key that waits for a decision, while one does", () => {
  const { alice, bob } = strangers("digits");
  befriend(alice, bob);
  const contact = alice.contact(bob);
  const key = fromHex("aa".repeat(32));
  if (!contact || !key.ok) throw new Error("no contact");
  const changed = { n: 0, identityKey: key.value, on: contact.since, wasVerified: false };
  expect(safetyNumberOf(alice.own().self, { ...contact, changed })).not.toBe(safetyNumberOf(alice.own().self, contact));
});
