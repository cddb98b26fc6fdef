import fc from "fast-check";
import { expect, test } from "vitest";
import { pad, paddedLength, unpad } from "./padding.ts";

const TYPE = 0x1303;
const bad = { ok: false, error: { type: "badPadding" } };

test("[K10] lengths are 256 to 4,096 in doublings, then Padmé's", () => {
  const expected: readonly (readonly [number, number])[] = [
    [7, 256],
    [256, 256],
    [257, 512],
    [513, 1024],
    [1025, 2048],
    [4096, 4096],
    [4097, 4352],
    [9000, 9216],
    [65_543, 67_584],
    [1_000_000, 1_015_808],
  ];
  for (const [length, padded] of expected) expect(paddedLength(length)).toBe(padded);
});

test("[K10] A12 above 4,096 no more than 12 % is added, lengths never shrink, and few of them exist", () => {
  fc.assert(
    fc.property(fc.integer({ min: 4097, max: 2 ** 31 }), (length) => {
      const padded = paddedLength(length);
      expect(padded).toBeGreaterThanOrEqual(length);
      expect(padded).toBeLessThan(length * 1.12);
      expect(paddedLength(padded)).toBe(padded);
      expect(paddedLength(length + 1)).toBeGreaterThanOrEqual(padded);
    }),
  );
  const lengths = new Set(Array.from({ length: 100_000 }, (_, i) => paddedLength(7 + i)));
  expect(lengths.size).toBeLessThan(100);
});

test("[K11] what was padded comes back, from its own length only", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6000 }), (content) => {
      const padded = pad(TYPE, content);
      expect(padded).toHaveLength(paddedLength(7 + content.length));
      expect(unpad(TYPE, padded)).toEqual({ ok: true, value: content });
      expect(unpad(TYPE, padded.subarray(0, -1))).toEqual(bad);
      expect(unpad(TYPE, new Uint8Array([...padded, 0]))).toEqual(bad);
    }),
  );
});

test("[K11] another type, another version, a length that does not fit and padding that is not zero are refused", () => {
  const padded = pad(TYPE, new Uint8Array(10).fill(9));
  const changed = (at: number, value: number): Uint8Array => padded.with(at, value);
  expect(unpad(TYPE + 1, padded)).toEqual(bad);
  expect(unpad(TYPE, changed(0, 2))).toEqual(bad);
  expect(unpad(TYPE, changed(3, 255))).toEqual(bad);
  expect(unpad(TYPE, changed(5, 1))).toEqual(bad);
  for (let at = 17; at < 256; at++) expect(unpad(TYPE, changed(at, 1))).toEqual(bad);
});

test("[K11] a bucket too large for its content is refused: one padding per content", () => {
  const loose = new Uint8Array(512);
  loose.set(pad(TYPE, Uint8Array.of(1)));
  expect(unpad(TYPE, loose)).toEqual(bad);
});

test("[K11] unpadding is total", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const content = unpad(TYPE, bytes);
      expect(content.ok ? pad(TYPE, content.value) : bytes).toEqual(bytes);
    }),
  );
});
