/** Token buckets, and what each thing may cost. [S30] [S31] */
import type { Clock } from "@megachat/base";

export interface Limit {
  /** How much may be used at once. */
  readonly burst: number;
  /** How much comes back each second. */
  readonly perSecond: number;
}

export interface Buckets {
  /** Takes `cost` from the key's bucket, or leaves it untouched. Milliseconds until it would be granted; 0 = granted. */
  readonly take: (key: string, cost?: number) => number;
  readonly giveBack: (key: string, cost?: number) => void;
}

interface Bucket {
  left: number;
  at: number;
}

/** Keys remembered at a time. The one longest untouched is forgotten, and it is the fullest. */
const MAX_KEYS = 100_000;

/** Buckets of one kind, one per key. `clock` is a steady one, so that a jump of the wall clock grants nothing. */
export function createBuckets(limit: Limit, clock: Clock): Buckets {
  const buckets = new Map<string, Bucket>();
  const touch = (key: string): Bucket => {
    const now = clock.now();
    const bucket = buckets.get(key) ?? { left: limit.burst, at: now };
    bucket.left = Math.min(limit.burst, bucket.left + ((now - bucket.at) / 1000) * limit.perSecond);
    bucket.at = now;
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > MAX_KEYS) {
      const [oldest] = buckets.keys();
      if (oldest !== undefined) buckets.delete(oldest);
    }
    return bucket;
  };
  return {
    take: (key, cost = 1) => {
      const bucket = touch(key);
      if (bucket.left >= cost) {
        bucket.left -= cost;
        return 0;
      }
      return Math.ceil(((cost - bucket.left) / limit.perSecond) * 1000);
    },
    giveBack: (key, cost = 1) => {
      const bucket = touch(key);
      bucket.left = Math.min(limit.burst, bucket.left + cost);
    },
  };
}

/** What the server allows. Rates are per second; `address` is an IPv4 address or an IPv6 /64. */
export interface Limits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly dialsPerAddress: Limit;
  readonly requestsPerConnection: Limit;
  readonly requestsPerAddress: Limit;
  readonly transientsPerAccount: Limit;
  readonly bytesPerAccount: Limit;
  readonly signUpsPerAddress: Limit;
  readonly loginsPerAddress: Limit;
  /** Asking whether a name exists, and by identity. */
  readonly lookUpsPerAccount: Limit;
  readonly lookUpsPerAddress: Limit;
  readonly contactRequestsPerAccount: Limit;
  /** Of one account to the same other. */
  readonly contactRequestsPerPair: Limit;
  readonly keyPackagesPerPair: Limit;
  readonly externalCommitsPerDevice: Limit;
  readonly stunPerAddress: Limit;
}

const perMinute = (n: number): number => n / 60;
const perHour = (n: number): number => n / 3600;

/**
 * Far above what a person does, and below what hurts. An office or a school may share one address, so what counts by
 * address is generous, and what counts by account is not.
 */
export const standardLimits: Limits = {
  connections: 50_000,
  connectionsPerAddress: 500,
  dialsPerAddress: { burst: 200, perSecond: 10 },
  requestsPerConnection: { burst: 600, perSecond: 100 },
  requestsPerAddress: { burst: 6000, perSecond: 1200 },
  transientsPerAccount: { burst: 200, perSecond: 40 },
  bytesPerAccount: { burst: 64 << 20, perSecond: 32 << 10 },
  signUpsPerAddress: { burst: 300, perSecond: perMinute(20) },
  loginsPerAddress: { burst: 200, perSecond: perMinute(60) },
  lookUpsPerAccount: { burst: 40, perSecond: perMinute(1) },
  lookUpsPerAddress: { burst: 200, perSecond: perMinute(10) },
  contactRequestsPerAccount: { burst: 30, perSecond: perHour(30) },
  contactRequestsPerPair: { burst: 5, perSecond: perHour(1) },
  keyPackagesPerPair: { burst: 12, perSecond: perMinute(0.5) },
  externalCommitsPerDevice: { burst: 20, perSecond: perMinute(1) },
  stunPerAddress: { burst: 100, perSecond: 20 },
};
