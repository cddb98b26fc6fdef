import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { puzzleIsSolved, solvePuzzle } from "./puzzle.ts";

const seed = fc.uint8Array({ minLength: 16, maxLength: 16 });

test("[K19] a nonce solves a puzzle when SHA-256(seed ‖ nonce) begins with that many zero bits", () => {
  fc.assert(
    fc.property(seed, fc.nat(), fc.integer({ min: 0, max: 12 }), (bytes, nonce, bits) => {
      const counter = Buffer.alloc(8);
      counter.writeBigUInt64BE(BigInt(nonce));
      const digest = createHash("sha256").update(bytes).update(counter).digest();
      const zeros = [...digest]
        .map((byte) => byte.toString(2).padStart(8, "0"))
        .join("")
        .indexOf("1");
      expect(puzzleIsSolved(bytes, bits, nonce)).toBe(zeros >= bits);
    }),
    { numRuns: 2000 },
  );
});

test("[K19] solving finds the first answer, whatever the portions it is tried in", () => {
  const bytes = new Uint8Array(16).fill(5);
  let answer: number | undefined;
  let tried = 0;
  while (answer === undefined) {
    answer = solvePuzzle(bytes, 10, tried, 100);
    tried += 100;
  }
  expect(puzzleIsSolved(bytes, 10, answer)).toBe(true);
  expect(solvePuzzle(bytes, 10, 0, answer)).toBe(undefined);
  expect(solvePuzzle(bytes, 10, 0, answer + 1)).toBe(answer);
});
