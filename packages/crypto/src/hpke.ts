/**
 * Sealing to somebody's public key: HPKE (RFC 9180) base mode with X-Wing, one message per encapsulation. [K12–K14]
 *
 * It says nothing about who sealed: what is inside is signed by its author, always.
 */
import { concatBytes, ok, Secret, type Random, type Result } from "@megachat/base";
import { refused, type Refused } from "./aead.ts";
import { scheduleOpen, scheduleSeal } from "./hpke-schedule.ts";
import { labelBytes, type Label } from "./labels.ts";
import { xwingDecapsulate, xwingEncapsulate, xwingPublicKey } from "./xwing.ts";

/** IANA's number of X-Wing in HPKE. */
const XWING = 0x647a;
const EMPTY = new Uint8Array(0);

/** An HPKE ciphertext, in the shape that `HpkeBox` of the wire registry has. */
export interface HpkeMessage {
  readonly type: "hpkeBox";
  readonly enc: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

/** Whom a message is for, and which one it is. It opens for nobody and nothing else. */
export interface Address {
  /** The recipient's account, device or call, 16 bytes. */
  readonly recipient: Uint8Array;
  /** Of any length. */
  readonly id: Uint8Array;
}

/** The 32-byte seed that an X-Wing key pair is made of. */
export type HpkeSeed = Secret<Uint8Array<ArrayBuffer>>;
export const newHpkeSeed = (random: Random): HpkeSeed => new Secret(random.bytes(32));

/** The public key of a seed, 1,216 bytes. */
export const hpkeKeyOf = (seed: Secret<Uint8Array>): Uint8Array<ArrayBuffer> => seed.open(xwingPublicKey);

/** Seals to `publicKey`. The key is a peer's word: one that is none is an error, not a bug. */
export function hpkeSeal(
  random: Random,
  label: Label<"hpke">,
  publicKey: Uint8Array,
  address: Address,
  plaintext: Uint8Array,
): Result<HpkeMessage, { readonly type: "badKey" }> {
  const shared = xwingEncapsulate(random, publicKey);
  if (!shared.ok) return shared;
  const { secret, ciphertext: enc } = shared.value;
  return ok({ type: "hpkeBox", enc, ciphertext: scheduleSeal(XWING, secret, hpkeInfo(label, address), EMPTY, plaintext) });
}

export function hpkeOpen(
  label: Label<"hpke">,
  seed: Secret<Uint8Array>,
  address: Address,
  message: HpkeMessage,
): Result<Uint8Array<ArrayBuffer>, Refused> {
  const shared = seed.open((bytes) => xwingDecapsulate(bytes, message.enc));
  return shared ? scheduleOpen(XWING, shared, hpkeInfo(label, address), EMPTY, message.ciphertext) : refused;
}

/** RFC 9180's `info`: label ‖ recipient ‖ id. */
export function hpkeInfo(label: Label<"hpke">, address: Address): Uint8Array<ArrayBuffer> {
  if (address.recipient.length !== 16) throw new RangeError("a recipient is 16 bytes");
  return concatBytes(labelBytes(label), address.recipient, address.id);
}
