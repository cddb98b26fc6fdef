/**
 * The hash chain over a log's envelopes: who has the same hash at a position has seen the same rows before it. [K15]
 */
import { hash256, sha256 } from "./hash.ts";
import { labels } from "./labels.ts";

/** h₀ of a log, whose id is 16 bytes. */
export const startOfLog = (log: Uint8Array): Uint8Array<ArrayBuffer> => {
  if (log.length !== 16) throw new RangeError("a log's id is 16 bytes");
  return hash256(labels.logStart, log);
};

/** hₙ from hₙ₋₁ and the encoding of envelope n. */
export const nextInLog = (previous: Uint8Array, envelope: Uint8Array): Uint8Array<ArrayBuffer> =>
  hash256(labels.logNext, previous, sha256(envelope));
