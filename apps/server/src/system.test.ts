import { afterEach, expect, test, vi } from "vitest";
import { iceServers } from "./turn.ts";
import { steadyClock, systemRandom, wallClock } from "./system.ts";

afterEach(() => vi.useRealTimers());

test("[S35] a relay's credentials are good for ten minutes by the machine's clock, also once it was corrected", () => {
  const relay = { turnUrls: ["turn:turn.example:3478"], turnSecret: "a secret", stunPort: null };
  const steady = steadyClock.now();
  // As after a night of sleep, or a clock that was an hour wrong at the start.
  for (const corrected of [Date.now() + 8 * 3_600_000, Date.now() - 3_600_000]) {
    vi.useFakeTimers({ toFake: ["Date"], now: corrected });
    const { servers } = iceServers(relay, "chat.example", wallClock, systemRandom);
    const expires = Number(servers[0]?.username?.split(":")[0]) * 1000;
    expect(expires - corrected).toBeGreaterThan(9 * 60_000);
    expect(expires - corrected).toBeLessThanOrEqual(10 * 60_000);
    vi.useRealTimers();
  }
  expect(steadyClock.now() - steady).toBeLessThan(3_600_000);
});
