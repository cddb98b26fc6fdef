import { expect, test } from "vitest";
import { createEchoes } from "./draft-echo.ts";

test("[U7] a draft that was saved just before sending does not come back into the emptied field", () => {
  const echoes = createEchoes();
  echoes.told("half");
  echoes.told("half a thought");
  echoes.told("");
  expect(echoes.isEcho("half")).toBe(true);
  expect(echoes.isEcho("half a thought")).toBe(true);
  expect(echoes.isEcho("")).toBe(true);
});

test("[U7] what another tab writes is no echo, the same words later neither", () => {
  const echoes = createEchoes();
  expect(echoes.isEcho("theirs")).toBe(false);
  echoes.told("ours");
  expect(echoes.isEcho("theirs")).toBe(false);
  expect(echoes.isEcho("ours")).toBe(true);
  expect(echoes.isEcho("ours")).toBe(false);
});

test("[U7] the newest answers for those that were passed over", () => {
  const echoes = createEchoes();
  echoes.told("one");
  echoes.told("two");
  expect(echoes.isEcho("two")).toBe(true);
  expect(echoes.isEcho("one")).toBe(false);
});

test("[U7] after a refusal nothing is awaited: what another tab empties is empty here, too", () => {
  const echoes = createEchoes();
  echoes.told("too long");
  echoes.told("");
  echoes.forget();
  expect(echoes.isEcho("")).toBe(false);
});
