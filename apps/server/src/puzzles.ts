/**
 * Client puzzles: SHA-256(seed ‖ nonce as u64) begins with so many zero bits. [S17]
 *
 * A seed says what it is for and carries our MAC, so nothing is kept for one that is never answered, and asking for
 * many takes nothing from anybody else. An answered one counts once.
 */
import { createHash, createHmac } from "node:crypto";
import { bytesEqual, concatBytes, encodeUtf8, u64, type Clock, type Random } from "@megachat/base";

export interface Puzzle {
  readonly seed: Uint8Array<ArrayBuffer>;
  readonly bits: number;
}
export interface PuzzleAnswer {
  readonly seed: Uint8Array;
  readonly nonce: number;
}

export interface Puzzles {
  /** A puzzle whose answer is taken after `waitMs` (at most 255 s) and for five minutes from then. */
  readonly make: (purpose: string, bits: number, waitMs: number) => Puzzle;
  /** Milliseconds to wait still, 0 when the answer is good and now used up, null when it is no answer. */
  readonly redeem: (purpose: string, answer: PuzzleAnswer) => number | null;
}

const GOOD_FOR_SECONDS = 300;
const MAC_BYTES = 8;

export function createPuzzles(random: Random, clock: Clock): Puzzles {
  const key = random.bytes(32);
  const used = new Map<string, number>();
  const seconds = (): number => Math.floor(clock.now() / 1000);

  // Seed: seconds (u32) ‖ bits ‖ wait in seconds ‖ 2 random bytes ‖ MAC.
  const macOf = (purpose: string, head: Uint8Array): Uint8Array =>
    createHmac("sha256", key).update(head).update(encodeUtf8(purpose)).digest().subarray(0, MAC_BYTES);

  const forget = (now: number): void => {
    for (const [seed, until] of used) {
      if (until > now) break;
      used.delete(seed);
    }
  };

  return {
    make: (purpose, bits, waitMs) => {
      const at = seconds();
      const wait = Math.min(255, Math.ceil(waitMs / 1000));
      const head = concatBytes(u64(at).subarray(4), Uint8Array.of(bits, wait), random.bytes(2));
      return { seed: concatBytes(head, macOf(purpose, head)), bits };
    },
    redeem: (purpose, { seed, nonce }) => {
      const head = seed.subarray(0, 8);
      const [, , , , bits = 255, wait = 0] = head;
      if (!bytesEqual(macOf(purpose, head), seed.subarray(8)) || !isSolved(seed, bits, nonce)) return null;
      const from = new DataView(head.buffer, head.byteOffset).getUint32(0) + wait;
      const now = seconds();
      if (now >= from + GOOD_FOR_SECONDS) return null;
      if (now < from) return Math.max(1, from * 1000 - clock.now());
      const name = Buffer.from(seed).toString("base64");
      forget(now);
      if (used.has(name)) return null;
      used.set(name, now + GOOD_FOR_SECONDS);
      return 0;
    },
  };
}

function isSolved(seed: Uint8Array, bits: number, nonce: number): boolean {
  const digest = createHash("sha256")
    .update(concatBytes(seed, u64(nonce)))
    .digest();
  let zeros = 0;
  for (const byte of digest) {
    if (byte !== 0) return zeros + Math.clz32(byte) - 24 >= bits;
    zeros += 8;
  }
  return zeros >= bits;
}
