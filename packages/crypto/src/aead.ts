/** AES-256-GCM (NIST SP 800-38D) with 12-byte nonces and 16-byte tags, and nothing shorter. [K5] */
import { err, ok, type Result } from "@megachat/base";
import { gcm } from "@noble/ciphers/aes.js";

/** One error for every cause: who learns more could ask more. */
export interface Refused {
  readonly type: "refused";
}
export const refused = err({ type: "refused" });

export const AEAD_KEY = 32;
export const AEAD_NONCE = 12;
export const AEAD_TAG = 16;

/** Ciphertext followed by its tag. A key and nonce seal once: whoever calls this says why they never meet again. */
export const aeadSeal = (
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array<ArrayBuffer> => {
  if (key.length !== AEAD_KEY || nonce.length !== AEAD_NONCE) throw new RangeError("AES-256-GCM takes 32 and 12 bytes");
  return Uint8Array.from(gcm(key, nonce, associated).encrypt(plaintext));
};

export function aeadOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  ciphertext: Uint8Array,
): Result<Uint8Array<ArrayBuffer>, Refused> {
  if (key.length !== AEAD_KEY || nonce.length !== AEAD_NONCE || ciphertext.length < AEAD_TAG) return refused;
  try {
    return ok(Uint8Array.from(gcm(key, nonce, associated).decrypt(ciphertext)));
  } catch {
    return refused;
  }
}
