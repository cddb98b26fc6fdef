/** A client puzzle: SHA-256(seed ‖ nonce as u64) begins with a number of zero bits. It prices guesses, nothing else. [K19] */
import { concatBytes, u64 } from "@megachat/base";
import { sha256 } from "@noble/hashes/sha2.js";

export const puzzleIsSolved = (seed: Uint8Array, bits: number, nonce: number): boolean =>
  leadingZeros(sha256(concatBytes(seed, u64(nonce)))) >= bits;

/** Tries `count` nonces from `from` on: whoever calls lets other work in between. About 2^bits tries find one. */
export function solvePuzzle(seed: Uint8Array, bits: number, from: number, count: number): number | undefined {
  for (let nonce = from; nonce < from + count; nonce++) if (puzzleIsSolved(seed, bits, nonce)) return nonce;
  return undefined;
}

function leadingZeros(digest: Uint8Array): number {
  let zeros = 0;
  for (const byte of digest) {
    if (byte !== 0) return zeros + Math.clz32(byte) - 24;
    zeros += 8;
  }
  return zeros;
}
