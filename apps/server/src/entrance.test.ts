import { createHash } from "node:crypto";
import { parsePassword, ready, type OpaqueClient, type Password } from "@megachat/auth";
import type { Secret } from "@megachat/base";
import { u64 } from "@megachat/base";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "./testing/client.ts";
import { newPerson, random, sessionSignature, signUp, signUpRequest, type Person } from "./testing/people.ts";
import { startServer, type TestServer } from "./testing/start-server.ts";

let server: TestServer;
let opaque: OpaqueClient;
beforeAll(async () => {
  server = await startServer();
  opaque = await ready();
});
afterAll(() => server.stop());

function password(text: string): Secret<Password> {
  const parsed = parsePassword(text);
  if (!parsed.ok) throw new Error("no password");
  return parsed.value;
}

async function register(person: Person, text: string, more: Parameters<typeof signUpRequest>[2] = {}) {
  const client = await connect(server.socketUrl);
  const hello = await client.ask({ type: "hello", protocol: 1, client: "test" });
  if (hello.type !== "helloAnswer") throw new Error("no hello");
  const [started, request] = opaque.startRegistration(password(text));
  const answer = await client.ask({ type: "signUpStart", handle: person.handle, invitation: null, request });
  if (answer.type !== "signUpAnswer") throw new Error(`no answer: ${JSON.stringify(answer)}`);
  const finished = opaque.finishRegistration(started, answer.response, hello.setupKey);
  if (!finished.ok) throw new Error("registration refused");
  const finish = signUpRequest(person, answer.setup, { record: finished.value.record, ...more });
  return { client, finish, session: await client.ask(finish), setupKey: hello.setupKey };
}

async function logIn(handle: string, text: string) {
  const client = await connect(server.socketUrl);
  const [started, request] = opaque.startLogin(password(text));
  const answer = await client.ask({ type: "loginStart", handle, request, known: null, puzzle: null });
  if (answer.type !== "loginAnswer") return { client, answer };
  const finished = opaque.finishLogin(started, answer.response, null);
  if (!finished.ok) return { client, answer };
  return { client, answer, loggedIn: await client.ask({ type: "loginFinish", ticket: answer.ticket, finish: finished.value.ke3 }) };
}

test("[S13] sign up, log in with the password, open a session with the device's key, resume, sign out: the session is gone", async () => {
  const person = newPerson("whole-life");
  const { finish, session } = await register(person, "correct horse battery staple");
  expect(session.type).toBe("session");

  const { client, answer, loggedIn } = await logIn("whole-life", "correct horse battery staple");
  expect(loggedIn).toMatchObject({ type: "loggedIn", account: person.account, accountRecord: finish.accountRecord });
  const { ticket } = answer as { ticket: Uint8Array<ArrayBuffer> };
  const share = random(32);
  const signature = sessionSignature(person, ticket, share);
  const opened = await client.ask({ type: "openSession", ticket, device: person.device, share, signature });
  if (opened.type !== "session") throw new Error("no session");

  const again = await connect(server.socketUrl);
  const resume = { type: "resume", session: opened.session, token: opened.token } as const;
  expect(await again.ask(resume)).toMatchObject({ type: "resumed", account: person.account, share, handle: "whole-life" });
  expect(await again.ask({ ...resume, token: random(32) })).toMatchObject({ type: "refused", reason: "sessionEnded" });
  expect(await again.ask({ type: "signOut" })).toMatchObject({ type: "done" });
  expect(await again.ask({ type: "fetchHeads", after: null })).toMatchObject({ type: "refused", reason: "notSignedIn" });
  expect(await again.ask(resume)).toMatchObject({ type: "refused", reason: "sessionEnded" });
  if (session.type !== "session") throw new Error("no session");
  // The device's earlier session ended when the new one was opened.
  expect(await again.ask({ type: "resume", session: session.session, token: session.token })).toMatchObject({
    reason: "sessionEnded",
  });
});

test("[S13] a ticket is good once, on its connection, for who proved the password, and for the device that signs", async () => {
  const person = newPerson("ticket-holder");
  await register(person, "correct horse battery staple");
  const { client, answer } = await logIn("ticket-holder", "correct horse battery staple");
  const { ticket } = answer as { ticket: Uint8Array<ArrayBuffer> };
  const share = random(32);
  const good = {
    type: "openSession",
    ticket,
    device: person.device,
    share,
    signature: sessionSignature(person, ticket, share),
  } as const;
  const other = await connect(server.socketUrl);
  expect(await other.ask(good)).toMatchObject({ type: "refused", reason: "ticketExpired" });
  expect(await client.ask({ ...good, share: random(32) })).toMatchObject({ type: "refused", reason: "unknownDevice" });
  expect(await client.ask(good)).toMatchObject({ type: "refused", reason: "ticketExpired" });

  const { client: halfway, answer: started } = await logIn("ticket-holder", "a wrong password here");
  const half = (started as { ticket: Uint8Array<ArrayBuffer> }).ticket;
  const early = { ...good, ticket: half, signature: sessionSignature(person, half, share) };
  expect(await halfway.ask(early)).toMatchObject({ type: "refused", reason: "ticketExpired" });
});

