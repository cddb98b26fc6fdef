import fc from "fast-check";
import { expect, test } from "vitest";
import { readFromTab } from "./media.ts";

const call = "0123456789abcdef0123456789abcdef";
const event = (value: unknown): unknown => ({ type: "event", call, event: value });

test("[V37] events of the contract are taken, with the tab's own name on them", () => {
  const on = { at: "on" };
  const refused = { at: "refused", why: "blocked" };
  const quality = {
    path: "direct",
    roundTrip: 12.5,
    loss: 0,
    bitsIn: 1,
    bitsOut: 2,
    picture: null,
    framesOpened: 1,
    framesRefused: 0,
    framesSealed: 3,
  };
  for (const each of [
    { type: "captured", microphone: on, camera: refused, screen: false, held: false },
    { type: "connected" },
    { type: "opened" },
    { type: "silent", forMs: 3000.25 },
    { type: "noPath", generation: 1 },
    { type: "quality", quality },
    { type: "candidates", generation: 0, candidates: [] },
    { type: "failed", why: "protectionLost" },
  ]) {
    expect(readFromTab("tab", event(each))).toEqual({ type: "event", page: "tab", call, event: each });
  }
  expect(readFromTab("tab", { type: "has", call })).toEqual({ type: "has", page: "tab", call });
});

test("[V37] everything else is refused, whatever it is, and nothing throws", () => {
  const bad = [
    { type: "captured", microphone: { at: "on" }, screen: false, held: false },
    { type: "captured", microphone: { at: "on" }, camera: { at: "on" } },
    { type: "captured", microphone: { at: "on" }, camera: { at: "on" }, screen: "yes", held: false },
    { type: "captured", microphone: { at: "refused", why: "because" }, camera: { at: "on" }, screen: false, held: false },
    { type: "silent", forMs: Number.NaN },
    { type: "silent", forMs: -1 },
    { type: "noPath", generation: 70_000 },
    { type: "candidates", generation: 0, candidates: Array.from({ length: 100 }, () => ({})) },
    { type: "offered", offer: {}, workerKey: new Uint8Array(32) },
    { type: "connected", more: 1 },
    { type: "toString" },
    { type: "__proto__" },
    null,
    "connected",
  ];
  for (const each of bad) expect(readFromTab("tab", event(each))).toBeNull();
  expect(readFromTab("tab", { type: "gone", call })).toBeNull();
  expect(readFromTab("tab", { type: "has", call: "short" })).toBeNull();
  const near = fc.record({
    type: fc.constantFrom("event", "has", "gone"),
    call: fc.constantFrom(call, "x"),
    event: fc.record({ type: fc.string(), offer: fc.anything(), candidates: fc.anything() }),
  });
  fc.assert(
    fc.property(fc.oneof(fc.anything(), near), (value) => {
      const read = readFromTab("tab", value);
      if (read) expect(read.page).toBe("tab");
    }),
    { numRuns: 20_000 },
  );
});
