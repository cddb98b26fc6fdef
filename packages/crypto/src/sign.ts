/**
 * Ed25519 (RFC 8032), strict: canonical encodings only, no small-order key and no small-order nonce, so that one
 * signature means one key and one message for every reader. [K6]
 */
import { concatBytes, Secret, type Brand, type Random } from "@megachat/base";
import { ed25519 } from "@noble/curves/ed25519.js";
import { labelBytes, type Label } from "./labels.ts";

/** The 32-byte seed of RFC 8032 §5.1.5. */
export type SigningSeed = Secret<Uint8Array<ArrayBuffer>>;
/** 64 bytes. */
export type Signature = Brand<Uint8Array<ArrayBuffer>, "Signature">;

export const newSigningSeed = (random: Random): SigningSeed => new Secret(random.bytes(32));

/** The public key of a seed, 32 bytes. */
export const signingKeyOf = (seed: Secret<Uint8Array>): Uint8Array<ArrayBuffer> =>
  seed.open((bytes) => Uint8Array.from(ed25519.getPublicKey(bytes)));

/** Signs label ‖ body. */
export const sign = (label: Label<"sign">, seed: Secret<Uint8Array>, body: Uint8Array): Signature =>
  seed.open((bytes) => Uint8Array.from(ed25519.sign(concatBytes(labelBytes(label), body), bytes)) as Signature);

/** Whether `signature` is `key`'s over label ‖ body, the bytes as they were received. Total. */
export const verify = (label: Label<"sign">, key: Uint8Array, body: Uint8Array, signature: Uint8Array): boolean =>
  verifyBare(key, concatBytes(labelBytes(label), body), signature);

/** Ed25519 without a label of ours. For this package's own vectors; everything else signs and verifies under a label. */
export function verifyBare(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== 32 || signature.length !== 64) return false;
  // The library refuses small-order keys but not small-order nonces, with which a malicious signer could make a
  // signature that other verifiers judge differently.
  try {
    if (ed25519.Point.fromBytes(signature.subarray(0, 32), false).isSmallOrder()) return false;
  } catch {
    return false;
  }
  return ed25519.verify(signature, message, key, { zip215: false });
}
