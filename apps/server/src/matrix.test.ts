/**
 * K03: role × operation × object, generated from the wire's own list of requests. A new operation fails this test until
 * somebody says what it may do.
 */
import { requests } from "@megachat/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RequestOf, TypeOf } from "./operation.ts";
import { operations } from "./operations.ts";
import { connect, type Client } from "./testing/client.ts";
import { befriend, commitBody, draft, random, signUp, type Online } from "./testing/people.ts";
import { startServer, type TestServer } from "./testing/start-server.ts";

let server: TestServer;
let alice: Online;
let bob: Online;
let carol: Online;
let log: Uint8Array<ArrayBuffer>;
let nobody: Client;
beforeAll(async () => {
  server = await startServer();
  [alice, bob, carol] = [
    await signUp(server.socketUrl, "alice"),
    await signUp(server.socketUrl, "bob"),
    await signUp(server.socketUrl, "carol"),
  ];
  log = await befriend(alice, bob);
  nobody = await connect(server.socketUrl);
});
afterAll(() => server.stop());

type Bytes = Uint8Array<ArrayBuffer>;
interface Objects {
  readonly log: Bytes;
  readonly account: Bytes;
}

/** One well-formed request of each kind, about the given objects. */
const sample: { readonly [T in TypeOf]: (objects: Objects) => RequestOf<T> } = {
  hello: () => ({ type: "hello", protocol: 1, client: "" }),
  signUpStart: () => ({ type: "signUpStart", handle: "alice", invitation: null, request: random(32) }),
  signUpFinish: ({ account }) => ({
    type: "signUpFinish",
    handle: "mallory",
    invitation: null,
    setup: random(16),
    record: random(192),
    account,
    device: random(16),
    accountRecord: random(100),
    address: random(100),
    certificate: random(100),
    deviceList: random(100),
    identityHash: random(32),
    wraps: { password: random(9), recovery: random(9), accountSecret: random(9) },
    rows: [],
    keyPackages: [],
    lastResort: null,
    share: random(32),
  }),
  loginStart: () => ({ type: "loginStart", handle: "alice", request: random(96), known: null, puzzle: null }),
  loginFinish: () => ({ type: "loginFinish", ticket: random(16), finish: random(64) }),
  openSession: () => ({ type: "openSession", ticket: random(16), device: alice.device, share: random(32), signature: random(64) }),
  resume: () => ({ type: "resume", session: alice.session.session, token: random(32) }),
  signOut: () => ({ type: "signOut" }),
  lookUpHandle: () => ({ type: "lookUpHandle", handle: "no-such-name" }),
  lookUpIdentity: () => ({ type: "lookUpIdentity", identityHash: random(32) }),
  lookUpAccount: () => ({ type: "lookUpAccount", account: random(16) }),
  sendRequest: ({ account }) => ({ type: "sendRequest", to: account, sealed: random(9) }),
  clearInbox: () => ({ type: "clearInbox", item: 1 }),
  fetchInbox: () => ({ type: "fetchInbox", after: 0 }),
  publishKeyPackages: () => ({ type: "publishKeyPackages", keyPackages: [random(9)], lastResort: null }),
  takeKeyPackages: ({ account }) => ({ type: "takeKeyPackages", account }),
  foundConversation: ({ account }) => ({
    ...draft(random(16), 0, 1, { kind: "commit", body: commitBody([random(16)]), welcome: random(9) }),
    type: "foundConversation",
    with: account,
    suite: 1,
  }),
  append: (objects) => draft(objects.log, 1, 1),
  fetchRows: (objects) => ({ type: "fetchRows", log: objects.log, after: 0, maxBytes: 1000 }),
  acknowledge: (objects) => ({ type: "acknowledge", log: objects.log, position: 1 }),
  fetchHeads: () => ({ type: "fetchHeads", after: null }),
  postGroupInfo: (objects) => ({ type: "postGroupInfo", log: objects.log, turn: 1, groupInfo: random(9) }),
  fetchGroupInfo: (objects) => ({ type: "fetchGroupInfo", log: objects.log }),
  sendTransient: (objects) => ({ type: "sendTransient", log: objects.log, body: random(9) }),
  fetchIceServers: () => ({ type: "fetchIceServers" }),
  ping: () => ({ type: "ping" }),
};

const every = requests.map((request) => request.name);
const requestOf = (type: TypeOf, objects: Objects): RequestOf<TypeOf> => sample[type](objects);
const answerOf = async (client: Client, type: TypeOf, objects: Objects): Promise<string> => {
  const reply = await client.ask(requestOf(type, objects));
  return reply.type === "refused" ? reply.reason : reply.type;
};

