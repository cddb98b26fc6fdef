/**
 * Account secret m on its way to the account's own devices: sealed to the login key or to a device's key, and signed
 * inside, since a public key is all that sealing takes. [A21]
 *
 * Without the signature a server could hand a device a secret that it knows, and read all that is sealed under it.
 */
import { bytesEqual, err, ok, Secret, u64, type Random, type Result } from "@megachat/base";
import { hpkeOpen, hpkeSeal, labels } from "@megachat/crypto";
import { AccountSecret as AccountSecretObject, decode, encode, HpkeBox } from "@megachat/wire";
import { looksRandom, type AccountSecret } from "./account-keys.ts";
import { openSigned, refused, signBody } from "./signed.ts";
import type { WrapError } from "./root-wrap.ts";

/** Whom it is sealed to: the holder of the login key of identity n. */
interface Recipient {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly n: number;
}
export interface NumberedSecret {
  readonly m: number;
  readonly secret: AccountSecret;
}

/** An encoded `HpkeBox`. `signer` is the seed of a standing device's signature key. */
export function sealAccountSecret(
  random: Random,
  publicKey: Uint8Array,
  { account, n }: Recipient,
  { m, secret }: NumberedSecret,
  signer: Secret<Uint8Array>,
): Result<Uint8Array<ArrayBuffer>, { readonly type: "badKey" }> {
  const body = secret.open((bytes) => encode(AccountSecretObject, { type: "accountSecret", account, m, secret: bytes }));
  const signed = signBody(labels.accountSecretBody, [signer], body);
  const box = hpkeSeal(random, labels.accountSecret, publicKey, { recipient: account, id: u64(n) }, signed);
  body.fill(0);
  signed.fill(0);
  return box.ok ? ok(encode(HpkeBox, box.value)) : box;
}

/** Opens what one of `signers`, the signature keys of devices that stand, has sealed. m is `atLeast` the highest seen. */
export function openAccountSecret(
  seed: Secret<Uint8Array>,
  { account, n }: Recipient,
  bytes: Uint8Array,
  signers: readonly Uint8Array[],
  { atLeast }: { readonly atLeast: number },
): Result<NumberedSecret, WrapError> {
  const box = decode(HpkeBox, bytes);
  if (!box.ok) return refused;
  const signed = hpkeOpen(labels.accountSecret, seed, { recipient: account, id: u64(n) }, box.value);
  if (!signed.ok) return refused;
  for (const signer of signers) {
    const body = openSigned(labels.accountSecretBody, [signer], signed.value);
    if (body.ok) return contentsOf(body.value, account, atLeast);
  }
  return refused;
}

function contentsOf(body: Uint8Array, account: Uint8Array, atLeast: number): Result<NumberedSecret, WrapError> {
  const contents = decode(AccountSecretObject, body);
  if (!contents.ok) return refused;
  const { m, secret } = contents.value;
  if (!bytesEqual(contents.value.account, account) || !looksRandom(secret)) return refused;
  return m < atLeast ? err({ type: "rolledBack", version: m }) : ok({ m, secret: new Secret(secret) });
}
