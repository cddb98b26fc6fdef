/**
 * What a server answers a login with, believed only where it proves itself: record, wrap and server key are three
 * claims about one account, and each is checked against the others before any key of them is used. [A22]
 */
import { bytesEqual, ok, type Result } from "@megachat/base";
import type { RecoveryKey } from "@megachat/crypto";
import { identityPair, loginPair, type KeyPair } from "./account-keys.ts";
import { setupKeyHash, verifyAccountRecord, type AccountFacts, type KnownIdentity, type RecordError } from "./account-record.ts";
import { openRoot, type Route, type WrapError } from "./root-wrap.ts";
import { refused } from "./signed.ts";

/** The answer, as it came. */
export interface AccountAnswer {
  readonly account: Uint8Array;
  readonly accountRecord: Uint8Array;
  /** The wrap of the route that is taken. */
  readonly wrap: Uint8Array;
}

/** What this browser knew before; nulls and 0 in a bare one. */
export interface KnownAccount {
  readonly identity: KnownIdentity | null;
  readonly wrapVersion: number;
}

/** The account's private half, for as long as this login lasts. */
export interface OpenedAccount extends Disposable {
  readonly facts: AccountFacts;
  readonly identity: KeyPair;
  readonly login: KeyPair;
  readonly wrapVersion: number;
  readonly recoveryKey: RecoveryKey | null;
}

/** `serverKey` is the OPAQUE server key that the login proved, null on the recovery route, where there is none. */
export function openAccount(
  route: Route,
  answer: AccountAnswer,
  serverKey: Uint8Array | null,
  known: KnownAccount,
): Result<OpenedAccount, RecordError | WrapError> {
  const record = verifyAccountRecord(answer.accountRecord, known.identity);
  if (!record.ok) return record;
  const facts = record.value;
  if (!bytesEqual(facts.account, answer.account)) return refused;
  if (serverKey && !bytesEqual(setupKeyHash(serverKey), facts.setupKeyHash)) return refused;

  const opened = openRoot(route, facts, answer.wrap, { atLeast: known.wrapVersion });
  if (!opened.ok) return opened;
  using root = opened.value.root;
  const identity = identityPair(root, facts.account, facts.n);
  const login = loginPair(root, facts.account, facts.n);
  const close = () => {
    identity.seed[Symbol.dispose]();
    login.seed[Symbol.dispose]();
    opened.value.recoveryKey?.[Symbol.dispose]();
  };
  // The wrap proves the password's owner, the record proves the key's: only the two together are this account.
  if (!bytesEqual(identity.publicKey, facts.identityKey) || !bytesEqual(login.publicKey, facts.loginKey)) {
    close();
    return refused;
  }
  const { version, recoveryKey } = opened.value;
  return ok({ facts, identity, login, wrapVersion: version, recoveryKey, [Symbol.dispose]: close });
}
