import { instant } from "@megachat/base";
import { expect, test } from "vitest";
import { forwardClock } from "./powers.ts";

test("[V15] a clock that is set back goes on from where it was, and what is ahead stays due", () => {
  let wall = 1_000_000;
  const clock = forwardClock({ now: () => instant(wall) });
  expect(clock.now()).toBe(1_000_000);
  wall -= 86_400_000;
  expect(clock.now()).toBe(1_000_000);
  wall += 60_000;
  expect(clock.now()).toBe(1_060_000);
  // Once more, and forward again: a clock that is right, or ahead, is taken at its word.
  wall -= 5_000;
  expect(clock.now()).toBe(1_060_000);
  wall += 2 * 86_400_000;
  expect(clock.now()).toBe(1_060_000 + 2 * 86_400_000);
});
