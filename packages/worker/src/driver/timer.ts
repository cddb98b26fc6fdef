/** One alarm at a time, as a port: the host's timer, or simulated time in tests. */
import { after, type Duration, type Instant } from "@megachat/base";

export interface Timer {
  /** Calls `run` once, when `time` has come or somewhat later. Returns the way to cancel. */
  readonly at: (time: Instant, now: Instant, run: () => void) => () => void;
}

// Timers stand still while a machine sleeps, and overflow at 2^31 ms: never sleep long, look again instead.
const LONGEST_MS = 30_000;

/** The host's timer. `run` may come early by design: who set the alarm looks at the clock and sets it anew. */
export const hostTimer: Timer = {
  at: (time, now, run) => {
    const handle = setTimeout(run, Math.min(Math.max(0, time - now), LONGEST_MS));
    return () => clearTimeout(handle);
  },
};

/** Ends when this much time has passed on a clock that never goes back. */
export async function sleep(timer: Timer, steady: () => Instant, time: Duration): Promise<void> {
  const until = after(steady(), time);
  for (let now = steady(); now < until; now = steady()) await new Promise<void>((wake) => timer.at(until, now, wake));
}
