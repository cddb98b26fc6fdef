/** Where others seal contact requests to: an X-Wing key of account secret m, vouched for by a standing device. [A5] */
import { bytesEqual, ok, type Result, type Secret } from "@megachat/base";
import { labels } from "@megachat/crypto";
import { AccountAddress, decode, encode, Signed } from "@megachat/wire";
import { addressPair, type AccountSecret } from "./account-keys.ts";
import { openSigned, refused, signBody, type Refused } from "./signed.ts";

export interface AddressFacts {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly n: number;
  readonly m: number;
  /** X-Wing, 1,216 bytes. */
  readonly hpkeKey: Uint8Array<ArrayBuffer>;
  readonly device: Uint8Array<ArrayBuffer>;
}

/** The device that publishes, with the seed of its signature key. */
export interface AddressDraft {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly n: number;
  readonly m: number;
  readonly device: Uint8Array<ArrayBuffer>;
}

export function buildAccountAddress(
  secret: AccountSecret,
  draft: AddressDraft,
  deviceSeed: Secret<Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const { seed, publicKey } = addressPair(secret, draft.account, draft.m);
  seed[Symbol.dispose]();
  const body = encode(AccountAddress, { type: "accountAddress", ...draft, hpkeKey: publicKey });
  return signBody(labels.accountAddress, [deviceSeed], body);
}

/**
 * Opens an address of the account (id and n) whose record is verified. `keyOf` gives the signature key of a device of
 * it whose certificate is good and whose serial stands. Total.
 */
export function verifyAccountAddress(
  bytes: Uint8Array,
  owner: { readonly account: Uint8Array; readonly n: number },
  keyOf: (device: Uint8Array) => Uint8Array | undefined,
): Result<AddressFacts, Refused> {
  const signed = decode(Signed, bytes);
  if (!signed.ok) return refused;
  // Which device's key it takes stands inside; nothing else is used before the signature held.
  const address = decode(AccountAddress, signed.value.body);
  if (!address.ok) return refused;
  const { type: _, ...facts } = address.value;
  if (!bytesEqual(facts.account, owner.account) || facts.n !== owner.n) return refused;
  const key = keyOf(facts.device);
  return key && openSigned(labels.accountAddress, [key], bytes).ok ? ok(facts) : refused;
}
