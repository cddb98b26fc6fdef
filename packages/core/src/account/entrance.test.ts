/** Signing up, in, out and coming back, against the real server over a real connection. */
import { randomBytes } from "node:crypto";
import { toHex, type Random } from "@megachat/base";
import { recoveryKeyToWords } from "@megachat/crypto";
import type { HelloAnswer, Reply, Request, ValueOf } from "@megachat/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Client } from "../../../../apps/server/src/testing/client.ts";
import { startServer, type TestServer, type TestServerOptions } from "../../../../apps/server/src/testing/start-server.ts";
import { memoryVault, newBrowser, type Browser, type TestVault } from "../../test-kit/browser.ts";
import { restoreAccount, resume, revealRecoveryKey, signIn, signUp } from "./index.ts";

const random: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };
const PASSWORD = "five quiet herons over water";
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Visit extends Browser {
  /** What the server's words become on the way, or null for a break. */
  rewrite: (reply: Reply, request: Request) => Reply | null;
  readonly client: Client;
}

/** A page opened: a new connection, and the disk that was there. */
async function visit(vault: TestVault = memoryVault(), at: TestServer = server): Promise<Visit> {
  const client = await connect(at.socketUrl);
  const hello = (await client.ask({ type: "hello", protocol: 1, client: "test" })) as ValueOf<typeof HelloAnswer>;
  const hooks: { rewrite: Visit["rewrite"] } = { rewrite: (reply) => reply };
  const browser = await newBrowser(
    random,
    { greeting: () => hello, ask: async (request) => hooks.rewrite(await client.ask(request), request) },
    vault,
  );
  return Object.assign(hooks, browser, { client });
}
let names = 0;
const newName = (): string => `person${++names}`;
const wishOf = (handle: string) => ({ handle, password: PASSWORD, displayName: "Alice of Tests", signUpCode: null });

async function signedUp(handle = newName()): Promise<Visit & { readonly handle: string; readonly words: readonly string[] }> {
  const page = await visit();
  const done = await signUp(page.ports, wishOf(handle));
  if (!done.ok || !done.value.recoveryKey) throw new Error(JSON.stringify(done));
  return Object.assign(page, { handle, words: recoveryKeyToWords(done.value.recoveryKey) });
}
const wrongMac = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

test("[R31] a name and a password make an account within a few seconds, stage by stage", async () => {
  const started = performance.now();
  const page = await signedUp();
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(page.stages).toEqual(["askingServer", "stretchingPassword", "makingKeys", "openingDatabase", "askingServer"]);
  const [header] = page.vault.kept.values();
  expect(header).toMatchObject({ handle: page.handle, wrapVersion: 1 });
  expect(header?.session).not.toBeNull();
  const stored = page.vault.databases.get(page.vault.opened() ?? "");
  const state = restoreAccount(stored?.rows.values() ?? []);
  expect(state?.self.handle).toBe(page.handle);
  expect(state?.profile.displayName).toBe("Alice of Tests");
  expect(page.words).toHaveLength(12);
});

test("[R32] the account is on this disk before the server hears of it", async () => {
  const page = await visit();
  const ask = page.ports.server.ask;
  let seenBefore = -1;
  const ports = {
    ...page.ports,
    server: {
      ...page.ports.server,
      ask: (request: Request) => {
        if (request.type === "signUpFinish") seenBefore = page.vault.databases.size;
        return ask(request);
      },
    },
  };
  expect((await signUp(ports, wishOf(newName()))).ok).toBe(true);
  expect(seenBefore).toBe(1);
});

test("[R33] a sign-up whose answer is lost is completed by the password, here and later", async () => {
  const handle = newName();
  const page = await visit();
  page.rewrite = (reply, request) => (request.type === "signUpFinish" ? null : reply);
  expect(await signUp(page.ports, wishOf(handle))).toMatchObject({ ok: true, value: { recoveryKey: null } });

  const other = newName();
  const cut = await visit();
  cut.rewrite = (reply, request) => (request.type === "signUpStart" ? reply : null);
  expect(await signUp(cut.ports, wishOf(other))).toEqual({ ok: false, error: { type: "offline" } });
  const again = await visit(cut.vault);
  expect((await signUp(again.ports, wishOf(other))).ok).toBe(true);
  expect(again.vault.databases.size).toBe(1);
});

