import { randomBytes } from "node:crypto";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sessionIn, type AccountRef, type ConversationRef, type Push, type Snapshot } from "@megachat/view";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type TestServer } from "../../../../apps/server/src/testing/start-server.ts";
import {
  befriend,
  contactNamed,
  good,
  isInside,
  isOnline,
  openScreen,
  PASSWORD,
  signUp,
  startPerson,
  type Person,
} from "../../test-kit/people.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.stop());

let names = 0;
const person = (name: string, options = {}): Person => startPerson(server, `${name}${names++}`, options);

test("[V40, V70] signing up shows each stage, ends inside, and is told before the answer", async () => {
  await using alice = person("alice");
  const pushes: Push[] = [];
  alice.client.subscribe((push) => pushes.push(push));
  await signUp(alice);
  const sessions = pushes.flatMap((push) => sessionIn(push) ?? []);
  const stages = sessions.flatMap((session) => (session.at === "working" ? [session.stage] : []));
  expect(stages).toEqual(["loading", "askingServer", "stretchingPassword", "makingKeys", "openingDatabase", "askingServer"]);
  expect(sessions.at(-1)).toMatchObject({
    at: "signedIn",
    handle: alice.handle,
    link: { at: "online" },
    recovery: { at: "pending" },
  });
  expect(alice.faults).toEqual([]);
});

test("a page that opens by a link learns who made it, although it asks before there is a line", async () => {
  await using alice = person("alice");
  await signUp(alice);
  const made = await good(alice.client.intents.createInvitation({}));
  await using stranger = person("stranger");
  const ask = { handle: alice.handle, fragment: made.fragment };
  expect(await stranger.client.intents.openInvitation(ask)).toMatchObject({
    ok: true,
    value: { handle: alice.handle, relation: "stranger" },
  });
});

test("[V46] two sign-ups at once: the second is refused and changes nothing", async () => {
  await using alice = person("alice");
  const wish = { password: PASSWORD, displayName: null, signUpCode: null };
  const [first, second] = await Promise.all([
    alice.client.intents.signUp({ ...wish, handle: alice.handle }),
    alice.client.intents.signUp({ ...wish, handle: `${alice.handle}x` }),
  ]);
  expect(first.ok).toBe(true);
  expect(second).toEqual({ ok: false, error: { type: "alreadySignedIn" } });
  expect(await alice.client.intents.signIn({ handle: alice.handle, password: PASSWORD })).toEqual({
    ok: false,
    error: { type: "alreadySignedIn" },
  });
  expect(alice.client.snapshot().session).toMatchObject({ at: "signedIn", handle: alice.handle });
});

test("[V47] a restart needs no password while the server gives its share, and opens nothing while it does not", async () => {
  await using away = await startServer();
  let alice = startPerson(away, "alice");
  await signUp(alice);
  alice = await alice.restart();
  await alice.client.when(isOnline);
  const { socketUrl, port, dataDir } = away;
  await alice.client.stop();
  await away.running.stop();

  alice = startPerson({ socketUrl }, "alice", { folder: alice.folder });
  const opening = await alice.client.when(({ session }) => session.at === "opening" && session.link.at === "waiting");
  expect(opening.session).toMatchObject({ at: "opening", handle: "alice" });
  expect(opening.contacts.size).toBe(0);

  await using back = await startServer({ port, dataDir });
  expect(back.port).toBe(port);
  alice.client.network(true);
  await alice.client.when(isOnline);
  await alice[Symbol.asyncDispose]();
});

