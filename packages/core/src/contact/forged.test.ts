/** What a server that lies, a stranger, and a contact who lies can make of us: nothing. State before = after. */
import { fromHex, toHex } from "@megachat/base";
import { encode, HpkeBox, type Reply, type Request } from "@megachat/wire";
import { expect, test } from "vitest";
import { asks, befriend, strangers, type Person } from "../../test-kit/acquaintances.ts";
import { forgedAccount, foundOf, forgeRequest, sealTo, type FoundReply, type RequestForgery } from "../../test-kit/forgery.ts";
import { heardName, maySend, noteIdentity, noteList, openRequest } from "./index.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const flip = (bytes: Uint8Array, at: number): Bytes => Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte));

/** Lets one kind of answer be bent on its way to a person. */
const bend = (person: Person, type: Reply["type"], to: (reply: never, request: Request) => Reply): void => {
  person.wire.rewriteReply = (reply, request) => (reply.type === type ? to(reply as never, request) : reply);
};

/** Every way in which one field of `found` may be replaced. */
function mutations(found: FoundReply, other: FoundReply): readonly (readonly [string, FoundReply])[] {
  const out: (readonly [string, FoundReply])[] = [];
  const bytes = ["account", "accountRecord", "address", "deviceList"] as const;
  for (const field of bytes) {
    const value = found[field];
    const shapes: Record<string, Uint8Array> = {
      "another's": other[field],
      "cut short": value.subarray(0, value.length - 1),
      "made longer": Uint8Array.of(...value, 0),
      empty: new Uint8Array(0),
    };
    if (field === "account") delete shapes["cut short"];
    for (const [name, made] of Object.entries(shapes)) out.push([`${field} ${name}`, { ...found, [field]: Uint8Array.from(made) }]);
    for (let at = 0; at < value.length; at += 47)
      out.push([`${field} with byte ${at} flipped`, { ...found, [field]: flip(value, at) }]);
  }
  const [certificate = new Uint8Array()] = found.certificates;
  const [theirs = new Uint8Array()] = other.certificates;
  const lists: Record<string, readonly Bytes[]> = {
    none: [],
    "another's": [theirs],
    "one too many": [certificate, theirs],
    doubled: [certificate, certificate],
  };
  for (const [name, certificates] of Object.entries(lists)) out.push([`certificates: ${name}`, { ...found, certificates }]);
  for (let at = 0; at < certificate.length; at += 47) {
    out.push([`certificate with byte ${at} flipped`, { ...found, certificates: [flip(certificate, at)] }]);
  }
  out.push(["handle of another", { ...found, handle: other.handle }]);
  for (const field of ["accountRecord", "address", "deviceList"] as const) {
    for (const place of ["accountRecord", "address", "deviceList"] as const) {
      if (field !== place) out.push([`${field} in the place of ${place}`, { ...found, [place]: found[field] }]);
    }
  }
  return out;
}

test("[F9, R4, R5, R6, R7] a looked-up account with any face mutated, moved or another's is refused, and nothing is remembered", () => {
  const { alice, bob, carol, server } = strangers("mutated faces");
  const faces = (person: Person): FoundReply => {
    const stored = server.accounts.get(toHex(person.account));
    if (!stored) throw new Error("nobody");
    const { identityHash: _hash, ...found } = stored;
    return { type: "found", ...found };
  };
  const before = alice.fingerprint();
  const all = mutations(faces(bob), faces(carol));
  for (const [name, found] of all) {
    bend(alice, "found", () => found);
    const answer = alice.ask({ type: "lookUp", handle: "bob" });
    expect(answer, name).toMatchObject({ ok: false, error: { type: "notAuthentic" } });
    // By its id no handle is asked for: there the server's word for it is all there is.
    if (name === "handle of another") continue;
    expect(alice.ask({ type: "sendRequest", account: bob.account, text: "", invitation: null }), name).toMatchObject({ ok: false });
  }
  expect(all.length).toBeGreaterThan(100);
  expect(alice.fingerprint()).toBe(before);
  expect(alice.happenings.every(({ type }) => type === "notAuthentic")).toBe(true);
});