test("[S12] a repeated sign-up whose answer was lost opens a session; the same account with anything else is refused", async () => {
  const person = newPerson("lost-answer");
  const { client, finish, session } = await register(person, "correct horse battery staple");
  client.close();
  const again = await connect(server.socketUrl);
  const repeated = await again.ask({ ...finish, share: random(32) });
  expect(repeated).toMatchObject({ type: "session", account: person.account, device: person.device });
  expect(repeated).not.toEqual(session);
  expect(await again.ask({ ...finish, record: random(192) })).toMatchObject({ type: "refused", reason: "invalid" });
});

test("[S12] of many sign-ups for one name exactly one is taken", async () => {
  const clients = await Promise.all(Array.from({ length: 50 }, () => connect(server.socketUrl)));
  const hello = await clients[0]?.ask({ type: "hello", protocol: 1, client: "" });
  if (hello?.type !== "helloAnswer") throw new Error("no hello");
  const answers = await Promise.all(clients.map((client) => client.ask(signUpRequest(newPerson("wanted"), hello.setup))));
  const kinds = answers.map((answer) => (answer.type === "refused" ? answer.reason : answer.type));
  expect(kinds.filter((kind) => kind === "session")).toHaveLength(1);
  expect(kinds.filter((kind) => kind === "nameTaken")).toHaveLength(49);
  for (const client of clients) client.close();
});

test("[S12] a sign-up whose parts do not belong together is refused and leaves nothing behind", async () => {
  const client = await connect(server.socketUrl);
  const hello = await client.ask({ type: "hello", protocol: 1, client: "" });
  if (hello.type !== "helloAnswer") throw new Error("no hello");
  const [person, other] = [newPerson("patchwork"), newPerson("other-one")];
  const whole = signUpRequest(person, hello.setup);
  const foreign = signUpRequest(other, hello.setup);
  const fields = ["accountRecord", "address", "certificate", "deviceList", "identityHash", "account", "device"] as const;
  for (const field of fields) {
    const mixed = { ...whole, [field]: foreign[field] };
    expect(await client.ask(mixed), field).toMatchObject({ type: "refused", reason: "invalid" });
  }
  const flipped = Uint8Array.from(whole.certificate);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  expect(await client.ask({ ...whole, certificate: flipped })).toMatchObject({ type: "refused", reason: "invalid" });
  expect(await client.ask(whole)).toMatchObject({ type: "session" });
});

test("[S11] names that are not in their one spelling are not taken", async () => {
  const client = await connect(server.socketUrl);
  const hello = await client.ask({ type: "hello", protocol: 1, client: "" });
  if (hello.type !== "helloAnswer") throw new Error("no hello");
  for (const name of ["ab", "Alice", "alice ", "a..b", "-abc", "abc.", "аlice", "a b c", "x".repeat(33), "", "1abc"]) {
    const answer = await client.ask(signUpRequest(newPerson(name), hello.setup));
    expect(answer, name).toMatchObject({ type: "refused", reason: "nameNotAllowed" });
  }
});

test("A13 [S14] an unknown name is answered like a known one: same steps, same lengths, same refusal, stable", async () => {
  await register(newPerson("known-name"), "correct horse battery staple");
  const shapes = await Promise.all(
    ["known-name", "unknown-name"].map(async (handle) => {
      const client = await connect(server.socketUrl);
      const request = opaque.startLogin(password("a guess that fails"))[1];
      const first = await client.ask({ type: "loginStart", handle, request, known: null, puzzle: null });
      const second = await client.ask({ type: "loginStart", handle, request, known: null, puzzle: null });
      if (first.type !== "loginAnswer" || second.type !== "loginAnswer") throw new Error("no answer");
      // The evaluated element, 32 bytes, depends on name and request only: a second asking must not tell them apart.
      expect(Buffer.from(first.response.subarray(0, 32))).toEqual(Buffer.from(second.response.subarray(0, 32)));
      const finish = await client.ask({ type: "loginFinish", ticket: second.ticket, finish: random(64) });
      return { length: first.response.length, setup: Buffer.from(first.setup).toString("hex"), finish };
    }),
  );
  expect(shapes[0]).toEqual(shapes[1]);
  expect(shapes[0]?.finish).toMatchObject({ type: "refused", reason: "credentials" });
});

test("A13 [S14] the time of an answer does not tell a known name from an unknown one", { retry: 2 }, async () => {
  // A record fits any name as far as the server can see; each name is asked for below its budget.
  const mark = Buffer.from(random(4)).toString("hex");
  const { finish } = await register(newPerson(`timed-${mark}`), "correct horse battery staple");
  const names = Array.from({ length: 20 }, (_, i) => i);
  for (const i of names) (await signUp(server.socketUrl, `timed-${mark}-${i}`, { record: finish.record })).client.close();
  const times = { timed: [] as number[], absent: [] as number[] };
  for (let round = 0; round < 9; round++) {
    const client = await connect(server.socketUrl);
    for (const i of names) {
      // In turn, so that load from elsewhere falls on both.
      for (const kind of (round + i) % 2 === 0 ? (["timed", "absent"] as const) : (["absent", "timed"] as const)) {
        const request = opaque.startLogin(password("a guess that fails"))[1];
        const before = performance.now();
        const answer = await client.ask({ type: "loginStart", handle: `${kind}-${mark}-${i}`, request, known: null, puzzle: null });
        times[kind].push(performance.now() - before);
        expect(answer.type).toBe("loginAnswer");
      }
    }
    client.close();
  }
  expect(kolmogorovSmirnov(times.timed, times.absent)).toBeGreaterThan(0.01);
});