test("[V48] after signing out the password alone opens what is here; with forget nothing is left", async () => {
  let alice = person("alice");
  await using bob = person("bob");
  await Promise.all([signUp(alice), signUp(bob)]);
  const conversation = await befriend(alice, bob);
  await good(alice.client.intents.send({ conversation, text: "remember this" }));
  const screen = await openScreen(alice, conversation);
  await screen.when((messages) => messages.some(({ body }) => body.type === "text" && body.state?.at === "delivered"));

  await good(alice.client.intents.signOut({ forget: false }));
  expect((await alice.client.when(({ session }) => session.at === "signedOut")).session).toEqual({
    at: "signedOut",
    lastHandle: alice.handle,
    because: { type: "asked" },
    signUp: "open",
  });
  expect(alice.client.snapshot().conversations.size).toBe(0);
  alice = await alice.restart();
  expect((await alice.client.when(({ session }) => session.at === "signedOut")).session).toMatchObject({
    lastHandle: alice.handle,
  });
  expect(await alice.client.intents.signIn({ handle: alice.handle, password: "another one entirely" })).toEqual({
    ok: false,
    error: { type: "refused" },
  });
  await good(alice.client.intents.signIn({ handle: alice.handle, password: PASSWORD }));
  await alice.client.when(isOnline);
  expect((await openScreen(alice, conversation)).texts()).toEqual(["remember this"]);

  await good(alice.client.intents.signOut({ forget: true }));
  await alice.client.when(({ session }) => session.at === "signedOut" && session.lastHandle === null);
  expect(readdirSync(alice.folder)).toEqual([]);
  expect(await alice.client.intents.signIn({ handle: alice.handle, password: PASSWORD })).toEqual({
    ok: false,
    error: { type: "livesElsewhere" },
  });
  await alice[Symbol.asyncDispose]();
});

test("[V55, R37] a slowed sign-in says until when, can be called off, and gets in when it is sat out", async () => {
  await using strict = await startServer();
  await using alice = startPerson(strict, "alice");
  await signUp(alice);
  // Others guess until the name's common budget is spent, and a little of it comes back meanwhile.
  await using guesser = startPerson(strict, "guesser");
  const guess = async () => guesser.client.intents.signIn({ handle: "alice", password: "not her password at all" });
  for (let i = 0; i < 11; i++) expect(await guess()).toEqual({ ok: false, error: { type: "refused" } });
  const isSlowed = ({ session }: Snapshot): boolean => session.at === "working" && session.stage === "solvingPuzzle";

  const outcome = guess();
  const { session } = await guesser.client.when(isSlowed);
  expect(session).toMatchObject({ at: "working", work: "signIn", cancellable: true });
  const left = session.at === "working" ? (session.until ?? 0) - Date.now() : 0;
  expect(left).toBeGreaterThan(500);
  expect(left).toBeLessThan(1_500);
  await guesser.client.intents.cancelWork({});
  expect(await outcome).toEqual({ ok: false, error: { type: "cancelled" } });
  expect(guesser.client.snapshot().session).toMatchObject({ at: "signedOut", lastHandle: null });
  // Nothing is left to call off.
  expect(await guesser.client.intents.cancelWork({})).toBe(null);

  const right = guesser.client.intents.signIn({ handle: "alice", password: PASSWORD });
  await guesser.client.when(isSlowed);
  expect(await right).toEqual({ ok: false, error: { type: "livesElsewhere" } });
  await signUp(guesser);
  expect(guesser.faults).toEqual([]);
});

test("[V55] a sign-up called off leaves nothing, and the name stays free; once it writes, it runs to its end", async () => {
  await using alice = person("alice");
  const wish = { handle: alice.handle, password: PASSWORD, displayName: null, signUpCode: null };
  const first = alice.client.intents.signUp(wish);
  await alice.client.when(({ session }) => session.at === "working" && session.cancellable);
  await alice.client.intents.cancelWork({});
  expect(await first).toEqual({ ok: false, error: { type: "cancelled" } });
  expect(readdirSync(alice.folder)).toEqual([]);

  const second = alice.client.intents.signUp(wish);
  await alice.client.when(({ session }) => session.at === "working" && session.stage === "makingKeys");
  expect(alice.client.snapshot().session).toMatchObject({ cancellable: false });
  await alice.client.intents.cancelWork({});
  expect(await second).toEqual({ ok: true, value: null });
});

test("[V49, V52] a database that was damaged or thrown away is told, and nothing is made in its place", async () => {
  for (const harm of ["damage", "delete"] as const) {
    let alice = person("alice");
    await signUp(alice);
    await alice.stop();
    const database = join(alice.folder, readdirSync(alice.folder).find((name) => name.endsWith(".sqlite")) ?? "");
    if (harm === "damage") writeFileSync(database, randomBytes(statSync(database).size));
    else rmSync(database);
    alice = startPerson(server, alice.handle, { folder: alice.folder });
    expect((await alice.client.when(({ session }) => session.at === "signedOut")).session).toMatchObject({
      lastHandle: alice.handle,
      because: { type: "damaged" },
    });
    expect(await alice.client.intents.signIn({ handle: alice.handle, password: PASSWORD })).toMatchObject({ ok: false });
    expect(alice.client.snapshot().session.at).toBe("signedOut");
    await alice[Symbol.asyncDispose]();
  }
});

