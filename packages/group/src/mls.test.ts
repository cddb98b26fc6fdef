import { expect, test } from "vitest";
import { call, must } from "./mls.ts";

// Last in this file: a lost module stays lost, and each test file has a module of its own.
test("[G26] a refusal is a word; anything else, a panic above all, ends the use of the module", () => {
  const refuse = (): never => {
    throw new Error("proposals");
  };
  expect(call(refuse)).toEqual({ ok: false, error: { word: "proposals" } });
  expect(() => must(refuse)).toThrow("refused: proposals");
  expect(call(() => 7)).toEqual({ ok: true, value: 7 });

  expect(() =>
    call(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    }),
  ).toThrow("unreachable");
  expect(() => call(() => 7)).toThrow("restart from storage");
});
