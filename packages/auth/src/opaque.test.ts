import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { concatBytes, type Random, type Result, type Secret } from "@megachat/base";
import { labelBytes, labels } from "@megachat/crypto";
import { client as library } from "@serenity-kit/opaque";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { ready as clientReady, type LoggedIn, type OpaqueClient, type Registered } from "./client.ts";
import { fromLibrary, toLibrary } from "./opaque-bytes.ts";
import { parsePassword, type Password } from "./password.ts";
import * as server from "./server.ts";
import type { Refused } from "./signed.ts";

const random: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };
const refused = { ok: false, error: { type: "refused" } };
const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error("refused");
  return result.value;
};
const password = (text: string): Secret<Password> => must(parsePassword(text));
const bytesOf = (secret: Secret<Uint8Array>): string => secret.open((bytes) => Buffer.from(bytes).toString("hex"));

let client: OpaqueClient;
let setup: Uint8Array<ArrayBuffer>;
let registered: Registered;
beforeAll(async () => {
  await server.ready();
  client = await clientReady();
  setup = server.createSetup(random);
  registered = register("alice", "four words make sense");
});

function register(name: string, text: string): Registered {
  const [started, request] = client.startRegistration(password(text));
  const response = must(server.registrationResponse(setup, name, request));
  return must(client.finishRegistration(started, response, server.publicKey(setup)));
}

interface Attempt {
  readonly name?: string;
  readonly text?: string;
  readonly record?: Uint8Array | null;
  readonly setup?: Uint8Array;
  readonly pinned?: Uint8Array | null;
  readonly change?: (ke2: Uint8Array<ArrayBuffer>) => Uint8Array;
}
function logIn(attempt: Attempt = {}): { readonly login: Result<LoggedIn, Refused>; readonly state: server.LoginState } {
  const [started, ke1] = client.startLogin(password(attempt.text ?? "four words make sense"));
  const record = attempt.record === undefined ? registered.record : attempt.record;
  const { state, ke2 } = must(server.startLogin(attempt.setup ?? setup, attempt.name ?? "alice", record, ke1));
  const pinned = attempt.pinned === undefined ? server.publicKey(setup) : attempt.pinned;
  return { login: client.finishLogin(started, attempt.change?.(ke2) ?? ke2, pinned), state };
}

test("[A10] the right password logs in: export key of the registration, session key of the server", () => {
  const { login, state } = logIn();
  const { exportKey, ke3, sessionKey, serverKey } = must(login);
  expect(bytesOf(exportKey)).toBe(bytesOf(registered.exportKey));
  expect(Buffer.from(must(server.finishLogin(state, ke3))).toString("hex")).toBe(bytesOf(sessionKey));
  expect(serverKey).toEqual(server.publicKey(setup));
});

test("[A13] wrong password, name, record, set-up and unknown name are one and the same refusal", () => {
  const other = register("bob", "another few words");
  const attempts: readonly Attempt[] = [
    { text: "four words make sens" },
    { name: "bob" },
    { record: other.record },
    { record: null },
    { setup: server.createSetup(random) },
    { name: "nobody", record: null },
  ];
  for (const attempt of attempts) expect(logIn(attempt).login).toEqual(refused);
});

test("[A13] the server refuses every KE3 but the right one", () => {
  const { login, state } = logIn();
  const { ke3 } = must(login);
  for (let at = 0; at < 64; at++) {
    const changed = ke3.with(at, (ke3[at] ?? 0) ^ (1 << (at & 7)));
    expect(server.finishLogin(state, changed)).toEqual(refused);
  }
  expect(server.finishLogin(state, ke3.subarray(1))).toEqual(refused);
  expect(server.finishLogin(logIn().state, ke3)).toEqual(refused);
  expect(server.finishLogin(state, ke3).ok).toBe(true);
});

test("[A13] A05 a change anywhere in KE2 is the same refusal, and no KE3 leaves", () => {
  for (let at = 0; at < 320; at += 20) {
    const flip = (ke2: Uint8Array) => ke2.with(at, (ke2[at] ?? 0) ^ (1 << (at % 8)));
    expect(logIn({ change: flip }).login).toEqual(refused);
  }
  expect(logIn({ change: (ke2) => ke2.subarray(1) }).login).toEqual(refused);
  expect(logIn({ change: () => new Uint8Array(320) }).login).toEqual(refused);
});

test("[A14] A15 a server with another key is noticed before anything of the export key exists", () => {
  expect(logIn({ pinned: server.publicKey(server.createSetup(random)) }).login).toEqual(refused);
  // A bare browser knows no key; the record proves it.
  expect(logIn({ pinned: null }).login.ok).toBe(true);
  // The same OPRF seed under another static key: the record does not fit it.
  const foreign = concatBytes(setup.subarray(0, 64), server.createSetup(random).subarray(64));
  expect(logIn({ setup: foreign, pinned: null }).login).toEqual(refused);
});

test("[A14] a registration answered in another server's name is refused", () => {
  const [started, request] = client.startRegistration(password("words"));
  const response = must(server.registrationResponse(server.createSetup(random), "carol", request));
  expect(client.finishRegistration(started, response, server.publicKey(setup))).toEqual(refused);
});