/** What an outsider gets for an object that is not theirs, and so for one that does not exist. */
const aboutLogs: Partial<Record<TypeOf, string>> = {
  append: "notMember",
  fetchRows: "notMember",
  acknowledge: "notMember",
  postGroupInfo: "notMember",
  fetchGroupInfo: "notMember",
  sendTransient: "notMember",
};
const aboutAccounts: Partial<Record<TypeOf, string>> = {
  takeKeyPackages: "notFound",
  foundConversation: "notFound",
};

test("[S6] every operation of the wire is in the table, and nothing else", () => {
  expect(Object.keys(operations).sort()).toEqual([...every].sort());
  expect(Object.keys(sample).sort()).toEqual([...every].sort());
});

test("K03 [S6] without a session every operation that needs one is refused, and each other one gives nothing of anybody's", async () => {
  for (const type of every) {
    const answer = await answerOf(nobody, type, { log, account: alice.account });
    if (operations[type].needs === "session") expect(answer, type).toBe("notSignedIn");
    else expect(["session", "resumed", "loggedIn", "found"], type).not.toContain(answer);
  }
});

test("K03 [S7] an outsider gets for somebody's log what she gets for none, and nothing is changed", async () => {
  const before = await alice.client.ask({ type: "fetchHeads", after: null });
  for (const type of every.filter((each) => aboutLogs[each] !== undefined)) {
    for (const target of [log, alice.account, random(16)]) {
      expect(await answerOf(carol.client, type, { log: target, account: alice.account }), type).toBe(aboutLogs[type]);
    }
  }
  for (const kind of ["commit", "externalCommit", "account"] as const) {
    const body = kind === "commit" ? commitBody([]) : random(99);
    for (const target of [log, alice.account, random(16)]) {
      const answer = await carol.client.ask(draft(target, 1, 1, { kind, body }));
      expect(answer, kind).toMatchObject({ type: "refused", reason: "notMember" });
    }
  }
  expect(await alice.client.ask({ type: "fetchHeads", after: null })).toEqual(before);
});

test("K03 [S7] an outsider gets for somebody's account what she gets for none", async () => {
  for (const type of every.filter((each) => aboutAccounts[each] !== undefined)) {
    for (const account of [alice.account, random(16)]) {
      expect(await answerOf(carol.client, type, { log, account }), type).toBe(aboutAccounts[type]);
    }
  }
  expect(await answerOf(carol.client, "sendRequest", { log, account: random(16) })).toBe("notFound");
});

test("K03 [S7] what is mine is found from the session: an inbox, heads, key packages", async () => {
  const bobs = await bob.client.ask({ type: "fetchInbox", after: 0 });
  expect(bobs.type === "inbox" && bobs.items.map((item) => item.kind)).toEqual(["welcome"]);
  const item = bobs.type === "inbox" ? (bobs.items[0]?.item ?? 0) : 0;
  expect(await carol.client.ask({ type: "clearInbox", item })).toMatchObject({ type: "done" });
  expect(await carol.client.ask({ type: "fetchInbox", after: 0 })).toMatchObject({ type: "inbox", items: [] });
  expect(await bob.client.ask({ type: "fetchInbox", after: 0 })).toEqual(bobs);
  const heads = await carol.client.ask({ type: "fetchHeads", after: null });
  expect(heads.type === "heads" && heads.heads.map((head) => Buffer.from(head.log))).toEqual([Buffer.from(carol.account)]);
});

test("K03 [S7] a member can do nothing about the other's account log, and only reads what is delivered", async () => {
  for (const type of ["append", "fetchRows", "acknowledge", "postGroupInfo", "fetchGroupInfo", "sendTransient"] as const) {
    expect(await answerOf(bob.client, type, { log: alice.account, account: alice.account }), type).toBe("notMember");
  }
  // Bob joined by row 1: it is his first.
  expect(await bob.client.ask({ type: "fetchRows", log, after: 0, maxBytes: 1000 })).toMatchObject({
    type: "rows",
    rows: [{ position: 1 }],
    head: 1,
  });
});

