import type { IncomingMessage } from "node:http";
import { instant, type Clock } from "@megachat/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createBuckets } from "./limits.ts";
import { addressKey, peerAddress } from "./net/addresses.ts";
import { createPuzzles } from "./puzzles.ts";
import { systemRandom } from "./system.ts";

const settableClock = (): Clock & { at: number } => {
  const clock = { at: 0, now: () => instant(clock.at) };
  return clock;
};

test("[S31] over any stretch of time a bucket grants its burst and its rate and no more, and says truly how long to wait", () => {
  fc.assert(
    fc.property(
      fc.record({ burst: fc.integer({ min: 1, max: 50 }), perSecond: fc.integer({ min: 1, max: 20 }) }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 5 })), { maxLength: 100 }),
      (limit, steps) => {
        const clock = settableClock();
        const buckets = createBuckets(limit, clock);
        let granted = 0;
        for (const [passes, cost] of steps) {
          clock.at += passes;
          const wait = buckets.take("a", cost);
          if (wait === 0) granted += cost;
          else if (cost <= limit.burst) {
            clock.at += wait;
            expect(buckets.take("a", cost)).toBe(0);
            granted += cost;
          }
          expect(granted).toBeLessThanOrEqual(limit.burst + (clock.at / 1000) * limit.perSecond + 0.001);
        }
      },
    ),
  );
});

test("[S31] one key's use is nothing to another's", () => {
  const buckets = createBuckets({ burst: 2, perSecond: 1 }, settableClock());
  for (let i = 0; i < 9; i++) buckets.take("greedy");
  expect(buckets.take("modest")).toBe(0);
  buckets.giveBack("greedy");
  expect(buckets.take("greedy")).toBe(0);
});

test("K11 [S32] an address counts as itself, its mapped form, or its /64", () => {
  const same = (...addresses: string[]) => expect(new Set(addresses.map(addressKey)).size).toBe(1);
  same("192.0.2.7", "::ffff:192.0.2.7", "::FFFF:192.0.2.7");
  same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:0DB8:0001:0002::", "2001:db8:1:2::1%eth0");
  same("::1", "::2", "0:0:0:0:1:2:3:4");
  expect(addressKey("2001:db8:1:2::1")).not.toBe(addressKey("2001:db8:1:3::1"));
  expect(addressKey("192.0.2.7")).not.toBe(addressKey("192.0.2.8"));
});

test("K11 [S32] X-Forwarded-For is read behind a proxy only, and only what that proxy wrote", () => {
  const request = (header: string | string[] | undefined) =>
    ({ socket: { remoteAddress: "10.0.0.1" }, headers: { "x-forwarded-for": header } }) as unknown as IncomingMessage;
  const forged = "1.1.1.1, 2.2.2.2, 203.0.113.9";
  expect(peerAddress(request(forged), 0)).toBe("10.0.0.1");
  expect(peerAddress(request(forged), 1)).toBe("203.0.113.9");
  expect(peerAddress(request(forged), 2)).toBe("2.2.2.2");
  expect(peerAddress(request(["1.1.1.1", "203.0.113.9"]), 1)).toBe("203.0.113.9");
  for (const junk of [undefined, "", "evil", "1.1.1.1, evil", "unknown, "]) expect(peerAddress(request(junk), 1)).toBe("10.0.0.1");
});

test("[S17] a seed is good for its purpose and price, at its time, once, and changed in no byte", () => {
  const clock = settableClock();
  clock.at = 5_000;
  const puzzles = createPuzzles(systemRandom, clock);
  const { seed } = puzzles.make("name alice", 0, 2000);
  const redeem = (purpose: string, bytes: Uint8Array = seed) => puzzles.redeem(purpose, { seed: bytes, nonce: 0 });
  expect(redeem("name bob")).toBe(null);
  for (let i = 0; i < seed.length; i++)
    expect(
      redeem(
        "name alice",
        seed.map((byte, index) => (index === i ? byte ^ 1 : byte)),
      ),
    ).toBe(null);
  expect(redeem("name alice")).toBe(2000);
  clock.at += 2000;
  expect(redeem("name alice")).toBe(0);
  expect(redeem("name alice")).toBe(null);
  const late = puzzles.make("name alice", 0, 0);
  clock.at += 301_000;
  expect(redeem("name alice", late.seed)).toBe(null);
  const dear = puzzles.make("name alice", 60, 0);
  expect(redeem("name alice", dear.seed)).toBe(null);
});