test("[F7] a link is not fooled by a whole forged account: its key is not the one the link names (attack A10)", () => {
  const world = strangers("forged inviter");
  const { alice, bob } = world;
  const made = alice.ask({ type: "createInvitation" });
  if (!made?.ok) throw new Error("no link");
  const { fragment } = made.value;
  const fake = foundOf(forgedAccount(world, alice.account, "alice"), "alice");
  bend(bob, "found", () => fake);
  const before = bob.fingerprint();
  expect(bob.ask({ type: "openInvitation", handle: "alice", fragment })).toEqual({ ok: false, error: { type: "keysDiffer" } });
  bob.ask({ type: "lookUp", handle: "alice" });
  expect(bob.ask({ type: "sendRequest", account: alice.account, text: "", invitation: fragment })).toEqual({
    ok: false,
    error: { type: "keysDiffer" },
  });
  expect(bob.fingerprint()).toBe(before);
  expect(bob.ask({ type: "openInvitation", handle: "alice", fragment: `${fragment}A` })).toEqual({
    ok: false,
    error: { type: "malformed" },
  });
});

test("[F7] a link's inviter is called as the link says: under another handle the server shows nobody", () => {
  const { alice, bob } = strangers("another handle");
  const made = alice.ask({ type: "createInvitation" });
  const fragment = made?.ok ? made.value.fragment : "";
  bend(bob, "found", (reply: FoundReply) => ({ ...reply, handle: "carol" }));
  const before = bob.fingerprint();
  expect(bob.ask({ type: "openInvitation", handle: "alice", fragment })).toEqual({ ok: false, error: { type: "keysDiffer" } });
  expect(bob.happenings.map(({ type }) => type)).toEqual(["notAuthentic"]);
  expect(bob.fingerprint()).toBe(before);
});

test("[F16] a verified contact whose key changes holds sending back until the user decides (attack C12)", () => {
  const world = strangers("verified key change");
  const { alice, bob } = world;
  befriend(alice, bob);
  const digits = alice.ask({ type: "safetyNumber", account: bob.account });
  if (!digits?.ok) throw new Error("no digits");
  alice.ask({ type: "markVerified", account: bob.account, digits: digits.value.digits });
  const pinned = alice.contact(bob)?.identityKey;

  const fake = forgedAccount(world, bob.account, "bob");
  bend(alice, "found", () => foundOf(fake, "bob"));
  expect(alice.ask({ type: "lookUp", handle: "bob" })?.ok).toBe(true);
  expect(alice.contact(bob)).toMatchObject({ identityKey: pinned, changed: { wasVerified: true } });
  expect(maySend(alice.contacts(), bob.account)).toBe("keysChanged");
  expect(alice.happenings.at(-1)).toEqual({ type: "keysChanged", account: bob.account, wasVerified: true });

  // Seen again it is no second alarm; the old digits decide nothing any more; a restart forgets nothing.
  alice.ask({ type: "lookUp", handle: "bob" });
  expect(alice.happenings.filter(({ type }) => type === "keysChanged")).toHaveLength(1);
  const old = { account: bob.account, digits: digits.value.digits };
  expect(alice.ask({ type: "acceptChangedKey", ...old })).toEqual({ ok: false, error: { type: "changedMeanwhile" } });
  expect(alice.ask({ type: "markVerified", ...old })).toEqual({ ok: false, error: { type: "changedMeanwhile" } });
  alice.restart();
  expect(maySend(alice.contacts(), bob.account)).toBe("keysChanged");

  const now = alice.ask({ type: "safetyNumber", account: bob.account });
  if (!now?.ok) throw new Error("no digits");
  expect(alice.ask({ type: "acceptChangedKey", account: bob.account, digits: now.value.digits })?.ok).toBe(true);
  expect(alice.contact(bob)).toMatchObject({ identityKey: fake.state.self.identityKey, changed: null, verifiedOn: null });
  expect(maySend(alice.contacts(), bob.account)).toBe("yes");
});

test("[F16] a changed key of an unverified contact is shown and holds nothing back; the pin stays until the user decides", () => {
  const world = strangers("unverified key change");
  const { alice, bob } = world;
  befriend(alice, bob);
  const pinned = alice.contact(bob)?.identityKey;
  const { identityKey } = forgedAccount(world, bob.account, "bob").state.self;
  alice.actOnContacts((powers, state, context) =>
    noteIdentity(powers, state, context, { account: bob.account, n: 0, identityKey }, world.time.now()),
  );
  expect(alice.contact(bob)).toMatchObject({ identityKey: pinned, changed: { wasVerified: false } });
  expect(maySend(alice.contacts(), bob.account)).toBe("yes");
});

