/** SHA-2, HMAC and HKDF (FIPS 180-4, RFC 2104, RFC 5869), each with its label in front of everything else. [K1] [K4] */
import { concatBytes, Secret } from "@megachat/base";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256, sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import { labelBytes, type Label } from "./labels.ts";

/** A digest without a label: the name of some bytes inside an input that has one. 32 bytes. */
export const sha256 = (input: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(nobleSha256(input));

/** SHA-256(label ‖ input…), 32 bytes. Give parts of fixed length, or one part of any: parts are joined without marks. */
export const hash256 = (label: Label<"hash">, ...input: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(nobleSha256(concatBytes(labelBytes(label), ...input)));

/** SHA-512(label ‖ input…), 64 bytes; parts as in {@link hash256}. */
export const hash512 = (label: Label<"hash">, ...input: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(nobleSha512(concatBytes(labelBytes(label), ...input)));

/** HMAC-SHA-256(key, label ‖ input…), 32 bytes; parts as in {@link hash256}. */
export const mac = (label: Label<"mac">, key: Secret<Uint8Array>, ...input: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
  key.open((bytes) => Uint8Array.from(hmac(nobleSha256, bytes, concatBytes(labelBytes(label), ...input))));

/** HKDF-SHA-256 with info = label ‖ `context` and an empty salt: a key for one use out of another secret. */
export const derive = (
  label: Label<"derive">,
  parent: Secret<Uint8Array>,
  context: Uint8Array,
  length = 32,
): Secret<Uint8Array<ArrayBuffer>> =>
  parent.open((bytes) => new Secret(hkdf("sha256", bytes, new Uint8Array(0), concatBytes(labelBytes(label), context), length)));

/**
 * HKDF as RFC 5869 has it, for protocols that bring labels of their own (HPKE, SFrame). `length` is at most 255 times
 * the digest's.
 */
export function hkdf(
  hash: "sha256" | "sha512",
  parent: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array<ArrayBuffer> {
  const digest = hash === "sha256" ? nobleSha256 : nobleSha512;
  return Uint8Array.from(expand(digest, extract(digest, parent, salt), info, length));
}

/** HKDF-Extract with SHA-256, 32 bytes. */
export const hkdfExtract = (salt: Uint8Array, parent: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(extract(nobleSha256, parent, salt));

/** HKDF-Expand with SHA-256. */
export const hkdfExpand = (key: Uint8Array, info: Uint8Array, length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(expand(nobleSha256, key, info, length));