test("[V49] an intent of somebody signed in is answered where nobody is", async () => {
  await using nobody = person("nobody");
  await nobody.client.when(({ session }) => session.at === "signedOut");
  expect(await nobody.client.intents.lookUp({ handle: "anyone" })).toEqual({ ok: false, error: { type: "offline" } });
  expect(await nobody.client.intents.changeSettings({ theme: "dark" })).toBeNull();
});

test("[V49] a sign-up without a server says so and can be tried again", async () => {
  await using alice = startPerson({ socketUrl: "ws://127.0.0.1:9/ws" }, "alice");
  const answer = await alice.client.intents.signUp({ handle: "alice", password: PASSWORD, displayName: null, signUpCode: null });
  expect(answer).toEqual({ ok: false, error: { type: "offline" } });
  expect(alice.client.snapshot().session).toMatchObject({ at: "signedOut" });
});

test("[V43, V44, V45] a message keeps its name from the outbox to the log, and its states are told as they change", async () => {
  await using alice = person("alice");
  await using bob = person("bob");
  await Promise.all([signUp(alice), signUp(bob)]);
  const conversation = await befriend(alice, bob);
  const screen = await openScreen(alice, conversation);
  const states: string[] = [];
  alice.client.subscribe((push) => {
    if (push.type !== "messages") return;
    for (const { body, message } of push.put) if (body.type === "text" && body.state) states.push(`${message} ${body.state.at}`);
  });
  const sent = await good(alice.client.intents.send({ conversation, text: "hello" }));
  await screen.when((messages) => messages.some(({ body }) => body.type === "text" && body.state?.at === "delivered"));
  const bobs = await openScreen(bob, conversation);
  const [line] = await bobs
    .when((messages) => messages.some(({ body }) => body.type === "text"))
    .then((all) => all.filter(({ body }) => body.type === "text"));
  if (!line) throw new Error("no line");
  expect(line.message).toBe(sent.message);
  await bob.client.intents.markRead({ conversation, upTo: line.message });
  await screen.when((messages) => messages.some(({ body }) => body.type === "text" && body.state?.at === "read"));
  expect(states.slice(-3)).toEqual(["stored", "delivered", "read"].map((state) => `${sent.message} ${state}`));
  expect(alice.faults.concat(bob.faults)).toEqual([]);
});

test("[V44] what somebody is looking at is told before the lists around it", async () => {
  await using alice = person("alice");
  await using bob = person("bob");
  await Promise.all([signUp(alice), signUp(bob)]);
  const conversation = await befriend(alice, bob);
  const screen = await openScreen(bob, conversation);
  const said: string[] = [];
  bob.client.subscribe((push) => {
    const news = push.type === "messages" || push.type === "conversations" ? JSON.stringify(push.put) : "";
    if (news.includes("hello")) said.push(push.type);
  });
  // The snapshot that begins a subscription is no news.
  said.length = 0;
  await good(alice.client.intents.send({ conversation, text: "hello" }));
  await screen.when((messages) => messages.some(({ body }) => body.type === "text"));
  await bob.client.when(() => said.includes("conversations"));
  expect(said.slice(0, 2)).toEqual(["messages", "conversations"]);
});

