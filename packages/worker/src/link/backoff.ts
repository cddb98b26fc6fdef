/** How long to wait before the next try. [V6] */
import { seconds, type Duration } from "@megachat/base";

const FIRST = seconds(0.5);
const LONGEST = seconds(30);

/**
 * Doubles with each failed try from half a second to 30 s; `chance`, 0 ≤ chance < 1, takes up to half of it away, so
 * that the clients of a server that comes back do not come all at once.
 */
export function backoff(attempt: number, chance: number): Duration {
  // 2^6 · FIRST is beyond LONGEST, and a larger exponent could leave the range of integers.
  const whole = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 6));
  return Math.trunc(whole * (1 - chance / 2)) as Duration;
}