test("[A11] A03 a record made with weaker key stretching opens for nobody: there is one cost and no way to ask for less", () => {
  const weaker = ["memory-constrained", { "argon2id-custom": { iterations: 1, memory: 8, parallelism: 1 } }] as const;
  for (const keyStretching of weaker) {
    const text = "four words make sense";
    const { clientRegistrationState, registrationRequest } = library.startRegistration({ password: text });
    const response = must(server.registrationResponse(setup, "alice", fromLibrary(registrationRequest)));
    const { registrationRecord } = library.finishRegistration({
      clientRegistrationState,
      password: text,
      registrationResponse: toLibrary(response),
      keyStretching,
    });
    expect(logIn({ record: fromLibrary(registrationRecord) }).login).toEqual(refused);
  }
});

test("[A12] A13 an unknown name is answered at equal length, and its evaluation is stable per name", () => {
  const [, ke1] = client.startLogin(password("guess"));
  const answer = (name: string, record: Uint8Array | null) => must(server.startLogin(setup, name, record, ke1));
  const evaluated = (name: string, record: Uint8Array | null) =>
    Buffer.from(answer(name, record).ke2.subarray(0, 32)).toString("hex");
  for (const record of [registered.record, null]) {
    expect(answer("alice", record).ke2).toHaveLength(320);
    expect(answer("alice", record).state).toHaveLength(answer("alice", null).state.length);
  }
  expect(evaluated("nobody", null)).toBe(evaluated("nobody", null));
  expect(evaluated("nobody", null)).not.toBe(evaluated("no body", null));
  // Signing up changes nothing in what the name was answered with before.
  expect(evaluated("alice", null)).toBe(evaluated("alice", registered.record));
});

test("[A12] A13 known and unknown names take the same time", () => {
  const [, ke1] = client.startLogin(password("guess"));
  const times: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
  const measure = (kind: "known" | "unknown") => {
    const start = performance.now();
    must(server.startLogin(setup, "alice", kind === "known" ? registered.record : null, ke1));
    times[kind].push(performance.now() - start);
  };
  // Alternating, so that whatever else the machine does hits both; the median forgets the rest.
  for (let i = 0; i < 300; i++) {
    measure("known");
    measure("unknown");
  }
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  const ratio = median(times.known) / median(times.unknown);
  expect(ratio).toBeGreaterThan(0.8);
  expect(ratio).toBeLessThan(1.25);
});

test("[A13] both halves are total: any bytes from the other side are refused", () => {
  const any = fc.uint8Array({ maxLength: 400 });
  const exact = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(fc.oneof(any, exact(32)), fc.oneof(any, exact(96)), fc.oneof(any, exact(192)), (request, ke1, record) => {
      const response = server.registrationResponse(setup, "alice", request);
      if (!response.ok) expect(response).toEqual(refused);
      const started = server.startLogin(setup, "alice", record, ke1);
      if (!started.ok) expect(started).toEqual(refused);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(any, exact(64)), (response) => {
      const [started] = client.startRegistration(password("words"));
      expect(client.finishRegistration(started, response, server.publicKey(setup))).toEqual(refused);
    }),
    { numRuns: 30 },
  );
  const zero = new Uint8Array(32);
  expect(server.registrationResponse(setup, "alice", zero)).toEqual(refused);
  expect(server.startLogin(setup, "alice", null, new Uint8Array(96))).toEqual(refused);
});

test("[A16] a step is used up: state and password are gone after finishing, whatever came of it", () => {
  const secret = password("four words make sense");
  const [started] = client.startLogin(secret);
  expect(client.finishLogin(started, new Uint8Array(0), null)).toEqual(refused);
  expect(() => secret.open((text) => text)).toThrow();
  expect(() => started.state.open((state) => state)).toThrow();
});

test("[A16] loading and running it compiles no code from strings, as a strict content policy wants", () => {
  const script = `
    import { ready } from ${JSON.stringify(new URL("client.ts", import.meta.url).href)};
    import { parsePassword } from ${JSON.stringify(new URL("password.ts", import.meta.url).href)};
    let blocked = false;
    try { new Function("return 1"); } catch { blocked = true; }
    const client = await ready();
    const [, ke1] = client.startLogin(parsePassword("words").value);
    console.log(blocked, ke1.length);`;
  const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", script];
  expect(execFileSync(process.execPath, flags, { encoding: "utf8" }).trim()).toBe("true 96");
});

test("[A24] A19 a set-up is 128 bytes of the given chance: another chance, another server", () => {
  const one = server.createSetup(seededRandom("one"));
  expect(one).toHaveLength(128);
  expect(server.createSetup(seededRandom("one"))).toEqual(one);
  expect(server.publicKey(server.createSetup(seededRandom("two")))).not.toEqual(server.publicKey(one));
  // The third part is a public key of its own, with which the server pretends to records that do not exist.
  expect(one.subarray(96)).not.toEqual(server.publicKey(one));
  expect(() => server.publicKey(one.subarray(1))).toThrow();
});

test("[A23] a session opening is signed under its label of the registry", () => {
  const [ticket, device, shareHash] = [random.bytes(16), random.bytes(16), random.bytes(32)] as const;
  const expected = concatBytes(labelBytes(labels.sessionOpening), ticket, device, shareHash);
  expect(server.sessionOpeningMessage(ticket, device, shareHash)).toEqual(expected);
});
