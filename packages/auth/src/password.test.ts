import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_PASSWORD_BYTES, parsePassword } from "./password.ts";

const textOf = (typed: string): string | undefined => {
  const password = parsePassword(typed);
  return password.ok ? password.value.open((text) => text) : undefined;
};

test("[A15] A02 spellings of one text are one password, and different texts stay different", () => {
  expect(textOf("caf\u0065\u0301")).toBe(textOf("caf\u00e9"));
  const apart = [
    "b\u0100",
    "c\u0100",
    "a\0b",
    "a\0c",
    "a",
    "\ud83d\udc0e",
    "\ud83d\udc0f",
    "pass",
    "pass ",
    " pass",
    "Pass",
    "ﬁ",
    "fi",
  ];
  expect(new Set(apart.map(textOf)).size).toBe(apart.length);
});

test("[A15] A02 nothing is cut off: what is too long is refused", () => {
  expect(textOf("x".repeat(MAX_PASSWORD_BYTES))).toHaveLength(MAX_PASSWORD_BYTES);
  for (const long of ["x".repeat(MAX_PASSWORD_BYTES + 1), "é".repeat(513), "x".repeat(1 << 20)]) {
    expect(parsePassword(long)).toEqual({ ok: false, error: { type: "tooLong" } });
  }
});

test("[A15] an empty password and text that is none are refused", () => {
  expect(parsePassword("")).toEqual({ ok: false, error: { type: "empty" } });
  expect(parsePassword("a\ud800")).toEqual({ ok: false, error: { type: "notText" } });
});

test("[A15] parsing is total and settles after one step", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 1200 }), (typed) => {
      const text = textOf(typed);
      if (text !== undefined && text.length <= MAX_PASSWORD_BYTES) expect(textOf(text)).toBe(text);
    }),
  );
});
