/**
 * The two random secrets of an account and everything that hangs from them. [A2] [A3]
 *
 * Root key n, known after password or recovery key only, gives identity key n and the login key pair. Account secret m,
 * on every device, gives archive key m and the address pair m that others seal requests to. Each derivation names the
 * account and the number, so that no secret gives the same key twice.
 */
import { concatBytes, Secret, u64, type Random } from "@megachat/base";
import { derive, hpkeKeyOf, labels, signingKeyOf, type Label } from "@megachat/crypto";

export type SecretBytes = Secret<Uint8Array<ArrayBuffer>>;

/** Opened after login or recovery, disposed before anything else happens. 32 bytes. */
export type RootKey = SecretBytes;
/** 32 bytes. */
export type AccountSecret = SecretBytes;

/** `publicKey` is 32 bytes of Ed25519 or 1,216 of X-Wing; the seed is 32 bytes of either. */
export interface KeyPair {
  readonly seed: SecretBytes;
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

export const newRootKey = (random: Random): RootKey => new Secret(random.bytes(32));
export const newAccountSecret = (random: Random): AccountSecret => new Secret(random.bytes(32));

/** Ed25519: signs devices, the device list, the account record and its own successor. */
export function identityPair(root: RootKey, account: Uint8Array, n: number): KeyPair {
  const seed = child(labels.identitySeed, root, account, n);
  return { seed, publicKey: signingKeyOf(seed) };
}

/** X-Wing: the account's own devices seal to it. */
export function loginPair(root: RootKey, account: Uint8Array, n: number): KeyPair {
  const seed = child(labels.loginSeed, root, account, n);
  return { seed, publicKey: hpkeKeyOf(seed) };
}

/** X-Wing: others seal contact requests to it. */
export function addressPair(secret: AccountSecret, account: Uint8Array, m: number): KeyPair {
  const seed = child(labels.addressSeed, secret, account, m);
  return { seed, publicKey: hpkeKeyOf(seed) };
}

/** Seals the account log and, later, the archive. 32 bytes. */
export const archiveKey = (secret: AccountSecret, account: Uint8Array, m: number): SecretBytes =>
  child(labels.archiveKey, secret, account, m);

function child(label: Label<"derive">, parent: SecretBytes, account: Uint8Array, number: number): SecretBytes {
  if (account.length !== 16) throw new RangeError("an account is 16 bytes");
  return derive(label, parent, concatBytes(account, u64(number)));
}

/**
 * Whether 32 bytes can have come from a generator: eight values or more among them. A constant or a small pattern is
 * somebody's choice; chance fails this once in 2^150.
 */
export const looksRandom = (key: Uint8Array): boolean => key.length === 32 && new Set(key).size >= 8;