test("[F16] a request under another key than the pinned one is not shown, and the change is", () => {
  const world = strangers("request under another key");
  const { alice, bob, random } = world;
  befriend(alice, bob);
  bob.ask({ type: "removeContact", account: alice.account });
  const fake = forgedAccount(world, alice.account, "alice");
  bend(bob, "found", () => foundOf(fake, "alice"));
  deliver(bob, alice.account, forgeRequest(random, fake.state.self, bob));
  world.settle();
  expect(bob.contact(alice)).toMatchObject({ relation: "removed", changed: { wasVerified: false } });
  expect(bob.warnings).toContain("requestDropped otherKey");
});

let items = 1000;
const deliver = (to: Person, from: Bytes, body: Bytes, item = ++items): void =>
  to.give({ type: "push", push: { type: "inboxPush", item: { item, kind: "request", from, log: null, position: null, body } } });

test("[F2, F3, F4, F5, F6] a forged, moved or malformed request is dropped with its reason, and changes nothing", () => {
  const world = strangers("forged requests");
  const { alice, bob, carol, random, settle } = world;
  const self = alice.own().self;
  const fake = forgedAccount(world, alice.account, "alice").state.self;
  const good = forgeRequest(random, self, bob);
  const request = (forgery: RequestForgery["request"]): Bytes =>
    forgeRequest(random, self, bob, forgery ? { request: forgery } : {});
  const cases: readonly (readonly [string, Bytes, Bytes?])[] = [
    ["malformed", new Uint8Array(0)],
    ["malformed", random.bytes(2000)],
    ["malformed", encode(HpkeBox, sealTo(random, bob, random.bytes(4096)))],
    ["malformed", forgeRequest(random, self, bob, { padding: 0x0a01 })],
    ["notForUs", flip(good, good.length - 1)],
    ["notForUs", flip(good, 40)],
    // Alice's request to Carol, handed to Bob: sealed to Carol, or sealed anew by Carol.
    ["notForUs", forgeRequest(random, self, carol)],
    ["notForUs", forgeRequest(random, self, bob, { recipient: carol.account })],
    ["readdressed", forgeRequest(random, self, carol, { sealTo: bob, recipient: bob.account })],
    ["misattributed", good, carol.account],
    ["notAuthentic", forgeRequest(random, self, bob, { signer: carol.own().self.signatureSeed })],
    ["notAuthentic", forgeRequest(random, self, bob, { signature: new Uint8Array(64) })],
    ["notAuthentic", request({ certificate: carol.own().self.certificate })],
    ["notAuthentic", request({ certificate: fake.certificate })],
    ["notAuthentic", request({ accountRecord: fake.accountRecord })],
    ["notAuthentic", request({ deviceList: fake.deviceList.bytes })],
    ["notAuthentic", request({ deviceList: carol.own().self.deviceList.bytes })],
    ["notAuthentic", request({ from: carol.account }), carol.account],
    ["self", forgeRequest(random, bob.own().self, bob), bob.account],
    ["tooLong", request({ text: "x".repeat(501) })],
    ["badName", request({ handle: "__proto__" })],
    ["badName", request({ handle: "Alice" })],
    ["badName", request({ handle: "" })],
  ];
  const before = bob.fingerprint();
  for (const [why, body, from = alice.account] of cases) {
    expect(openRequest(bob.own().self, from, body)).toEqual({ ok: false, error: { type: "refused", why } });
    deliver(bob, from, body);
    settle();
    expect(bob.warnings.at(-1)).toBe(`requestDropped ${why}`);
    // Read once more from the inbox, it is the same.
    deliver(bob, from, body, items);
    settle();
  }
  expect(bob.fingerprint()).toBe(before);
  expect(bob.happenings).toEqual([]);
  expect(bob.asks.filter(({ type }) => type === "clearInbox")).toHaveLength(cases.length);

  deliver(bob, alice.account, good);
  settle();
  expect(bob.contact(alice)?.relation).toBe("requestReceived");
});

