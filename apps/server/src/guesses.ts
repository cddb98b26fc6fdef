/**
 * Guessing a password is slowed, and nobody is ever locked out. [S16] [S17]
 *
 * Each start of a login is one guess. Browsers that have held the account have a budget each; all others share one per
 * name, whether the name exists or not. When a budget is spent, a guess costs a puzzle and a wait, which grow with the
 * overdraft to a fixed most. The puzzle is the asker's own: however many others guess at the same name, who solves it
 * and waits, gets in.
 */
import { seconds, type Clock, type Duration } from "@megachat/base";
import type { Puzzle, PuzzleAnswer, Puzzles } from "./puzzles.ts";

export type Admission =
  | { readonly type: "admitted" }
  | { readonly type: "wait"; readonly retryAfterMs: number; readonly puzzle: Puzzle };

export interface Guesses {
  /** `budget` names the browser or the name that the guess is counted for. */
  readonly admit: (budget: string, answer: PuzzleAnswer | null) => Admission;
  /** The password was right: that was no guess. */
  readonly wasRight: (budget: string) => void;
}

const FREE = 10;
/** One free guess comes back in this time. */
const RECOVERY: Duration = seconds(120);
/** A wait and a puzzle together stay below a minute in an ordinary browser. */
const MAX_WAIT_MS = 45_000;
const MIN_BITS = 14;
const MAX_BITS = 20;
const MAX_SPENT = FREE + 16;
const MAX_BUDGETS = 100_000;

export function createGuesses(puzzles: Puzzles, clock: Clock): Guesses {
  const budgets = new Map<string, { spent: number; at: number }>();
  const touch = (name: string): { spent: number; at: number } => {
    const now = clock.now();
    const budget = budgets.get(name) ?? { spent: 0, at: now };
    budget.spent = Math.max(0, budget.spent - (now - budget.at) / RECOVERY);
    budget.at = now;
    budgets.delete(name);
    budgets.set(name, budget);
    if (budgets.size > MAX_BUDGETS) {
      const [oldest] = budgets.keys();
      if (oldest !== undefined) budgets.delete(oldest);
    }
    return budget;
  };
  return {
    admit: (name, answer) => {
      const budget = touch(name);
      const over = Math.floor(budget.spent) - FREE;
      const waiting = answer && puzzles.redeem(name, answer);
      if (over < 0 || waiting === 0) {
        budget.spent = Math.min(MAX_SPENT, budget.spent + 1);
        return { type: "admitted" };
      }
      // Solved, but too early: the same answer will do later.
      if (answer && waiting !== null) {
        return {
          type: "wait",
          retryAfterMs: waiting,
          puzzle: { seed: Uint8Array.from(answer.seed), bits: answer.seed[4] ?? MAX_BITS },
        };
      }
      const bits = Math.min(MAX_BITS, MIN_BITS + over);
      const retryAfterMs = Math.min(MAX_WAIT_MS, 1000 * 2 ** over);
      return { type: "wait", retryAfterMs, puzzle: puzzles.make(name, bits, retryAfterMs) };
    },
    wasRight: (name) => {
      const budget = touch(name);
      budget.spent = Math.max(0, budget.spent - 1);
    },
  };
}
