import { expect, test } from "vitest";
import { seemsInMemory } from "./files-in-memory.ts";

test("[V54] only files that are slow to read and yet durable at once are suspected to lie in memory", () => {
  // In milliseconds, as measured: a private window of Chromium, idle and beside three busy threads.
  for (const times of [
    { read: 0.25, flush: 0 },
    { read: 0.53, flush: 0 },
    { read: 0.24, flush: 0.033 },
    // A machine five times as fast.
    { read: 0.05, flush: 0 },
  ])
    expect(seemsInMemory(times), JSON.stringify(times)).toBe(true);
  // A usual window: on a disk, on a disk in memory, on a slow telephone.
  for (const times of [
    { read: 0, flush: 0.58 },
    { read: 0.003, flush: 0.2 },
    { read: 0, flush: 0 },
    { read: 0.04, flush: 8 },
  ])
    expect(seemsInMemory(times), JSON.stringify(times)).toBe(false);
});