test("[F4] five hundred characters are as many for every script, and all of them arrive", () => {
  const { alice, bob } = strangers("long text");
  expect(alice.ask({ type: "lookUp", handle: "bob" })?.ok).toBe(true);
  expect(alice.ask({ type: "sendRequest", account: bob.account, text: "😀".repeat(501), invitation: null })).toEqual({
    ok: false,
    error: { type: "tooLong", limit: 500 },
  });
  const text = "😀".repeat(500);
  expect(alice.ask({ type: "sendRequest", account: bob.account, text, invitation: null })?.ok).toBe(true);
  expect(bob.contact(alice)?.text).toBe(text);
});

test("[F5] a replayed request is dropped, also after an answer, a restart, and as another item", () => {
  const { alice, bob, settle } = strangers("replay");
  asks(alice, bob);
  const sent = alice.asks.find((request) => request.type === "sendRequest");
  if (sent?.type !== "sendRequest") throw new Error("nothing sent");
  bob.ask({ type: "declineRequest", account: alice.account, block: false });
  const before = bob.fingerprint();
  deliver(bob, alice.account, sent.sealed);
  settle();
  bob.restart();
  bob.goOnline();
  settle();
  deliver(bob, alice.account, sent.sealed);
  settle();
  expect(bob.warnings.filter((line) => line === "requestDropped replayed")).toHaveLength(2);
  expect(bob.fingerprint()).toBe(before);
});

test("[F6] a handle that is not the sender's is found out by asking the server who they are", () => {
  const { alice, bob, random, settle } = strangers("borrowed name");
  deliver(bob, alice.account, forgeRequest(random, alice.own().self, bob, { request: { handle: "carol" } }));
  const before = bob.fingerprint();
  settle();
  expect(bob.warnings).toContain("requestDropped otherHandle");
  expect(bob.fingerprint()).toBe(before);
});

test("[F6] a forged answer on who the sender is is told, and takes no request away", () => {
  const { alice, bob, time } = strangers("forged answer");
  alice.ask({ type: "lookUp", handle: "bob" });
  bend(bob, "found", (reply: FoundReply) => ({ ...reply, deviceList: flip(reply.deviceList, 9) }));
  alice.ask({ type: "sendRequest", account: bob.account, text: "hello", invitation: null });
  time.pass(5000);
  expect(bob.happenings.map(({ type }) => type)).toEqual(["notAuthentic"]);
  bob.wire.rewriteReply = (reply) => reply;
  time.pass(120_000);
  expect(bob.contact(alice)).toMatchObject({ relation: "requestReceived", text: "hello" });
});

test("[F8] a tag of another's link, or of none, is no honest program's: the request is dropped", () => {
  const { alice, bob, carol, random, settle } = strangers("foreign tag");
  const made = carol.ask({ type: "createInvitation" });
  bob.ask({ type: "createInvitation" });
  if (!made?.ok) throw new Error("no link");
  const before = bob.fingerprint();
  for (const tag of [random.bytes(32), new Uint8Array(32)]) {
    deliver(bob, alice.account, forgeRequest(random, alice.own().self, bob, { request: { invitationTag: tag } }));
    settle();
    expect(bob.warnings.at(-1)).toBe("requestDropped foreignInvitation");
  }
  expect(bob.fingerprint()).toBe(before);

  // The link of Carol, used with Bob: her key is not his, and so the program refuses before anything leaves.
  alice.ask({ type: "lookUp", handle: "bob" });
  expect(alice.ask({ type: "sendRequest", account: bob.account, text: "", invitation: made.value.fragment })).toEqual({
    ok: false,
    error: { type: "keysDiffer" },
  });
});

test("[F18] a name in a request is shown as one clean line, whatever was signed", () => {
  const { alice, bob, random, settle } = strangers("names");
  const displayName = "\u202Eecila\u0000\n \u200BAlice  Evil ".padEnd(200, "x");
  deliver(bob, alice.account, forgeRequest(random, alice.own().self, bob, { request: { displayName } }));
  settle();
  const shown = bob.contact(alice)?.displayName ?? "";
  expect(Array.from(shown).length).toBeLessThanOrEqual(80);
  expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(alice.contact(bob)).toBeUndefined();

  // Told later, in the conversation, it is cleaned like that, too; and strangers have no say.
  const said = strangers("names told");
  const tell = (account: Bytes, displayName: string): void =>
    said.alice.actOnContacts((powers, state, context) =>
      heardName(powers, state, context, { account, displayName }, said.time.now()),
    );
  befriend(said.alice, said.bob);
  tell(said.bob.account, "Bob\u202E the\nGreat");
  expect(said.alice.contact(said.bob)).toMatchObject({ displayName: "Bob the Great", relation: "contact" });
  const before = said.alice.fingerprint();
  tell(said.carol.account, "Carol");
  tell(said.bob.account, " ");
  tell(said.bob.account, "Bob the Great");
  expect(said.alice.fingerprint()).toBe(before);
});

test("[F21] key packages that the other's keys do not answer for found nothing, and the request stays (attacks A10, D09)", () => {
  const world = strangers("forged key packages");
  const { alice, bob, carol, random } = world;
  asks(alice, bob);
  const fake = forgedAccount(world, alice.account, "alice");
  const [theirs = new Uint8Array()] = fake.published.keyPackages;
  const [carols = new Uint8Array()] = takePackages(carol);
  const [alices = new Uint8Array()] = takePackages(alice);
  const cases: readonly (readonly Bytes[])[] = [
    [],
    [carols],
    [theirs],
    [random.bytes(2000)],
    [flip(alices, alices.length - 1)],
    [new Uint8Array()],
  ];
  for (const keyPackages of cases) {
    bend(bob, "keyPackages", () => ({ type: "keyPackages", keyPackages }));
    expect(bob.ask({ type: "acceptRequest", account: alice.account })).toEqual({ ok: false, error: { type: "notAuthentic" } });
    expect(bob.contact(alice)?.relation).toBe("requestReceived");
  }
  expect(bob.conversations.size).toBe(0);
  bob.wire.rewriteReply = (reply) => reply;
  expect(bob.ask({ type: "acceptRequest", account: alice.account })?.ok).toBe(true);
});
/** Key packages of a person, as the server would hand them out. */
function takePackages(person: Person): readonly Bytes[] {
  const made = person.engine().keyPackage({ suite: 1, lastResort: false, now: person.contacts().live.notBefore });
  return [Uint8Array.from(made.bytes)];
}

test("[F10] an older device list, or another of the same version, is refused and told (attack C05)", () => {
  const world = strangers("device lists");
  const { alice, bob, time } = world;
  befriend(alice, bob);
  const list = alice.contact(bob)?.list;
  if (!list) throw new Error("no list");
  const before = alice.fingerprint();
  const note = (version: number, hash: Bytes): void => {
    alice.actOnContacts((powers, state, context) =>
      noteList(powers, state, context, { account: bob.account, version, hash }, time.now()),
    );
    world.settle();
  };
  note(list.version, list.hash);
  expect(alice.happenings.some(({ type }) => type === "notAuthentic")).toBe(false);
  note(list.version, flip(list.hash, 0));
  expect(alice.happenings.filter(({ type }) => type === "notAuthentic")).toHaveLength(1);
  // Bob speaks of a list that the server withholds.
  note(list.version + 1, flip(list.hash, 0));
  expect(alice.happenings.filter(({ type }) => type === "notAuthentic")).toHaveLength(2);
  expect(alice.warnings.at(-1)).toBe("facesRefused withheldList");
  expect(alice.fingerprint()).toBe(before);
});

test("[F2] every bit of a sealed request counts, and no garbage makes the opener throw", () => {
  const { alice, bob, random } = strangers("bits");
  const good = forgeRequest(random, alice.own().self, bob);
  expect(openRequest(bob.own().self, alice.account, good).ok).toBe(true);
  for (let at = 0; at < good.length; at += 97) expect(openRequest(bob.own().self, alice.account, flip(good, at)).ok).toBe(false);
  for (let cut = 0; cut < good.length; cut += 211)
    expect(openRequest(bob.own().self, alice.account, good.slice(0, cut)).ok).toBe(false);
  const hex = fromHex("9f".repeat(300));
  expect(hex.ok && openRequest(bob.own().self, alice.account, hex.value).ok).toBe(false);
});
