/**
 * Who an account is: the record of identity n, and what follows from records seen before. [A4]
 *
 * A record is signed by its own identity key, so that nobody publishes a key they do not hold, and from n = 1 on by the
 * key before, so that nobody but its holder names a successor. The server is believed in nothing: it may withhold a
 * record, and no more.
 */
import { bytesEqual, err, ok, type Result } from "@megachat/base";
import { hash256, labels, verify } from "@megachat/crypto";
import { AccountRecord, decode, encode, Signed } from "@megachat/wire";
import { identityPair, loginPair, type RootKey } from "./account-keys.ts";
import { refused, signBody, type Refused } from "./signed.ts";

/** How a verified object stands to the one known before. */
export type Link =
  /** Nothing was known. */
  | "first"
  /** It is the known one. */
  | "same"
  /** It follows the known one directly, by signature and hash. */
  | "next"
  /** It is later, and what lies between is not at hand. */
  | "gap";

/** A record whose signatures hold. */
export interface AccountFacts {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly n: number;
  readonly identityKey: Uint8Array<ArrayBuffer>;
  readonly loginKey: Uint8Array<ArrayBuffer>;
  readonly setupKeyHash: Uint8Array<ArrayBuffer>;
  /** Names this record in its successor. */
  readonly recordHash: Uint8Array<ArrayBuffer>;
  readonly link: Link;
}

/** What is known of an account before: a pin. `recordHash` is null where only the key was pinned. */
export interface KnownIdentity {
  readonly account: Uint8Array;
  readonly n: number;
  readonly identityKey: Uint8Array;
  readonly recordHash: Uint8Array | null;
}

export type RecordError =
  | Refused
  /** Well signed, but of an identity before the known one. */
  | { readonly type: "rolledBack"; readonly n: number }
  /** Another record for the n that is known, or a successor that the known one did not sign. */
  | { readonly type: "forked"; readonly n: number };

/** The hash of an OPAQUE server's static public key, as records carry it. */
export const setupKeyHash = (serverKey: Uint8Array): Uint8Array<ArrayBuffer> => hash256(labels.setupKeyHash, serverKey);

/** The first record of an account, n = 0. */
export function buildAccountRecord(
  root: RootKey,
  account: Uint8Array<ArrayBuffer>,
  serverKey: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const identity = identityPair(root, account, 0);
  using seed = identity.seed;
  const login = loginPair(root, account, 0);
  login.seed[Symbol.dispose]();
  const body = encode(AccountRecord, {
    type: "accountRecord",
    account,
    n: 0,
    identityKey: identity.publicKey,
    previous: null,
    loginKey: login.publicKey,
    setupKeyHash: setupKeyHash(serverKey),
  });
  return signBody(labels.accountRecord, [seed], body);
}

/** Opens a record and compares it with what is known of the same account. Total. */
export function verifyAccountRecord(bytes: Uint8Array, known: KnownIdentity | null): Result<AccountFacts, RecordError> {
  const signed = decode(Signed, bytes);
  if (!signed.ok) return refused;
  const { body, signatures } = signed.value;
  // The key that signs stands inside, so the body is decoded first; nothing in it is used but to check its signature.
  const record = decode(AccountRecord, body);
  if (!record.ok) return refused;
  const { account, n, identityKey, previous, loginKey } = record.value;
  const first = n === 0;
  if (first !== (previous === null) || signatures.length !== (first ? 1 : 2)) return refused;
  if (known && !bytesEqual(known.account, account)) return refused;

  if (!isSignedBy(identityKey, body, signatures[0])) return refused;
  const recordHash = hash256(labels.recordHash, body);
  const facts = { account, n, identityKey, loginKey, setupKeyHash: record.value.setupKeyHash, recordHash };

  if (!known) return ok({ ...facts, link: "first" });
  if (n < known.n) return err({ type: "rolledBack", n });
  if (n === known.n) {
    const same = known.recordHash ? bytesEqual(known.recordHash, recordHash) : bytesEqual(known.identityKey, identityKey);
    return same ? ok({ ...facts, link: "same" }) : err({ type: "forked", n });
  }
  // Only the holder of the key before made the second signature. Where that key is unknown it stays unjudged: a gap.
  if (n > known.n + 1) return ok({ ...facts, link: "gap" });
  const named = known.recordHash === null || (previous !== null && bytesEqual(known.recordHash, previous));
  return named && isSignedBy(known.identityKey, body, signatures[1]) ? ok({ ...facts, link: "next" }) : err({ type: "forked", n });
}

const isSignedBy = (key: Uint8Array, body: Uint8Array, signature: Uint8Array | undefined): boolean =>
  signature !== undefined && verify(labels.accountRecord, key, body, signature);
