/**
 * HPKE's key schedule and its one message (RFC 9180 §4, §5.1, §5.2, §6.1): base mode, HKDF-SHA-256, AES-256-GCM. The two
 * KEMs of the product have files of their own, so that who needs X25519 does not load ML-KEM. [K13]
 */
import { concatBytes, encodeUtf8, type Result } from "@megachat/base";
import { AEAD_KEY, AEAD_NONCE, aeadOpen, aeadSeal, type Refused } from "./aead.ts";
import { hkdfExpand, hkdfExtract } from "./hash.ts";

const VERSION = encodeUtf8("HPKE-v1");
const EMPTY = new Uint8Array(0);
const BASE_MODE = Uint8Array.of(0);
const HKDF_SHA256 = 0x0001;
const AES_256_GCM = 0x0002;

export const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);

/** §5.1. `kem` is the number in IANA's registry of HPKE KEMs. */
const suiteId = (kem: number): Uint8Array => concatBytes(encodeUtf8("HPKE"), u16(kem), u16(HKDF_SHA256), u16(AES_256_GCM));

/** §4. */
export const labeledExtract = (suite: Uint8Array, salt: Uint8Array, label: string, input: Uint8Array): Uint8Array =>
  hkdfExtract(salt, concatBytes(VERSION, suite, encodeUtf8(label), input));

/** §4. */
export const labeledExpand = (suite: Uint8Array, key: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array =>
  hkdfExpand(key, concatBytes(u16(length), VERSION, suite, encodeUtf8(label), info), length);

/** §5.1: key and base nonce. The one message of a context has sequence number 0, so its nonce is the base nonce. */
function keySchedule(kem: number, shared: Uint8Array, info: Uint8Array) {
  const suite = suiteId(kem);
  const context = concatBytes(
    BASE_MODE,
    labeledExtract(suite, EMPTY, "psk_id_hash", EMPTY),
    labeledExtract(suite, EMPTY, "info_hash", info),
  );
  const secret = labeledExtract(suite, shared, "secret", EMPTY);
  return {
    key: labeledExpand(suite, secret, "key", context, AEAD_KEY),
    nonce: labeledExpand(suite, secret, "base_nonce", context, AEAD_NONCE),
  };
}

/** §6.1 after encapsulation. The shared secret is fresh, so key and nonce seal once. */
export function scheduleSeal(
  kem: number,
  shared: Uint8Array,
  info: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { key, nonce } = keySchedule(kem, shared, info);
  return aeadSeal(key, nonce, associated, plaintext);
}

export function scheduleOpen(
  kem: number,
  shared: Uint8Array,
  info: Uint8Array,
  associated: Uint8Array,
  ciphertext: Uint8Array,
): Result<Uint8Array<ArrayBuffer>, Refused> {
  const { key, nonce } = keySchedule(kem, shared, info);
  return aeadOpen(key, nonce, associated, ciphertext);
}