test("[R33] a database whose account never came to be is erased once the name proves free", async () => {
  const handle = newName();
  const page = await visit();
  const ask = page.ports.server.ask;
  const cut = {
    ...page.ports.server,
    ask: (request: Request) => (request.type === "signUpFinish" ? Promise.resolve(unanswered) : ask(request)),
  };
  const lost = await signUp({ ...page.ports, server: cut }, wishOf(handle));
  expect(lost).toMatchObject({ ok: false });
  const [orphan] = page.vault.databases.keys();
  const again = await visit(page.vault);
  expect((await signUp(again.ports, wishOf(handle))).ok).toBe(true);
  expect(page.vault.databases.has(orphan ?? "")).toBe(false);
  expect(page.vault.databases.size).toBe(1);
});
const unanswered = { ok: false, error: { type: "unanswered" } } as const;

test("[R31] names, passwords and codes that cannot be are refused before anything leaves", async () => {
  const page = await visit();
  expect(await signUp(page.ports, { ...wishOf("__proto__") })).toEqual({ ok: false, error: { type: "handleInvalid" } });
  expect(await signUp(page.ports, { ...wishOf(newName()), password: "short" })).toEqual({
    ok: false,
    error: { type: "passwordWeak" },
  });
  expect(await signUp(page.ports, { ...wishOf(newName()), displayName: "x".repeat(81) })).toMatchObject({
    error: { type: "nameTooLong" },
  });
  expect(page.asked).toEqual([]);
  expect(page.vault.databases.size).toBe(0);
});

test("[R31] a taken name is said to be taken, and leaves nothing behind", async () => {
  const first = await signedUp();
  const page = await visit();
  expect(await signUp(page.ports, wishOf(first.handle))).toEqual({ ok: false, error: { type: "handleTaken" } });
  expect(page.vault.databases.size).toBe(0);
});

async function refusedBy(options: TestServerOptions, code: string | null): Promise<unknown> {
  await using closed = await startServer(options);
  const page = await visit(memoryVault(), closed);
  return await signUp(page.ports, { ...wishOf(newName()), signUpCode: code });
}
test("[R31] sign-up by invitation wants a code and a good one; a closed one refuses", async () => {
  expect(await refusedBy({ signUp: "invitation" }, null)).toEqual({ ok: false, error: { type: "codeNeeded" } });
  expect(await refusedBy({ signUp: "invitation" }, "wrong")).toEqual({ ok: false, error: { type: "codeInvalid" } });
  expect(await refusedBy({ signUp: "closed" }, null)).toEqual({ ok: false, error: { type: "signUpClosed" } });
});

test("[R13, R35] a session that stands brings the share, and the share opens the database", async () => {
  const page = await signedUp();
  page.client.close();
  const [header] = page.vault.kept.values();
  if (!header) throw new Error("no header");
  const back = await visit(page.vault);
  expect(await resume(back.ports, header)).toEqual({ ok: true, value: null });
  expect(back.vault.opened()).toBe(toHex(header.account));
});

test("[R35] after a sign-out the session opens nothing, and the header forgets the device secret", async () => {
  const page = await signedUp();
  const [header] = page.vault.kept.values();
  if (!header) throw new Error("no header");
  await page.client.ask({ type: "signOut" });
  const back = await visit(page.vault);
  expect(await resume(back.ports, header)).toMatchObject({ ok: false, error: { type: "locked", why: "sessionEnded" } });
  expect(page.vault.kept.get(toHex(header.account))).toMatchObject({ session: null, byShare: null });
});

test("[R13] a share that is not ours opens nothing and changes nothing", async () => {
  const page = await signedUp();
  page.client.close();
  const [header] = page.vault.kept.values();
  if (!header) throw new Error("no header");
  const back = await visit(page.vault);
  back.rewrite = (reply) => (reply.type === "resumed" ? { ...reply, share: wrongMac(reply.share) } : reply);
  expect(await resume(back.ports, header)).toMatchObject({ ok: false, error: { type: "locked", why: "shut" } });
  expect(page.vault.kept.get(toHex(header.account))).toBe(header);
});

