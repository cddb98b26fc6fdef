/** Digits that two people compare, over another channel, to know that nobody stands between them. [K16] [K17] */
import { compareBytes, concatBytes } from "@megachat/base";
import { hash256, hash512, sha256 } from "./hash.ts";
import { labels } from "./labels.ts";

/** An account as far as a safety number goes. */
export interface Identity {
  /** 16 bytes. */
  readonly account: Uint8Array;
  /** Which identity of the account: 0 for the first. */
  readonly n: number;
  /** Ed25519, 32 bytes. */
  readonly identityKey: Uint8Array;
}

/** 60 digits, the same on both sides: 12 groups of five, each from five bytes of a SHA-512 modulo 100,000. */
export function safetyNumber(one: Identity, other: Identity): string {
  const digest = hash512(labels.safetyNumber, ...[identityBytes(one), identityBytes(other)].toSorted(compareBytes));
  let digits = "";
  for (let group = 0; group < 12; group++) digits += decimal(digest.subarray(5 * group, 5 * group + 5), 5);
  return digits;
}

/**
 * 8 digits of a call: `exporter` is the group's exporter for this call (32 bytes), the joins are the two signed joins as
 * they travelled. Shown, never compared by a program: 27 bits would be too few.
 */
export function callCode(exporter: Uint8Array, oneJoin: Uint8Array, otherJoin: Uint8Array): string {
  if (exporter.length !== 32) throw new RangeError("an exporter is 32 bytes");
  const digest = hash256(labels.callCode, exporter, ...[sha256(oneJoin), sha256(otherJoin)].toSorted(compareBytes));
  return decimal(digest.subarray(0, 6), 8);
}

/** account ‖ n (u16) ‖ identity key: of fixed length. */
export function identityBytes({ account, n, identityKey }: Identity): Uint8Array<ArrayBuffer> {
  if (account.length !== 16 || identityKey.length !== 32 || n > 0xffff) throw new RangeError("not an identity");
  return concatBytes(account, Uint8Array.of(n >> 8, n & 255), identityKey);
}

/** The last `digits` decimal digits of at most six big-endian bytes. */
function decimal(bytes: Uint8Array, digits: number): string {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return (value % 10 ** digits).toString().padStart(digits, "0");
}
