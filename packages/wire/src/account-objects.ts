/**
 * The signed public faces of an account, and what it keeps sealed. Design: keys. [A1–A6]
 *
 * Signatures cover received bytes: each signed object travels as `signed` with the body as it was signed, and the body
 * is decoded from those bytes only after the signature held.
 */
import { bytes, fixed, hash32, id16, list, nullable, object, u16, u53, type ValueOf } from "./codec.ts";

/** An Ed25519 public key. */
export const signingKey = fixed(32);
export const signature = fixed(64);
/** An X-Wing public key (draft-connolly-cfrg-xwing-kem). */
export const hpkeKey = fixed(1216);

/** A body with the signatures of one or two keys. The label of each body's type is part of what is signed. */
export const Signed = object("signed", 0x0401, 1, { body: bytes(4096), signatures: list(signature, 2) });
export type Signed = ValueOf<typeof Signed>;

/** Who an account is in generation `n`. Signed by the identity key, and from n = 1 on by the one before. */
export const AccountRecord = object("accountRecord", 0x0402, 1, {
  account: id16,
  n: u16,
  identityKey: signingKey,
  /** SHA-256 of the record of n − 1 as it was signed; null for n = 0. */
  previous: nullable(hash32),
  /** The account's own devices seal to this pair; its private half exists during login and recovery only. */
  loginKey: hpkeKey,
  /** SHA-256 of the OPAQUE server's static public key that this account registered with. */
  setupKeyHash: hash32,
});
export type AccountRecord = ValueOf<typeof AccountRecord>;

/** Where others seal contact requests to, drawn from account secret `m`. Signed by a standing device. */
export const AccountAddress = object("accountAddress", 0x0403, 1, {
  account: id16,
  n: u16,
  m: u16,
  hpkeKey,
  device: id16,
});
export type AccountAddress = ValueOf<typeof AccountAddress>;

/** Which serials stand. Signed by the identity key; a chain through `previous`. */
export const DeviceList = object("deviceList", 0x0404, 1, {
  account: id16,
  n: u16,
  version: u53,
  /** SHA-256 of the list before, as it was signed; null for version 1. */
  previous: nullable(hash32),
  /** Position of the account log at signing. */
  logPosition: u53,
  standing: list(fixedDevice(), 24),
});
export type DeviceList = ValueOf<typeof DeviceList>;
function fixedDevice() {
  return object("standingDevice", 0x0405, 1, { device: id16, serial: u53 });
}

/** A sealed thing: `salt` draws its key and commitment, so that no two sealings share a key. [K7] */
export const SealedBox = object("sealedBox", 0x0406, 1, { salt: fixed(32), commitment: fixed(32), ciphertext: bytes(1 << 20) });
export type SealedBox = ValueOf<typeof SealedBox>;

/** An HPKE ciphertext, RFC 9180 base mode: encapsulated X-Wing key and AES-256-GCM ciphertext. */
export const HpkeBox = object("hpkeBox", 0x0407, 1, { enc: fixed(1120), ciphertext: bytes(1 << 17) });
export type HpkeBox = ValueOf<typeof HpkeBox>;

/**
 * The plaintext of a wrap of the root key: one under what the password gives, one under the recovery key. `version`
 * counts the account's password wraps: an older one than this browser has seen is a rollback. The recovery key lies in
 * the password wrap only, so that the words can be shown again to who knows the password.
 */
export const RootKey = object("rootKey", 0x0409, 1, {
  account: id16,
  n: u16,
  version: u53,
  root: fixed(32),
  recoveryKey: nullable(fixed(16)),
});
export type RootKey = ValueOf<typeof RootKey>;

/** Account secret `m`, as it is sealed to the login key and to each of the account's devices. */
export const AccountSecret = object("accountSecret", 0x040a, 1, { account: id16, m: u16, secret: fixed(32) });
export type AccountSecret = ValueOf<typeof AccountSecret>;

/** Entries in one row of an account log. */
export const MAX_ENTRIES = 16;

/** One row of an account log, before sealing. Signed by a device that stood at that position. */
export const AccountEntries = object("accountEntries", 0x0408, 1, {
  account: id16,
  device: id16,
  m: u16,
  /** The device's, as in the row's envelope: a row stored again elsewhere is refused. */
  sequence: u53,
  /** Position and chain hash of the last row that the device had read. */
  seen: u53,
  seenHash: hash32,
  entries: list(bytes(8192), MAX_ENTRIES),
});
export type AccountEntries = ValueOf<typeof AccountEntries>;

export const SignedEntries = object("signedEntries", 0x040b, 1, { entries: bytes(120_000), signature });
export type SignedEntries = ValueOf<typeof SignedEntries>;
