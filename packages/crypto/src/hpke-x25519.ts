/**
 * HPKE (RFC 9180) base mode with DHKEM(X25519, HKDF-SHA-256), for keys that live as long as a worker. [K13] [K14]
 *
 * It is how the core worker hands frame keys to the media worker of the same browser; nothing sealed with it leaves the
 * machine, so it needs no post-quantum half and loads none.
 */
import { concatBytes, encodeUtf8, err, ok, Secret, type Random, type Result } from "@megachat/base";
import { refused, type Refused } from "./aead.ts";
import { labeledExpand, labeledExtract, scheduleOpen, scheduleSeal, u16 } from "./hpke-schedule.ts";
import { labelBytes, type Label } from "./labels.ts";
import { x25519PublicKey, x25519Shared } from "./x25519.ts";

const DHKEM_X25519 = 0x0020;
const SUITE = concatBytes(encodeUtf8("KEM"), u16(DHKEM_X25519));
const EMPTY = new Uint8Array(0);

/** `enc` is 32 bytes. */
export interface X25519Message {
  readonly enc: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

/** An X25519 private key, 32 bytes. */
export type X25519Seed = Secret<Uint8Array<ArrayBuffer>>;
export const newX25519Seed = (random: Random): X25519Seed => new Secret(random.bytes(32));

export const x25519KeyOf = (seed: Secret<Uint8Array>): Uint8Array<ArrayBuffer> => seed.open(x25519PublicKey);

/** Seals to a public key, bound to label and `context`. */
export function sealToX25519(
  random: Random,
  label: Label<"hpke">,
  publicKey: Uint8Array,
  context: Uint8Array,
  plaintext: Uint8Array,
): Result<X25519Message, { readonly type: "badKey" }> {
  const ephemeral = random.bytes(32);
  const enc = x25519PublicKey(ephemeral);
  const shared = sharedSecret(ephemeral, publicKey, enc, publicKey);
  ephemeral.fill(0);
  if (!shared) return err({ type: "badKey" });
  const info = concatBytes(labelBytes(label), context);
  return ok({ enc, ciphertext: scheduleSeal(DHKEM_X25519, shared, info, EMPTY, plaintext) });
}

export function openFromX25519(
  label: Label<"hpke">,
  seed: Secret<Uint8Array>,
  context: Uint8Array,
  message: X25519Message,
): Result<Uint8Array<ArrayBuffer>, Refused> {
  const shared = seed.open((bytes) => sharedSecret(bytes, message.enc, message.enc, x25519PublicKey(bytes)));
  const info = concatBytes(labelBytes(label), context);
  return shared ? scheduleOpen(DHKEM_X25519, shared, info, EMPTY, message.ciphertext) : refused;
}

/** §4.1, ExtractAndExpand over the Diffie-Hellman value. */
export function sharedSecret(own: Uint8Array, other: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array | undefined {
  const dh = x25519Shared(own, other);
  if (!dh) return undefined;
  const key = labeledExtract(SUITE, EMPTY, "eae_prk", dh);
  return labeledExpand(SUITE, key, "shared_secret", concatBytes(enc, recipient), 32);
}
