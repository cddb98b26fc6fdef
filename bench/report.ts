/** What every figure prints at its end, for people and for machines. */
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import process from "node:process";

export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** In the same unit, measured in between. */
  readonly baseline: number;
  /** What the ratio of value to baseline should be, or, where people were promised a number, the value itself. */
  readonly aim: { readonly atLeast: number } | { readonly atMost: number } | { readonly valueAtMost: number };
  /** What must hold beside the aim. */
  readonly besides?: Readonly<Record<string, { readonly value: number; readonly below: number }>>;
  /** As measured, in order. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

export interface Measured {
  readonly value: number;
  readonly baseline: number;
}
/** Of several browsers, the one that pays most for what it does: where less is better, that one counts. */
export const dearestOf = (measured: readonly Measured[]): Measured =>
  measured.toSorted((a, b) => b.value / b.baseline - a.value / a.baseline)[0] ?? { value: Number.NaN, baseline: Number.NaN };

const rounded = (value: number): number => Number(value.toPrecision(4));

/** Prints the figure as one line of JSON; `BENCH_SAMPLES=file` keeps the raw samples. */
export function report({ figure, value, unit, baseline, aim, besides = {}, samples }: Figure): void {
  const ratio = value / baseline;
  const met = "atLeast" in aim ? ratio >= aim.atLeast : "atMost" in aim ? ratio <= aim.atMost : value <= aim.valueAtMost;
  const ok = met && Object.values(besides).every((each) => each.value < each.below);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  console.log(machine);
  const kept = process.env["BENCH_SAMPLES"];
  if (kept) writeFileSync(kept, JSON.stringify({ figure, machine, samples }, null, 1));
  console.log(
    JSON.stringify({
      figure,
      value: rounded(value),
      unit,
      baseline: rounded(baseline),
      ratio: rounded(ratio),
      aim,
      ...besides,
      ok,
    }),
  );
}