test("[S16] guesses at a name are slowed by a puzzle and a wait, and who solves and waits gets in", async () => {
  let now = 0;
  await using slow = await startServer({ steady: { now: () => now as never } });
  const client = await connect(slow.socketUrl);
  const guess = (puzzle: { seed: Uint8Array<ArrayBuffer>; nonce: number } | null) =>
    client.ask({ type: "loginStart", handle: "victim", request: opaque.startLogin(password("a guess"))[1], known: null, puzzle });
  for (let i = 0; i < 10; i++) expect((await guess(null)).type).toBe("loginAnswer");
  const slowed = await guess(null);
  if (slowed.type !== "slowDown" || !slowed.puzzle) throw new Error("not slowed");
  // However many others ask and are slowed meanwhile, this answer stays good.
  for (let i = 0; i < 50; i++) expect((await guess(null)).type).toBe("slowDown");
  const answer = { seed: slowed.puzzle.seed, nonce: solve(slowed.puzzle.seed, slowed.puzzle.bits) };
  const early = await guess(answer);
  expect(early).toMatchObject({ type: "slowDown", puzzle: { seed: slowed.puzzle.seed } });
  now += slowed.retryAfterMs;
  expect((await guess(answer)).type).toBe("loginAnswer");
  expect((await guess(answer)).type, "an answer counts once").toBe("slowDown");
  for (let i = 0; i < 30; i++) {
    const more = await guess(null);
    expect(more.type === "slowDown" ? more.retryAfterMs : 0).toBeLessThanOrEqual(60_000);
  }
});

test("[S16] a browser that has held the account has a budget of its own", async () => {
  const person = newPerson("two-budgets");
  const { session } = await register(person, "correct horse battery staple");
  if (session.type !== "session") throw new Error("no session");
  const client = await connect(server.socketUrl);
  const guess = (known: { device: Uint8Array<ArrayBuffer>; secret: Uint8Array<ArrayBuffer> } | null) =>
    client.ask({
      type: "loginStart",
      handle: "two-budgets",
      request: opaque.startLogin(password("a guess"))[1],
      known,
      puzzle: null,
    });
  for (let i = 0; i < 12; i++) await guess(null);
  expect((await guess(null)).type).toBe("slowDown");
  expect((await guess({ device: person.device, secret: session.knownSecret })).type).toBe("loginAnswer");
  expect((await guess({ device: person.device, secret: random(32) })).type).toBe("slowDown");
});

test("[S18] a name that is looked up often is looked up slowly; the own one is free", async () => {
  const alice = await signUp(server.socketUrl, "curious");
  for (let i = 0; i < 40; i++) await alice.client.ask({ type: "lookUpHandle", handle: `nobody-${i}` });
  expect((await alice.client.ask({ type: "lookUpHandle", handle: "nobody" })).type).toBe("slowDown");
  expect(await alice.client.ask({ type: "lookUpHandle", handle: "CURIOUS" })).toMatchObject({
    type: "found",
    account: alice.account,
  });
});

test("[S10] who may sign up is the operator's choice", async () => {
  await using closed = await startServer({ signUp: "closed" });
  await expect(signUp(closed.socketUrl, "anyone")).rejects.toThrow("signUpClosed");
  await using invited = await startServer({ signUp: "invitation" });
  await expect(signUp(invited.socketUrl, "anyone")).rejects.toThrow("invitationInvalid");
  await expect(signUp(invited.socketUrl, "anyone", { invitation: "NO-SUCH-CODE" })).rejects.toThrow("invitationInvalid");
});

function solve(seed: Uint8Array, bits: number): number {
  for (let nonce = 0; ; nonce++) {
    const digest = createHash("sha256").update(seed).update(u64(nonce)).digest();
    if (digest.readUInt32BE(0) < 2 ** (32 - bits)) return nonce;
  }
}

/** Two-sample test: the probability of samples this different if both come from one distribution. */
function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): number {
  const [left, right] = [[...a].sort((x, y) => x - y), [...b].sort((x, y) => x - y)];
  const share = (sorted: readonly number[], limit: number): number => sorted.filter((each) => each <= limit).length / sorted.length;
  const distance = Math.max(...[...left, ...right].map((limit) => Math.abs(share(left, limit) - share(right, limit))));
  const size = Math.sqrt((left.length * right.length) / (left.length + right.length));
  const lambda = (size + 0.12 + 0.11 / size) * distance;
  let sum = 0;
  for (let k = 1; k < 100; k++) sum += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * lambda * lambda);
  return Math.min(1, Math.max(0, sum));
}
