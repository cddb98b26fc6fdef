import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { labelBytes, labels } from "./labels.ts";
import { nextInLog, startOfLog } from "./log-chain.ts";

const log = fc.uint8Array({ minLength: 16, maxLength: 16 });
const envelopes = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 6 });
const hashOf = (id: Uint8Array, rows: readonly Uint8Array[]): string =>
  Buffer.from(rows.reduce<Uint8Array>(nextInLog, startOfLog(id))).toString("hex");

test("[K15] the chain is SHA-256 over labels, as another implementation has it", () => {
  fc.assert(
    fc.property(log, envelopes, (id, rows) => {
      const digest = (...parts: readonly Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
      let expected = digest(labelBytes(labels.logStart), id);
      for (const row of rows) expected = digest(labelBytes(labels.logNext), expected, digest(row));
      expect(hashOf(id, rows)).toBe(expected.toString("hex"));
    }),
  );
});

test("[K15] a row changed, dropped, doubled or moved, and another log, give another hash from there on", () => {
  fc.assert(
    fc.property(
      log,
      fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 9 }), { minLength: 2, maxLength: 6, selector: String }),
      (id, rows) => {
        const [first = new Uint8Array(0), ...rest] = rows;
        const others = [
          hashOf(id, rest),
          hashOf(id, [first, ...rows]),
          hashOf(id, [...rest, first]),
          hashOf(id, [Uint8Array.from([...first, 0]), ...rest]),
          hashOf(id.with(0, (id[0] ?? 0) ^ 1), rows),
        ];
        expect(others).not.toContain(hashOf(id, rows));
      },
    ),
  );
});

test("[K15] a log's id is 16 bytes", () => {
  expect(() => startOfLog(new Uint8Array(15))).toThrow(RangeError);
});