test("[S24] a commit that adds a stranger's device, or one that does not exist, is refused", async () => {
  const add = (device: Bytes) =>
    alice.client.ask(draft(log, 1, 2, { kind: "commit", body: commitBody([device]), welcome: random(9) }));
  expect(await add(carol.device)).toMatchObject({ type: "refused", reason: "invalid" });
  expect(await add(random(16))).toMatchObject({ type: "refused", reason: "unknownDevice" });
  const heads = await alice.client.ask({ type: "fetchHeads", after: null });
  expect(heads.type === "heads" && heads.heads.find((head) => Buffer.from(log).equals(head.log))).toMatchObject({
    head: 1,
    turn: 1,
  });
});

test("[S24] a Welcome without an added device, an added device without a Welcome, and a commit that is none are refused", async () => {
  const wrong = [
    draft(log, 1, 2, { kind: "commit", body: commitBody([bob.device]) }),
    draft(log, 1, 2, { kind: "commit", body: commitBody([]), welcome: random(9) }),
    draft(log, 1, 2, { kind: "commit", body: random(300) }),
    draft(log, 1, 2, { kind: "application", welcome: random(9) }),
    draft(log, 1, 2, { kind: "application", groupInfo: random(9) }),
    draft(log, 1, 2, { kind: "account" }),
    draft(log, 1, 2, { generation: 1 }),
    draft(log, 1, 2, { body: new Uint8Array(0) }),
    draft(log, 1, 2, { kind: "commit", body: commitBody([bob.device, bob.device]), welcome: random(9) }),
  ];
  for (const each of wrong) expect(await alice.client.ask(each)).toMatchObject({ type: "refused", reason: "invalid" });
});

test("[S26] one request at a time, the same bytes are the same request, and races store one", async () => {
  const [asker, asked] = [await signUp(server.socketUrl, "asker"), await signUp(server.socketUrl, "asked")];
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => asker.client.ask({ type: "sendRequest", to: asked.account, sealed: random(50) })),
  );
  expect(answers.filter((answer) => answer.type === "done")).toHaveLength(1);
  expect(answers.filter((answer) => answer.type === "refused" && answer.reason === "requestPending")).toHaveLength(4);
  const inbox = await asked.client.ask({ type: "fetchInbox", after: 0 });
  if (inbox.type !== "inbox" || !inbox.items[0]) throw new Error("no request");
  expect(inbox.items).toHaveLength(1);
  expect(inbox.items[0]).toMatchObject({ kind: "request", from: asker.account });
  expect((await asker.client.ask({ type: "sendRequest", to: asked.account, sealed: random(50) })).type).toBe("slowDown");
});

test("[S26] the same bytes again are done, also after the request was handled", async () => {
  const [asker, asked] = [await signUp(server.socketUrl, "asker-two"), await signUp(server.socketUrl, "asked-two")];
  const request = { type: "sendRequest", to: asked.account, sealed: random(50) } as const;
  expect(await asker.client.ask(request)).toMatchObject({ type: "done" });
  expect(await asker.client.ask(request)).toMatchObject({ type: "done" });
  const inbox = await asked.client.ask({ type: "fetchInbox", after: 0 });
  await asked.client.ask({ type: "clearInbox", item: inbox.type === "inbox" ? (inbox.items[0]?.item ?? 0) : 0 });
  expect(await asker.client.ask(request)).toMatchObject({ type: "done" });
  expect(await asked.client.ask({ type: "fetchInbox", after: 0 })).toMatchObject({ items: [] });
  expect(await asker.client.ask({ ...request, sealed: random(50) })).toMatchObject({ type: "done" });
});

test("[S9] a disabled account is out within seconds, and back when it is enabled", { timeout: 20_000 }, async () => {
  const { runAdmin } = await import("./admin-commands.ts");
  const { systemRandom, wallClock } = await import("./system.ts");
  const admin = (...words: string[]) =>
    runAdmin([...words, "--data", server.dataDir], {}, { clock: wallClock, random: systemRandom });
  const dave = await signUp(server.socketUrl, "dave");
  expect((await admin("account", "disable", "dave")).ok).toBe(true);
  expect(await dave.client.closed).toBe(4003);
  expect(dave.client.pushes().at(-1)).toMatchObject({ type: "sessionEnded", why: "disabled" });
  const again = await connect(server.socketUrl);
  const resume = { type: "resume", session: dave.session.session, token: dave.session.token } as const;
  expect(await again.ask(resume)).toMatchObject({ type: "refused", reason: "accountDisabled" });
  expect((await admin("account", "enable", "dave")).ok).toBe(true);
  expect(await again.ask(resume)).toMatchObject({ type: "resumed" });
  expect((await admin("account", "disable", "no-such-name")).ok).toBe(false);
});
