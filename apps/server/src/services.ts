/** What every request may use: the powers that the composition root grants, and the counters that all share. */
import type { Clock, Log, Random } from "@megachat/base";
import type { Bus } from "./bus.ts";
import type { Guesses } from "./guesses.ts";
import type { Holds } from "./holds.ts";
import { createBuckets, type Buckets, type Limit, type Limits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import type { OpaqueSetups } from "./opaque-setups.ts";
import type { Store } from "./store/port.ts";
import type { RelayConfig } from "./turn.ts";

export type SignUpMode = "open" | "invitation" | "closed";

export interface Services {
  readonly store: Store;
  readonly bus: Bus;
  readonly log: Log;
  readonly random: Random;
  /** The wall clock. */
  readonly clock: Clock;
  /** For waits and budgets. */
  readonly steady: Clock;
  readonly setups: OpaqueSetups;
  readonly guesses: Guesses;
  readonly holds: Holds;
  readonly buckets: AllBuckets;
  readonly signUp: SignUpMode;
  readonly relay: RelayConfig;
  readonly metrics: Metrics;
}

type RateName = { [K in keyof Limits]: Limits[K] extends Limit ? K : never }[keyof Limits];
export type AllBuckets = { readonly [K in RateName]: Buckets };

export function createAllBuckets(limits: Limits, clock: Clock): AllBuckets {
  const rates = Object.entries(limits).filter((entry): entry is [RateName, Limit] => typeof entry[1] === "object");
  return Object.fromEntries(rates.map(([name, limit]) => [name, createBuckets(limit, clock)])) as AllBuckets;
}
