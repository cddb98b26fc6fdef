/**
 * SFrame's key derivation and AEAD (RFC 9605 §4.4) with the two suites whose tags have 16 bytes. Short tags can be
 * forged by trying, so the suites that have them do not exist here. [M7]
 */
import { concatBytes, encodeUtf8, err, ok, u64, type Result } from "@megachat/base";
import { encodeHeader, parseHeader, type SFrameHeader } from "./header.ts";

/** A row of RFC 9605 §8.1. */
export interface Suite {
  readonly id: number;
  readonly keyBytes: 16 | 32;
  readonly hash: "SHA-256" | "SHA-512";
}
/** AES_128_GCM_SHA256_128 */
export const aes128Gcm: Suite = { id: 4, keyBytes: 16, hash: "SHA-256" };
/** AES_256_GCM_SHA512_128, the one that calls use. */
export const aes256Gcm: Suite = { id: 5, keyBytes: 32, hash: "SHA-512" };

export const TAG_BYTES = 16;
const NONCE_BYTES = 12;

/** A key as its id names it. The AES key cannot be exported. */
export interface CipherKey {
  readonly kid: bigint;
  readonly key: CryptoKey;
  readonly salt: Uint8Array<ArrayBuffer>;
}

/** §4.4.2: from a base key of one sender to key and salt. */
export async function deriveCipherKey(
  subtle: SubtleCrypto,
  suite: Suite,
  kid: bigint,
  baseKey: Uint8Array<ArrayBuffer>,
): Promise<CipherKey> {
  const base = await subtle.importKey("raw", baseKey, "HKDF", false, ["deriveBits"]);
  const expand = (label: string, length: number): Promise<ArrayBuffer> =>
    subtle.deriveBits(
      {
        name: "HKDF",
        hash: suite.hash,
        salt: new Uint8Array(0),
        info: concatBytes(encodeUtf8(label), kidBytes(kid), Uint8Array.of(suite.id >> 8, suite.id & 255)),
      },
      base,
      8 * length,
    );
  const secret = await expand("SFrame 1.0 Secret key ", suite.keyBytes);
  const salt = await expand("SFrame 1.0 Secret salt ", NONCE_BYTES);
  const key = await subtle.importKey("raw", secret, "AES-GCM", false, ["encrypt", "decrypt"]);
  new Uint8Array(secret).fill(0);
  return { kid, key, salt: new Uint8Array(salt) };
}

/** §4.4.3: header ‖ ciphertext ‖ tag. The caller never gives one counter twice for one key. */
export async function sealWith(
  subtle: SubtleCrypto,
  key: CipherKey,
  counter: bigint,
  metadata: Uint8Array,
  plaintext: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = encodeHeader({ kid: key.kid, counter });
  const sealed = await subtle.encrypt(parameters(key, counter, header, metadata), key.key, plaintext);
  return concatBytes(header, new Uint8Array(sealed));
}

/** A frame whose header has been read, so that its key can be looked for before anything is spent on it. */
export interface ParsedFrame {
  readonly header: SFrameHeader;
  readonly headerBytes: Uint8Array<ArrayBuffer>;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

export function parseFrame(bytes: Uint8Array<ArrayBuffer>): Result<ParsedFrame, { readonly type: "malformed" }> {
  const read = parseHeader(bytes);
  if (!read.ok || bytes.length < read.value.length + TAG_BYTES) return err({ type: "malformed" });
  const { header, length } = read.value;
  return ok({ header, headerBytes: bytes.subarray(0, length), sealed: bytes.subarray(length) });
}

/** §4.4.4. `forged` says no more than that the tag does not match. */
export async function openWith(
  subtle: SubtleCrypto,
  key: CipherKey,
  frame: ParsedFrame,
  metadata: Uint8Array,
): Promise<Result<Uint8Array<ArrayBuffer>, { readonly type: "forged" }>> {
  try {
    const opened = await subtle.decrypt(parameters(key, frame.header.counter, frame.headerBytes, metadata), key.key, frame.sealed);
    return ok(new Uint8Array(opened));
  } catch {
    return err({ type: "forged" });
  }
}

function parameters(key: CipherKey, counter: bigint, header: Uint8Array, metadata: Uint8Array): AesGcmParams {
  const iv = new Uint8Array(key.salt);
  let left = counter;
  for (let at = NONCE_BYTES - 1; left > 0n; at--, left >>= 8n) iv[at] = (iv[at] ?? 0) ^ Number(left & 255n);
  return { name: "AES-GCM", iv, additionalData: concatBytes(header, metadata), tagLength: 8 * TAG_BYTES };
}

/** The KID as eight bytes: beyond 2^53 the halves are joined by hand. */
function kidBytes(kid: bigint): Uint8Array<ArrayBuffer> {
  const high = u64(Number(kid >> 32n));
  const low = u64(Number(kid & 0xffff_ffffn));
  return concatBytes(high.subarray(4), low.subarray(4));
}
