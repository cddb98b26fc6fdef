/** The time on the screen: one timer for all that show "5 min" or "04:12". */
import { since, type Clock, type Duration, type Instant } from "@megachat/base";
import { useSyncExternalStore } from "react";
import { useEnvironment } from "../environment.ts";

export interface Ticker {
  readonly get: () => Instant;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createTicker(clock: Clock, everyMs: number): Ticker {
  let now = clock.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  return {
    get: () => now,
    subscribe: (listener) => {
      if (listeners.size === 0) {
        now = clock.now();
        timer = setInterval(() => {
          now = clock.now();
          for (const each of listeners) each();
        }, everyMs);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
  };
}

/** Now, renewed each `pace`. */
export function useNow(pace: "second" | "minute"): Instant {
  const ticker = useEnvironment().tickers[pace];
  return useSyncExternalStore(ticker.subscribe, ticker.get);
}

/** How long until `at`; a second when it is over, because the next moment decides. */
export const spanUntil = (at: Instant, now: Instant): Duration => (at - now < 1_000 ? (1_000 as Duration) : since(now, at));
