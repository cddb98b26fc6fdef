import fc from "fast-check";
import { expect, test } from "vitest";
import { callCode, safetyNumber, type Identity } from "./codes.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const identity: fc.Arbitrary<Identity> = fc.record({
  account: bytes(16),
  n: fc.integer({ min: 0, max: 0xffff }),
  identityKey: bytes(32),
});

test("[K16] a safety number is 60 digits, the same from both sides", () => {
  fc.assert(
    fc.property(identity, identity, (one, other) => {
      const number = safetyNumber(one, other);
      expect(number).toMatch(/^\d{60}$/);
      expect(safetyNumber(other, one)).toBe(number);
    }),
  );
});

test("[K16] C08 it changes with every bit of account, n and key of either side", () => {
  fc.assert(
    fc.property(identity, identity, fc.nat(15), fc.nat(31), fc.nat(7), (one, other, a, k, bit) => {
      const flip = (value: Uint8Array, at: number) => value.with(at, (value[at] ?? 0) ^ (1 << bit));
      const number = safetyNumber(one, other);
      expect(safetyNumber({ ...one, account: flip(one.account, a) }, other)).not.toBe(number);
      expect(safetyNumber({ ...one, identityKey: flip(one.identityKey, k) }, other)).not.toBe(number);
      expect(safetyNumber({ ...one, n: one.n ^ (1 << bit) }, other)).not.toBe(number);
    }),
  );
});

test("[K16] what is no identity is a bug, not a number", () => {
  const good: Identity = { account: new Uint8Array(16), n: 0, identityKey: new Uint8Array(32) };
  for (const bad of [{ account: new Uint8Array(15) }, { n: 0x1_0000 }, { identityKey: new Uint8Array(33) }]) {
    expect(() => safetyNumber(good, { ...good, ...bad })).toThrow(RangeError);
  }
});

test("[K17] a call code is 8 digits of the exporter and both joins, whichever comes first", () => {
  fc.assert(
    fc.property(bytes(32), fc.uint8Array({ minLength: 1 }), fc.uint8Array({ minLength: 1 }), (exporter, one, other) => {
      const code = callCode(exporter, one, other);
      expect(code).toMatch(/^\d{8}$/);
      expect(callCode(exporter, other, one)).toBe(code);
    }),
  );
});

test("[K17] joins are told apart as wholes: moving a byte from one to the other changes the code", () => {
  const exporter = new Uint8Array(32);
  const code = callCode(exporter, Uint8Array.of(1, 2), Uint8Array.of(3));
  expect(callCode(exporter, Uint8Array.of(1), Uint8Array.of(2, 3))).not.toBe(code);
  expect(callCode(exporter.with(0, 1), Uint8Array.of(1, 2), Uint8Array.of(3))).not.toBe(code);
  expect(() => callCode(new Uint8Array(31), exporter, exporter)).toThrow(RangeError);
});
