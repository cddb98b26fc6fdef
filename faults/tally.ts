/** What happened, counted by name, and what went wrong, said at once. */
import process from "node:process";

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

export interface Tally {
  readonly count: (what: string, times?: number) => void;
  readonly of: (what: string) => number;
  readonly names: () => readonly string[];
  readonly text: () => string;
}

export function newTally(): Tally {
  const counts = new Map<string, number>();
  return {
    count: (what, times = 1) => void counts.set(what, (counts.get(what) ?? 0) + times),
    of: (what) => counts.get(what) ?? 0,
    names: () => [...counts.keys()].toSorted(),
    text: () =>
      [...counts]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([what, times]) => `${what} ×${times}`)
        .join(", "),
  };
}

export interface Faults {
  readonly found: (where: string, wrong: readonly string[]) => void;
  readonly count: () => number;
}

export function newFaults(tell: (text: string) => void = say): Faults {
  let count = 0;
  return {
    found: (where, wrong) => {
      count += wrong.length;
      for (const what of wrong) tell(`FAULT ${where}: ${what}`);
    },
    count: () => count,
  };
}

/** The last line, for machines, and the exit code. */
export function conclude(counts: Readonly<Record<string, number | string>>, isGood: boolean): void {
  say(JSON.stringify({ ...counts, ok: isGood }));
  process.exitCode = isGood ? 0 : 1;
}
