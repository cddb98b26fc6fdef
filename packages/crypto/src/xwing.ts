/**
 * X-Wing, draft-connolly-cfrg-xwing-kem-06: X25519 and ML-KEM-768 in one KEM. Whoever breaks only one of the two has
 * broken nothing. [K12]
 */
import { concatBytes, encodeUtf8, err, ok, type Random, type Result } from "@megachat/base";
import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { x25519PublicKey, x25519Shared } from "./x25519.ts";

export const XWING_PUBLIC_KEY = 1216;
export const XWING_CIPHERTEXT = 1120;
const M_PUBLIC_KEY = 1184;
const M_CIPHERTEXT = 1088;

// §5.3: the label is an ASCII picture of an X-wing fighter.
const LABEL = encodeUtf8("\\.//^\\");

interface Shared {
  readonly secret: Uint8Array;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

/** §5.2. `seed` is 32 bytes. */
function expand(seed: Uint8Array) {
  const expanded = shake256(seed, { dkLen: 96 });
  const m = ml_kem768.keygen(expanded.subarray(0, 64));
  const x = expanded.slice(64);
  expanded.fill(0);
  return { m, x, xPublic: x25519PublicKey(x) };
}

export function xwingPublicKey(seed: Uint8Array): Uint8Array<ArrayBuffer> {
  const { m, xPublic } = expand(seed);
  return concatBytes(m.publicKey, xPublic);
}

/** §5.4. Refuses a public key that is not one: of another length, with coefficients out of range, of small order. */
export function xwingEncapsulate(random: Random, publicKey: Uint8Array): Result<Shared, { readonly type: "badKey" }> {
  if (publicKey.length !== XWING_PUBLIC_KEY) return err({ type: "badKey" });
  const chance = random.bytes(64);
  const xPublic = publicKey.subarray(M_PUBLIC_KEY);
  const x = chance.subarray(32);
  const m = encapsulateM(publicKey.subarray(0, M_PUBLIC_KEY), chance.subarray(0, 32));
  const xShared = x25519Shared(x, xPublic);
  if (!m || !xShared) return err({ type: "badKey" });
  const xCiphertext = x25519PublicKey(x);
  chance.fill(0);
  return ok({
    secret: combine(m.sharedSecret, xShared, xCiphertext, xPublic),
    ciphertext: concatBytes(m.cipherText, xCiphertext),
  });
}

/** §5.5. `undefined` for what is no ciphertext; a forged one of the right form gives an unrelated secret instead. */
export function xwingDecapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined {
  if (ciphertext.length !== XWING_CIPHERTEXT) return undefined;
  const { m, x, xPublic } = expand(seed);
  const xCiphertext = ciphertext.subarray(M_CIPHERTEXT);
  const xShared = x25519Shared(x, xCiphertext);
  const mShared = ml_kem768.decapsulate(ciphertext.subarray(0, M_CIPHERTEXT), m.secretKey);
  m.secretKey.fill(0);
  x.fill(0);
  return xShared && combine(mShared, xShared, xCiphertext, xPublic);
}

/** FIPS 203 §7.2: a key whose coefficients are out of range is none. */
function encapsulateM(publicKey: Uint8Array, chance: Uint8Array) {
  try {
    return ml_kem768.encapsulate(publicKey, chance);
  } catch {
    return undefined;
  }
}

/** §5.3. */
const combine = (mShared: Uint8Array, xShared: Uint8Array, xCiphertext: Uint8Array, xPublic: Uint8Array): Uint8Array =>
  sha3_256(concatBytes(mShared, xShared, xCiphertext, xPublic, LABEL));
