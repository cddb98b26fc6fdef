/** Time is given, never taken: an {@link Instant} comes from a {@link Clock} and a {@link Duration} says its unit. */
import type { Brand } from "./brand.ts";

/** Milliseconds since 1970-01-01T00:00:00Z, an integer. */
export type Instant = Brand<number, "Instant">;
/** Milliseconds. */
export type Duration = Brand<number, "Duration">;

export interface Clock {
  /** The wall clock. It may jump. */
  readonly now: () => Instant;
}

/** The first and last moment that a calendar can show (ECMAScript §21.4.1.1). */
const FURTHEST = 8_640_000_000_000_000;
/** Claimed times come from others: one beyond every calendar becomes the calendar's last, which screens can show. */
export const instant = (milliseconds: number): Instant =>
  Math.min(Math.max(Math.trunc(milliseconds), -FURTHEST), FURTHEST) as Instant;
export const seconds = (n: number): Duration => (n * 1000) as Duration;
export const minutes = (n: number): Duration => seconds(n * 60);
export const hours = (n: number): Duration => minutes(n * 60);
export const days = (n: number): Duration => hours(n * 24);
export const after = (start: Instant, wait: Duration): Instant => (start + wait) as Instant;
/** How long ago `start` was; negative when the clock went back. */
export const since = (start: Instant, now: Instant): Duration => (now - start) as Duration;
