/**
 * How an account lies on this browser's disk. Design: at rest. [R11–R14]
 *
 * The database has a random key, wrapped twice: under a device secret *and* a share that the server holds for the
 * session, so that a sign-out from anywhere makes the disk useless; and to the login key pair, so that the password
 * opens it when the share is gone. The header with both wraps lies beside the database in clear: nothing in it opens
 * anything without the server or the password.
 */
import { bytesEqual, concatBytes, err, ok, Secret, type Random, type Result } from "@megachat/base";
import { derive, hpkeOpen, hpkeSeal, labels, open, seal } from "@megachat/crypto";
import {
  decode,
  encode,
  fixed,
  hash32,
  HpkeBox,
  id16,
  nullable,
  object,
  SealedBox,
  signingKey,
  struct,
  text,
  u16,
  u53,
  bytes,
  type ValueOf,
} from "@megachat/wire";

/** Beside an account's database, in clear. */
export const VaultHeader = object("vaultHeader", 0x0c41, 1, {
  account: id16,
  handle: text(64),
  device: id16,
  /** The OPAQUE server key of the registration: another one is refused before anything is sent. */
  serverKey: fixed(32),
  /** The identity that this browser knows; all of it is public. */
  identity: struct({ n: u16, identityKey: signingKey, recordHash: hash32 }),
  /** The newest device list that this browser has seen. */
  list: struct({ version: u53, hash: hash32 }),
  /** The newest password wrap that this browser has seen. */
  wrapVersion: u53,
  /** Null after a sign-out: then the password alone opens the database. */
  byShare: nullable(struct({ deviceSecret: fixed(32), wrapped: bytes(512) })),
  byLogin: bytes(2048),
  /** Null while sign-up has not been answered, and after a sign-out. */
  session: nullable(struct({ id: id16, token: fixed(32) })),
  /** Proves at the next sign-in that this browser has held the account; null before the first session. */
  knownSecret: nullable(fixed(32)),
});
export type VaultHeader = ValueOf<typeof VaultHeader>;

export const encodeHeader = (header: VaultHeader): Uint8Array<ArrayBuffer> => encode(VaultHeader, header);
/** Null for what is no header of this version. */
export const decodeHeader = (bytes: Uint8Array): VaultHeader | null => {
  const header = decode(VaultHeader, bytes);
  return header.ok ? header.value : null;
};

export type DatabaseKey = Secret<Uint8Array<ArrayBuffer>>;
/** The key does not come out: another share, another account's header, a damaged one. */
export interface Shut {
  readonly type: "shut";
}
const shut = err<Shut>({ type: "shut" });

const DatabaseKeyBody = object("databaseKey", 0x0c42, 1, { account: id16, device: id16, key: fixed(32) });
type Whose = Pick<VaultHeader, "account" | "device">;

export const newDatabaseKey = (random: Random): DatabaseKey => new Secret(random.bytes(32));

/** Wraps under a fresh device secret and a fresh share. The share goes to the server and nowhere else. */
export function wrapByShare(
  random: Random,
  whose: Whose,
  key: DatabaseKey,
): { readonly byShare: NonNullable<VaultHeader["byShare"]>; readonly share: Uint8Array<ArrayBuffer> } {
  const deviceSecret = random.bytes(32);
  const share = random.bytes(32);
  using wrapKey = shareKey(whose, deviceSecret, share);
  const plaintext = bodyOf(whose, key);
  const wrapped = encode(SealedBox, seal(random, labels.diskKeyByShare, wrapKey, placeOf(whose), plaintext));
  plaintext.fill(0);
  return { byShare: { deviceSecret, wrapped }, share };
}

export function openByShare(header: VaultHeader, share: Uint8Array): Result<DatabaseKey, Shut> {
  if (!header.byShare || share.length !== 32) return shut;
  const box = decode(SealedBox, header.byShare.wrapped);
  if (!box.ok) return shut;
  using wrapKey = shareKey(header, header.byShare.deviceSecret, share);
  const plaintext = open(labels.diskKeyByShare, wrapKey, placeOf(header), box.value);
  return plaintext.ok ? keyOf(header, plaintext.value) : shut;
}

/** Seals to the account's login pair. */
export function wrapToLogin(random: Random, whose: Whose, loginKey: Uint8Array, key: DatabaseKey): Uint8Array<ArrayBuffer> {
  const plaintext = bodyOf(whose, key);
  const box = hpkeSeal(random, labels.diskKeyByLogin, loginKey, { recipient: whose.account, id: whose.device }, plaintext);
  plaintext.fill(0);
  if (!box.ok) throw new Error("our own login key is no key");
  return encode(HpkeBox, box.value);
}

export function openByLogin(header: VaultHeader, loginSeed: Secret<Uint8Array>): Result<DatabaseKey, Shut> {
  const box = decode(HpkeBox, header.byLogin);
  if (!box.ok) return shut;
  const plaintext = hpkeOpen(labels.diskKeyByLogin, loginSeed, { recipient: header.account, id: header.device }, box.value);
  return plaintext.ok ? keyOf(header, plaintext.value) : shut;
}

/** The header once the session is over: no token, and no way in but the password. */
export const headerSignedOut = (header: VaultHeader): VaultHeader => ({ ...header, byShare: null, session: null });

const shareKey = (whose: Whose, deviceSecret: Uint8Array, share: Uint8Array): DatabaseKey => {
  using both = new Secret(concatBytes(deviceSecret, share));
  return derive(labels.diskKey, both, concatBytes(whose.account, whose.device));
};
const placeOf = (whose: Whose) => ({ owner: whose.account, id: whose.device, version: 1 });
const bodyOf = (whose: Whose, key: DatabaseKey): Uint8Array<ArrayBuffer> =>
  key.open((each) => encode(DatabaseKeyBody, { type: "databaseKey", account: whose.account, device: whose.device, key: each }));
function keyOf(whose: Whose, plaintext: Uint8Array): Result<DatabaseKey, Shut> {
  const body = decode(DatabaseKeyBody, plaintext);
  plaintext.fill(0);
  if (!body.ok || !bytesEqual(body.value.account, whose.account) || !bytesEqual(body.value.device, whose.device)) return shut;
  return ok(new Secret(body.value.key));
}
