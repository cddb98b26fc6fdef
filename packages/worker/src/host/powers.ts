/** Time and chance of the host, in a browser's worker and in Node alike. */
import { instant, toBase64Url, type Clock, type Instant, type Random } from "@megachat/base";

export const hostRandom: Random = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };
// oxlint-disable-next-line no-restricted-properties -- the adapter of the wall clock.
export const wallClock: Clock = { now: () => instant(Date.now()) };
/**
 * The same time, but never going back: where `clock` is set back, this one goes on from where it was. What is due in a
 * minute would otherwise be due a day later, when somebody's wrong clock is put right. [V15]
 */
export function forwardClock(clock: Clock): Clock {
  let ahead = 0;
  let last = -Infinity;
  return {
    now: () => {
      const wall = clock.now();
      if (wall + ahead < last) ahead = last - wall;
      last = wall + ahead;
      return instant(last);
    },
  };
}
/** Never goes back, whatever is done to the wall clock. */
export const steadyClock = (): Instant => instant(performance.timeOrigin + performance.now());
/** A name that nobody else draws: 16 random bytes as text. */
export const freshId = (random: Random): string => toBase64Url(random.bytes(16));
/** Lets the host's other events in. */
export const pause = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
