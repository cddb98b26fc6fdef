/**
 * The stock of MLS key packages with which others can add this device to conversations while it is away. [R24] [R25]
 *
 * At least {@link ENOUGH} one-time packages and one last-resort package are published. A last-resort package that was
 * used is replaced, and its private key lives another day for Welcomes on their way. All are renewed long before they
 * run out.
 */
import { after, days, hours, since, type Instant } from "@megachat/base";
import type { Engine } from "@megachat/group";

/** Fewer than this at the server, and new ones are published, up to {@link FULL}. */
export const ENOUGH = 20;
export const FULL = 30;
/** Key packages are valid for 90 days. */
const RENEW = days(45);
const GONE = days(97);
/** A Welcome made with a replaced last-resort package may still be on its way. */
const GRACE = hours(24);

export interface KeyPackageStock {
  /** One-time packages that the server probably still has. */
  readonly left: number;
  readonly lastResort: { readonly reference: Uint8Array<ArrayBuffer>; readonly used: boolean } | null;
  /** When the newest batch was made; null before the first. */
  readonly madeAt: Instant | null;
  /** Batches whose private keys are still here, oldest first. */
  readonly batches: readonly Batch[];
  /** Replaced last-resort packages, and when their private keys go. */
  readonly retired: readonly { readonly reference: Uint8Array<ArrayBuffer>; readonly goesAt: Instant }[];
  /** Made and on disk, not yet known to be at the server: these bytes are sent again, and no others. */
  readonly unpublished: Publication | null;
}
export interface Batch {
  readonly madeAt: Instant;
  readonly references: readonly Uint8Array<ArrayBuffer>[];
}
export interface Publication {
  readonly keyPackages: readonly Uint8Array<ArrayBuffer>[];
  readonly lastResort: Uint8Array<ArrayBuffer> | null;
}

export const emptyStock: KeyPackageStock = {
  left: 0,
  lastResort: null,
  madeAt: null,
  batches: [],
  retired: [],
  unpublished: null,
};

/** Makes what is missing. The engine's rows are written in the same transaction as the stock. */
export function refill(engine: Engine, stock: KeyPackageStock, now: Instant): KeyPackageStock {
  if (stock.unpublished) return stock;
  const stale = stock.madeAt === null || since(stock.madeAt, now) > RENEW;
  const renewLast = stale || stock.lastResort === null || stock.lastResort.used;
  const count = stale ? FULL : stock.left < ENOUGH ? FULL - stock.left : 0;
  if (count === 0 && !renewLast) return stock;

  const made = Array.from({ length: count }, () => engine.keyPackage({ suite: 1, lastResort: false, now }));
  const last = renewLast ? engine.keyPackage({ suite: 1, lastResort: true, now }) : null;
  const old = last ? stock.lastResort : null;
  return {
    left: stock.left + count,
    lastResort: last ? { reference: Uint8Array.from(last.reference), used: false } : stock.lastResort,
    madeAt: count > 0 ? now : stock.madeAt,
    batches:
      count > 0
        ? [...stock.batches, { madeAt: now, references: made.map((each) => Uint8Array.from(each.reference)) }]
        : stock.batches,
    retired: old ? [...stock.retired, { reference: old.reference, goesAt: after(now, GRACE) }] : stock.retired,
    unpublished: {
      keyPackages: made.map((each) => Uint8Array.from(each.bytes)),
      lastResort: last ? Uint8Array.from(last.bytes) : null,
    },
  };
}

/** The server has them. */
export const published = (stock: KeyPackageStock): KeyPackageStock => ({ ...stock, unpublished: null });

/** The server has more one-time packages than it takes: these go nowhere, a new last-resort one still does. */
export const overfull = (stock: KeyPackageStock): KeyPackageStock => {
  const lastResort = stock.unpublished?.lastResort ?? null;
  return { ...stock, unpublished: lastResort && { keyPackages: [], lastResort } };
};

/**
 * A Welcome took one. The server hands the last-resort package out only when no other is left, whoever took those: so
 * its use says that the stock is empty.
 */
export const used = (stock: KeyPackageStock, which: { readonly lastResort: boolean }): KeyPackageStock =>
  which.lastResort
    ? { ...stock, left: 0, lastResort: stock.lastResort && { ...stock.lastResort, used: true } }
    : { ...stock, left: Math.max(0, stock.left - 1) };

/** Destroys private keys whose time is over. */
export function sweep(engine: Engine, stock: KeyPackageStock, now: Instant): KeyPackageStock {
  const over = stock.batches.filter((batch) => since(batch.madeAt, now) > GONE);
  const gone = stock.retired.filter((each) => each.goesAt <= now);
  if (over.length === 0 && gone.length === 0) return stock;
  for (const reference of [...over.flatMap((batch) => batch.references), ...gone.map((each) => each.reference)]) {
    engine.forgetKeyPackage(reference);
  }
  return {
    ...stock,
    batches: stock.batches.filter((batch) => !over.includes(batch)),
    retired: stock.retired.filter((each) => !gone.includes(each)),
  };
}

/** When {@link sweep} has something to do next; null for nothing. Renewal is looked at whenever a connection comes. */
export const nextSweep = (stock: KeyPackageStock): Instant | null =>
  stock.retired.map((each) => each.goesAt).reduce<Instant | null>((a, b) => (a !== null && a < b ? a : b), null);