test("[V43] pages of a long conversation are whole, in order, without holes or doubles", async () => {
  await using alice = person("alice");
  await using bob = person("bob");
  await Promise.all([signUp(alice), signUp(bob)]);
  const conversation = await befriend(alice, bob);
  for (let n = 0; n < 60; n++) await good(alice.client.intents.send({ conversation, text: `m${n}` }));
  const screen = await openScreen(bob, conversation);
  await screen.when((messages) => messages.filter(({ body }) => body.type === "text").length >= 60);

  const load = async (page: Parameters<typeof bob.client.intents.loadMessages>[0]["page"]) =>
    good(bob.client.intents.loadMessages({ conversation, page }));
  const texts: string[] = [];
  let page = await load({ from: "latest", limit: 7 });
  for (;;) {
    texts.unshift(...page.messages.flatMap(({ body }) => (body.type === "text" ? [body.text] : [])));
    const first = page.messages[0];
    if (!page.hasOlder || !first) break;
    page = await load({ from: "before", order: first.order, limit: 7 });
    expect(page.hasNewer).toBe(true);
  }
  expect(texts).toEqual(Array.from({ length: 60 }, (_, n) => `m${n}`));

  const middle = (await load({ from: "latest", limit: 30 })).messages[0];
  if (!middle) throw new Error("no message");
  const around = await load({ from: "around", message: middle.message, limit: 10 });
  expect(around.messages.map(({ message }) => message)).toContain(middle.message);
  expect([around.hasOlder, around.hasNewer]).toEqual([true, true]);
  const after = await load({ from: "after", order: middle.order, limit: 100 });
  expect(after.messages).toHaveLength(29);
  expect(isInside(bob.client.snapshot())).toBe(true);
});

test("[F13, V43] what a blocked person writes is on no screen until they are unblocked, and then all of it is", async () => {
  await using alice = person("alice");
  await using bob = person("bob");
  await using carol = person("carol");
  await Promise.all([alice, bob, carol].map(signUp));
  const conversation = await befriend(alice, bob);
  const other = await befriend(carol, bob);
  const write = async (writer: Person, where: ConversationRef, text: string): Promise<void> => {
    const screen = await openScreen(writer, where);
    await good(writer.client.intents.send({ conversation: where, text }));
    await screen.when((all) => all.some(({ body }) => body.type === "text" && body.text === text && body.state?.at !== "sending"));
  };
  const textsOfBob = async (): Promise<readonly string[]> => {
    const { messages } = await good(bob.client.intents.loadMessages({ conversation, page: { from: "latest", limit: 50 } }));
    return messages.flatMap(({ body }) => (body.type === "text" ? [body.text] : []));
  };
  const screen = await openScreen(bob, conversation);
  const control = await openScreen(bob, other);
  await write(alice, conversation, "before");
  await screen.when(() => screen.texts().includes("before"));

  const account = contactNamed(bob.client.snapshot(), alice.handle)?.account as AccountRef;
  await bob.client.intents.block({ account });
  await write(alice, conversation, "can you read this?");
  await write(alice, conversation, "and this?");
  // What comes behind hers on the same connection is shown: so hers have come.
  await write(carol, other, "here I am");
  await control.when(() => control.texts().includes("here I am"));
  expect(await textsOfBob()).toEqual(["before"]);
  expect(screen.texts()).toEqual(["before"]);
  expect(bob.client.snapshot().conversations.get(conversation)?.unread).toBe(1);

  await bob.client.intents.unblock({ account });
  expect(await textsOfBob()).toEqual(["before", "can you read this?", "and this?"]);
});

test("[C7, C26, C27] N04 a disk that has lost its keys heals: what came meanwhile is said again, over the real server", async () => {
  await using alice = person("alice");
  let bob = person("bob");
  await Promise.all([alice, bob].map(signUp));
  const conversation = await befriend(alice, bob);
  await bob.stop();
  const written = await openScreen(alice, conversation);
  for (const text of ["one", "two"]) await good(alice.client.intents.send({ conversation, text }));
  await written.when((all) => all.filter(({ body }) => body.type === "text" && body.state?.at === "stored").length === 2);

  const database = new DatabaseSync(join(bob.folder, readdirSync(bob.folder).find((name) => name.endsWith(".sqlite")) ?? ""));
  expect(database.prepare("DELETE FROM rows WHERE space = 'mls' AND value IS NOT NULL").run().changes).toBeGreaterThan(0);
  database.close();
  bob = startPerson(server, bob.handle, { folder: bob.folder });
  await bob.client.when(isOnline);
  const screen = await openScreen(bob, conversation);
  await screen.when(() => screen.texts().length >= 2);
  await good(bob.client.intents.send({ conversation, text: "here again" }));
  await written.when(() => written.texts().includes("here again"));
  expect(screen.texts()).toEqual(["one", "two", "here again"]);
  expect(written.texts()).toEqual(["one", "two", "here again"]);
  await bob[Symbol.asyncDispose]();
});