test("[R12, R34] the password opens the database whose share is gone, with a new share and session", async () => {
  const page = await signedUp();
  await page.client.ask({ type: "signOut" });
  const [old] = page.vault.kept.values();
  const back = await visit(page.vault);
  const done = await signIn(back.ports, { handle: page.handle, password: PASSWORD });
  expect(done.ok).toBe(true);
  const [header] = page.vault.kept.values();
  expect(header?.session?.id).not.toEqual(old?.session?.id);
  expect(header?.byShare?.deviceSecret).not.toEqual(old?.byShare?.deviceSecret);
});

test("[R34] a browser without the database is told where it is not, and nothing changes", async () => {
  const page = await signedUp();
  const other = await visit();
  expect(await signIn(other.ports, { handle: page.handle, password: PASSWORD })).toEqual({
    ok: false,
    error: { type: "livesElsewhere" },
  });
  expect(other.asked.map((request) => request.type)).toEqual(["loginStart", "loginFinish"]);
  expect(other.vault.kept.size + other.vault.databases.size).toBe(0);
  expect(await page.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
});

test("[R27] wrong passwords, unknown names and impossible ones are one and the same answer", async () => {
  const page = await signedUp();
  const other = await visit();
  const refused = { ok: false, error: { type: "refused" } };
  expect(await signIn(other.ports, { handle: page.handle, password: "another long password" })).toEqual(refused);
  expect(await signIn(other.ports, { handle: "nobody-here", password: PASSWORD })).toEqual(refused);
  expect(await signIn(other.ports, { handle: "a", password: PASSWORD })).toEqual(refused);
  expect(await signIn(other.ports, { handle: page.handle, password: "" })).toEqual(refused);
  expect(other.asked.some((request) => request.type === "loginFinish")).toBe(false);
});

test("[R28] another OPAQUE server key than the pinned one ends the login before KE3 leaves", async () => {
  const page = await signedUp();
  const [header] = page.vault.kept.values();
  if (!header) throw new Error("no header");
  await page.vault.putHeader({ ...header, serverKey: wrongMac(header.serverKey) });
  const back = await visit(page.vault);
  expect(await signIn(back.ports, { handle: page.handle, password: PASSWORD })).toEqual({ ok: false, error: { type: "refused" } });
  expect(back.asked.map((request) => request.type)).toEqual(["loginStart"]);
});

test("[R30] a mauled wrap, record or account of the server's answer is refused, and nothing is opened or sent", async () => {
  const page = await signedUp();
  const someoneElse = await signedUp();
  type LoggedIn = Extract<Reply, { readonly type: "loggedIn" }>;
  let theirs: LoggedIn | undefined;
  const peek = await visit(someoneElse.vault);
  peek.rewrite = (reply) => {
    if (reply.type === "loggedIn") theirs = reply;
    return reply;
  };
  await signIn(peek.ports, { handle: someoneElse.handle, password: PASSWORD });
  if (!theirs) throw new Error("nothing to swap");
  const { accountRecord, deviceList, wraps, account } = theirs;
  const mauled: ((reply: LoggedIn) => LoggedIn)[] = [
    (reply) => ({ ...reply, wraps: { ...reply.wraps, password: wrongMac(reply.wraps.password) } }),
    (reply) => ({ ...reply, wraps: { ...reply.wraps, password: wraps.password } }),
    (reply) => ({ ...reply, accountRecord: wrongMac(reply.accountRecord) }),
    (reply) => ({ ...reply, accountRecord }),
    (reply) => ({ ...reply, account }),
    (reply) => ({ ...reply, accountRecord, wraps, account }),
    (reply) => ({ ...reply, deviceList: wrongMac(reply.deviceList) }),
    (reply) => ({ ...reply, deviceList }),
    (reply) => ({ ...reply, wraps: { ...reply.wraps, password: new Uint8Array(0) } }),
  ];
  for (const maul of mauled) {
    const back = await visit(page.vault);
    const before = page.vault.kept.get(page.vault.opened() ?? "");
    back.rewrite = (reply) => (reply.type === "loggedIn" ? maul(reply) : reply);
    expect(await signIn(back.ports, { handle: page.handle, password: PASSWORD })).toEqual({
      ok: false,
      error: { type: "notAuthentic" },
    });
    expect(back.asked.map((request) => request.type)).toEqual(["loginStart", "loginFinish"]);
    expect(page.vault.kept.get(page.vault.opened() ?? "")).toBe(before);
  }
});

test("[R29] a browser that has seen a newer password wrap or device list refuses the older one", async () => {
  const page = await signedUp();
  const [header] = page.vault.kept.values();
  if (!header) throw new Error("no header");
  const newer = [
    { ...header, wrapVersion: 2 },
    { ...header, list: { version: 2, hash: header.list.hash } },
    { ...header, list: { version: 1, hash: wrongMac(header.list.hash) } },
  ];
  for (const seen of newer) {
    await page.vault.putHeader(seen);
    const back = await visit(page.vault);
    const answer = await signIn(back.ports, { handle: page.handle, password: PASSWORD });
    expect(answer).toEqual({ ok: false, error: { type: "notAuthentic" } });
    expect(back.asked.map((request) => request.type)).toEqual(["loginStart", "loginFinish"]);
  }
});

test("[R36] the recovery words come back for who knows the password, without a session", async () => {
  const page = await signedUp();
  const [header] = page.vault.kept.values();
  if (!header) throw new Error("no header");
  const key = await revealRecoveryKey(page.ports, header, PASSWORD);
  expect(key.ok && recoveryKeyToWords(key.value)).toEqual(page.words);
  expect(await revealRecoveryKey(page.ports, header, "another long password")).toEqual({ ok: false, error: { type: "refused" } });
});

test("[R37] guessing leads to puzzles, which are solved, and the right password still gets in", async () => {
  await using strict = await startServer();
  const page = await visit(memoryVault(), strict);
  const handle = newName();
  await signUp(page.ports, wishOf(handle));
  let posed = 0;
  const guesser = await visit(memoryVault(), strict);
  guesser.rewrite = (reply) => {
    if (reply.type === "slowDown") posed++;
    return reply;
  };
  for (let i = 0; i < 12; i++) await signIn(guesser.ports, { handle, password: `wrong password ${i}` });
  expect(posed).toBeGreaterThan(0);
  const back = await visit(page.vault, strict);
  expect((await signIn(back.ports, { handle, password: PASSWORD })).ok).toBe(true);
});

test("[R37] in a browser without a budget of its own the right password gets in too, once the wait is over", async () => {
  let now = 0;
  await using strict = await startServer({ steady: { now: () => now as never } });
  const page = await visit(memoryVault(), strict);
  const handle = newName();
  await signUp(page.ports, wishOf(handle));
  // Nobody solves and nobody waits: others guess.
  const guesser = await visit(memoryVault(), strict);
  const wish = { handle, password: "wrong password" };
  guesser.rewrite = (reply) => (reply.type === "slowDown" ? { ...reply, puzzle: null } : reply);
  for (let i = 0; i < 11; i++) await signIn(guesser.ports, wish);
  expect(await signIn(guesser.ports, wish)).toMatchObject({ error: { type: "limited" } });

  const stranger = await visit(memoryVault(), strict);
  const waits: number[] = [];
  const told: number[] = [];
  const ports = {
    ...stranger.ports,
    wait: async (time: number) => {
      waits.push(time);
      now += time;
    },
    onStage: (stage: string, until?: number) => void (stage === "solvingPuzzle" && told.push((until ?? 0) - Date.now())),
  };
  expect(await signIn(ports, { handle, password: PASSWORD })).toEqual({ ok: false, error: { type: "livesElsewhere" } });
  expect(waits).toEqual([1000]);
  expect(told).toHaveLength(1);
  expect(Math.abs((told[0] ?? 0) - 1000)).toBeLessThan(500);
});

test("[R37] a wait of more than a minute is told instead of being sat out, and so is one without a puzzle", async () => {
  const page = await signedUp();
  for (const [retryAfterMs, bits] of [
    [60_001, 1],
    [1000, 25],
  ] as const) {
    const back = await visit();
    back.rewrite = () => ({ type: "slowDown", retryAfterMs, puzzle: { seed: new Uint8Array(16), bits } });
    const wait = async (): Promise<void> => {
      throw new Error("waited");
    };
    const answer = await signIn({ ...back.ports, wait }, { handle: page.handle, password: PASSWORD });
    expect(answer).toEqual({ ok: false, error: { type: "limited", retryAfter: retryAfterMs } });
    expect(back.asked).toHaveLength(1);
  }
});
