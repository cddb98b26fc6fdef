import { expect, test } from "vitest";
import { instant } from "./time.ts";

test("[C21] a claimed time beyond every calendar becomes one that a screen can show", () => {
  for (const claimed of [Number.MAX_SAFE_INTEGER, 2 ** 53, -(2 ** 60), Infinity, 1.5, 0]) {
    expect(() => new Date(instant(claimed)).toISOString()).not.toThrow();
  }
  expect(instant(1_800_000_000_000.9)).toBe(1_800_000_000_000);
});
