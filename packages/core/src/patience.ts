/** What a server may ask of our patience, and what it may claim of numbers and times. [Y9] [C21] [C24] [R39] */
import { after, instant, type Duration, type Instant } from "@megachat/base";

const LEAST_WAIT = 1000 as Duration;
const MOST_WAIT = 600_000 as Duration;
const DAY = 86_400_000;

/** When to ask again a server that wants us to wait so many milliseconds: never at once, and never in a year. */
export const retryAfter = (now: Instant, milliseconds: number): Instant =>
  after(now, Math.min(Math.max(milliseconds, LEAST_WAIT), MOST_WAIT) as Duration);

/** When the server stored a row, as far as that can be: a time to come is none, and no clock could show it. */
export const storedTime = (claimed: number, now: Instant): Instant => instant(claimed > now + DAY ? now : claimed);

/** No device ever gets there: whoever claims it wants the numbers to run out. */
export const isSequence = (claimed: number): boolean => claimed < 2 ** 48;
