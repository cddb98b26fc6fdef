import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Connection } from "./connection.ts";
import { watch } from "./monitor.ts";
import type { WorkerLink } from "./worker-link.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection of which the test says what arrives. */
function watched() {
  const told: string[] = [];
  const state = { bytes: 0, coming: true, broken: false };
  const connection = {
    stats: async () => {
      if (state.broken) throw new Error("no statistics");
      if (state.coming) state.bytes += 100;
      const { bytes } = state;
      return [{ id: "a", type: "inbound-rtp", kind: "audio", packetsReceived: bytes, bytesReceived: bytes }];
    },
  };
  const watching = watch(connection as unknown as Connection, { count: async () => [] } as unknown as WorkerLink, {
    onSilent: () => told.push("silent"),
    onHeard: () => told.push("heard"),
    onQuality: () => {},
    onPicture: () => {},
    onUnprotected: () => told.push("unprotected"),
  });
  return { told, state, watching, pass: async (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

test("[M17] a second without a packet is silence, said again every three seconds until something is heard", async () => {
  const it = watched();
  await it.pass(2_000);
  it.state.coming = false;
  await it.pass(500);
  expect(it.told).toEqual([]);
  await it.pass(1_500);
  expect(it.told).toEqual(["silent"]);
  await it.pass(6_000);
  expect(it.told).toEqual(["silent", "silent", "silent"]);
  it.state.coming = true;
  await it.pass(2_000);
  expect(it.told).toEqual(["silent", "silent", "silent", "heard"]);
  it.watching[Symbol.dispose]();
});

test("[M16] where nobody can look any more, what leaves counts as unprotected; not after the end", async () => {
  const it = watched();
  await it.pass(1_000);
  it.state.broken = true;
  await it.pass(1_000);
  expect(it.told).toEqual(["unprotected"]);
  const over = watched();
  await over.pass(1_000);
  over.watching[Symbol.dispose]();
  over.state.broken = true;
  await over.pass(5_000);
  expect(over.told).toEqual([]);
});
