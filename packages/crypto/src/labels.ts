/**
 * What every key, signature and digest of the product is for. [K1–K3]
 *
 * A label is `MegaChat 1 <type>` and a zero byte, `<type>` being a 16-bit number as four lower-case hexadecimal digits.
 * It opens the input of every signature, MAC, derivation, sealing and hash, so that nothing made for one use passes for
 * another. This is the only module that makes labels, and each use below has a number of its own: a signed object has
 * its type in the wire registry, every other use one from 0x1000 on.
 */
import { encodeUtf8 } from "@megachat/base";

/** What an algorithm does with a label. A label of one kind does not compile where another is expected. */
export type LabelKind = "sign" | "mac" | "derive" | "seal" | "hpke" | "hash";

export interface Label<K extends LabelKind = LabelKind> {
  readonly kind: K;
  /** Unique in the product. */
  readonly type: number;
}

const label = <const K extends LabelKind>(kind: K, type: number): Label<K> => ({ kind, type });

/** The registry. A number, once used, never changes its meaning. */
export const labels = {
  // Ed25519 signatures over the body of a wire object.
  accountRecord: label("sign", 0x0402),
  accountAddress: label("sign", 0x0403),
  deviceList: label("sign", 0x0404),
  accountEntries: label("sign", 0x0408),
  accountSecretBody: label("sign", 0x040a),
  certificate: label("sign", 0x0601),
  transient: label("sign", 0x0803),
  contactRequest: label("sign", 0x0a01),

  // Ed25519 signatures over something else.
  sessionOpening: label("sign", 0x1001),

  invitationTag: label("mac", 0x1101),

  // Keys out of other secrets, by HKDF.
  passwordWrapKey: label("derive", 0x1201),
  recoveryWrapKey: label("derive", 0x1202),
  identitySeed: label("derive", 0x1203),
  loginSeed: label("derive", 0x1204),
  archiveKey: label("derive", 0x1205),
  addressSeed: label("derive", 0x1206),
  transientKey: label("derive", 0x1207),
  frameBaseKey: label("derive", 0x1208),
  diskKey: label("derive", 0x1209),

  // What is sealed under a key of our own.
  rootByPassword: label("seal", 0x1301),
  rootByRecovery: label("seal", 0x1302),
  accountRow: label("seal", 0x1303),
  groupInfo: label("seal", 0x1304),
  externalCommit: label("seal", 0x1305),
  diskKeyByShare: label("seal", 0x1306),

  // What is sealed to somebody's public key.
  accountSecret: label("hpke", 0x1401),
  requestBox: label("hpke", 0x1402),
  diskKeyByLogin: label("hpke", 0x1403),
  frameKeys: label("hpke", 0x1404),

  // Digests that people compare, objects name or chains are made of.
  identityHash: label("hash", 0x1501),
  recordHash: label("hash", 0x1502),
  deviceListHash: label("hash", 0x1503),
  setupKeyHash: label("hash", 0x1504),
  logStart: label("hash", 0x1505),
  logNext: label("hash", 0x1506),
  safetyNumber: label("hash", 0x1507),
  callCode: label("hash", 0x1508),
} as const satisfies Readonly<Record<string, Label>>;

/** The bytes of a label: 16 of them, the last one zero. No label is the beginning of another. */
export const labelBytes = (use: Label): Uint8Array<ArrayBuffer> =>
  encodeUtf8(`MegaChat 1 ${use.type.toString(16).padStart(4, "0")}\0`);
