/** Which words fit a moment: relative up to a day, then dates. The words themselves are the screen's. [U15] */
import type { Instant } from "@megachat/base";

export type When =
  | { readonly type: "now" }
  | { readonly type: "minutesAgo"; readonly minutes: number }
  | { readonly type: "hoursAgo"; readonly hours: number }
  | { readonly type: "weekday"; readonly at: Instant }
  | { readonly type: "dayOfYear"; readonly at: Instant }
  | { readonly type: "fullDate"; readonly at: Instant };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `yearOf` is the local calendar's. A moment that lies ahead (clocks differ) is "now" up to an hour, then its date. */
export function whenWas(at: Instant, now: Instant, yearOf: (at: Instant) => number): When {
  const ago = now - at;
  if (ago < minuteMs && ago > -hourMs) return { type: "now" };
  if (ago >= 0 && ago < hourMs) return { type: "minutesAgo", minutes: Math.floor(ago / minuteMs) };
  if (ago >= 0 && ago < dayMs) return { type: "hoursAgo", hours: Math.floor(ago / hourMs) };
  if (ago >= 0 && ago < 6 * dayMs) return { type: "weekday", at };
  return yearOf(at) === yearOf(now) ? { type: "dayOfYear", at } : { type: "fullDate", at };
}

export type Day = "today" | "yesterday" | "other";

/** Which word heads a day of the history. `dayOf` numbers local days without gaps. */
export function dayWord(at: Instant, now: Instant, dayOf: (at: Instant) => number): Day {
  const back = dayOf(now) - dayOf(at);
  return back === 0 ? "today" : back === 1 ? "yesterday" : "other";
}
