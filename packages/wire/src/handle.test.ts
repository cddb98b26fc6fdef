import fc from "fast-check";
import { expect, test } from "vitest";
import { parseHandle } from "./handle.ts";

test("[S11] a name has one spelling, which parses to itself", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "A", "b", "Z", "0", "9", ".", "_", "-", " ", "é", "‐", "ａ"), maxLength: 40 }),
      (text) => {
        const handle = parseHandle(text);
        if (!handle.ok) return;
        expect(handle.value).toMatch(/^[a-z][a-z0-9._-]{2,31}$/);
        expect(parseHandle(handle.value)).toEqual(handle);
        expect(parseHandle(` ${text.toUpperCase()} `)).toEqual(handle);
      },
    ),
  );
});

test("[S11] good names are good, and look-alikes, marks in a row and odd lengths are not", () => {
  for (const name of ["bob", "b0b", "anna.maria", "a_b-c.d", "x".repeat(32)])
    expect(parseHandle(name)).toEqual({ ok: true, value: name });
  for (const name of [
    "",
    "ab",
    "x".repeat(33),
    "a..b",
    "a.-b",
    ".ab",
    "ab.",
    "1ab",
    "аnna",
    "straße",
    "a b",
    "a\u200bb",
    "K\u212aM",
  ]) {
    expect(parseHandle(name).ok, name).toBe(false);
  }
});
