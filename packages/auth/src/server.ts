/**
 * The server's half of OPAQUE (RFC 9807: ristretto255-SHA512, 3DH, empty context). [A10–A14]
 *
 * The server keeps a record per account and one set-up, and learns nothing from either that it could test a password
 * with unless it uses the set-up itself. An unknown name is answered like a known one. Each step is pure but for the
 * nonces that the library draws from the platform's generator. Await {@link ready} before the first step.
 */
import { concatBytes, encodeUtf8, err, fromHex, ok, type Random, type Result } from "@megachat/base";
import { ready as libraryReady, server } from "@serenity-kit/opaque";
import { attempt, fromLibrary, KE1, KE3, RECORD, REGISTRATION_REQUEST, toLibrary } from "./opaque-bytes.ts";

/** 128 secret bytes behind all records: OPRF seed ‖ private key ‖ a public key nobody has the private key of. */
export type ServerSetup = Uint8Array;
/** The one error: a client that could tell a wrong password from an unknown name would be an oracle. */
export interface Refused {
  readonly type: "refused";
}
const refused = err({ type: "refused" });

/** A login between KE2 and KE3: secret, for one use, bytes so that it can be kept. */
export type LoginState = Uint8Array;
export interface LoginStarted {
  readonly state: LoginState;
  /** 320 bytes for the client. */
  readonly ke2: Uint8Array<ArrayBuffer>;
}

/** The library's WebAssembly has been compiled. */
export const ready = (): Promise<void> => libraryReady;

const SEED = 64;
const SCALAR = 32;
/** Order of ristretto255, RFC 9496 §4.1. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** Its generator, RFC 9496 appendix A.1. */
const GENERATOR = mustHex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76");

/** A new set-up. Its loss locks every account out of its password; its theft allows guessing offline. */
export function createSetup(random: Random): Uint8Array<ArrayBuffer> {
  const seed = random.bytes(SEED);
  // Unknown names are answered in the name of this key, whose private half is forgotten here.
  const nobody = publicKey(concatBytes(seed, newScalar(random), GENERATOR));
  return concatBytes(seed, newScalar(random), nobody);
}

/** The static public key of a set-up, 32 bytes: clients pin it. Throws on what is no set-up. */
export const publicKey = (setup: ServerSetup): Uint8Array<ArrayBuffer> => fromLibrary(server.getPublicKey(toLibrary(setup)));

/** Answers a registration request (32 bytes) with 64 bytes. `identifier` is the account's for good: it is in the record. */
export function registrationResponse(
  setup: ServerSetup,
  identifier: string,
  request: Uint8Array,
): Result<Uint8Array<ArrayBuffer>, Refused> {
  if (request.length !== REGISTRATION_REQUEST) return refused;
  const serverSetup = toLibrary(setup);
  const registrationRequest = toLibrary(request);
  const answer = attempt(() => server.createRegistrationResponse({ serverSetup, userIdentifier: identifier, registrationRequest }));
  return answer ? ok(fromLibrary(answer.registrationResponse)) : refused;
}

/**
 * Answers KE1 (96 bytes). `record` is the 192 bytes of the account, or null for a name that has none: the answer then
 * has the same form and takes the same time, and its password never fits. [A12]
 */
export function startLogin(
  setup: ServerSetup,
  identifier: string,
  record: Uint8Array | null,
  ke1: Uint8Array,
): Result<LoginStarted, Refused> {
  if (ke1.length !== KE1 || (record && record.length !== RECORD)) return refused;
  const serverSetup = toLibrary(setup);
  const registrationRecord = record && toLibrary(record);
  const startLoginRequest = toLibrary(ke1);
  const started = attempt(() =>
    server.startLogin({ serverSetup, userIdentifier: identifier, registrationRecord, startLoginRequest }),
  );
  return started ? ok({ state: fromLibrary(started.serverLoginState), ke2: fromLibrary(started.loginResponse) }) : refused;
}

/** Whether KE3 (64 bytes) proves the password. Gives the 64-byte session key that the client now has, too. */
export function finishLogin(state: LoginState, ke3: Uint8Array): Result<Uint8Array<ArrayBuffer>, Refused> {
  if (ke3.length !== KE3) return refused;
  const serverLoginState = toLibrary(state);
  const finishLoginRequest = toLibrary(ke3);
  const finished = attempt(() => server.finishLogin({ serverLoginState, finishLoginRequest }));
  return finished ? ok(fromLibrary(finished.sessionKey)) : refused;
}

/**
 * What a device signs to open a session: the label `sessionOpening` of the registry, the login's ticket (16 bytes), its
 * own id (16) and the SHA-256 of the share it leaves (32). The label is spelled out, since the server loads nothing of
 * the package that makes labels; a test compares the two.
 */
export const sessionOpeningMessage = (ticket: Uint8Array, device: Uint8Array, shareHash: Uint8Array): Uint8Array<ArrayBuffer> =>
  concatBytes(encodeUtf8("MegaChat 1 1001\0"), ticket, device, shareHash);

/** Uniform in 1…order−1, 32 bytes little-endian: 64 bytes of chance leave a bias of 2^−259. */
function newScalar(random: Random): Uint8Array<ArrayBuffer> {
  const wide = random.bytes(64).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let scalar = (wide % (ORDER - 1n)) + 1n;
  const bytes = new Uint8Array(SCALAR);
  for (let i = 0; i < SCALAR; i++) {
    bytes[i] = Number(scalar & 255n);
    scalar >>= 8n;
  }
  return bytes;
}

function mustHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error("not hexadecimal");
  return bytes.value;
}
