/** Chance that repeats: for tests and vectors, never for keys. */
import { createHash } from "node:crypto";
import type { Random } from "@megachat/base";

/** The bytes SHA-256(seed ‖ 0), SHA-256(seed ‖ 1), … in a row. */
export function seededRandom(seed: string): Random {
  let block = 0;
  let left = new Uint8Array(0);
  return {
    bytes: (count) => {
      const out = new Uint8Array(count);
      for (let at = 0; at < count;) {
        if (left.length === 0) left = new Uint8Array(createHash("sha256").update(`${seed} ${block++}`).digest());
        const part = left.subarray(0, count - at);
        out.set(part, at);
        left = left.subarray(part.length);
        at += part.length;
      }
      return out;
    },
  };
}
