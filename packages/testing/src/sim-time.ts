/** Simulated time: a queue of things that will happen, run in order, with a seeded source of chance. Milliseconds pass in none. */
import { instant, type Clock, type Instant, type Random } from "@megachat/base";

export interface SimTime extends Clock {
  /** Runs `what` when `ms` milliseconds have passed. */
  readonly in: (ms: number, what: () => void) => void;
  /** Lets time pass until nothing is left to happen before `ms` milliseconds from now. */
  readonly pass: (ms: number) => void;
  /** Moves the wall clock without letting anything happen: a clock that was wrong. */
  readonly jump: (ms: number) => void;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly what: () => void;
}

export function simTime(start = 1_800_000_000_000): SimTime {
  let elapsed = 0;
  let offset = start;
  let order = 0;
  const events: Event[] = [];
  const next = (until: number): Event | undefined => {
    let best = -1;
    events.forEach((event, i) => {
      const leader = events[best];
      if (event.at <= until && (!leader || event.at < leader.at || (event.at === leader.at && event.order < leader.order)))
        best = i;
    });
    return best < 0 ? undefined : events.splice(best, 1)[0];
  };
  return {
    now: (): Instant => instant(offset + elapsed),
    in: (ms, what) => {
      events.push({ at: elapsed + Math.max(0, ms), order: order++, what });
    },
    pass: (ms) => {
      const until = elapsed + ms;
      for (let event = next(until); event; event = next(until)) {
        elapsed = Math.max(elapsed, event.at);
        event.what();
      }
      elapsed = until;
    },
    jump: (ms) => {
      offset += ms;
    },
  };
}

/** Repeatable chance (a 32-bit mixing generator after Steele et al.'s SplitMix). Never for keys outside tests. */
export function seededRandom(seed: number): Random & { readonly below: (n: number) => number } {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => word() & 255),
    below: (n) => word() % n,
  };
}
