/** The platform's clocks and chance, as ports. Built in the composition root only. */
import { randomBytes } from "node:crypto";
import { instant, type Clock, type Random } from "@megachat/base";

/** The wall clock, which people and other machines share. It jumps where the machine's does: after sleep, and when it is set. */
// oxlint-disable-next-line no-restricted-properties -- the adapter of the wall clock.
export const wallClock: Clock = { now: () => instant(Date.now()) };
/** Milliseconds since the process started. Never jumps, so waits and budgets are measured with it. */
export const steadyClock: Clock = { now: () => instant(performance.now()) };

export const systemRandom: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };
