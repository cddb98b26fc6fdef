/**
 * Many writes, one commit: works that arrive while a commit is on its way share the next transaction. [S3]
 *
 * A work's promise resolves after the commit that holds it is on the disk, never before. A work that throws is rolled
 * back alone; the others stand. [Note: Acknowledge after commit]
 */
import type { Db } from "./sqlite.ts";

/** The disk refused: nothing was stored, and nothing was acknowledged. */
export class NotStored extends Error {
  override readonly name = "NotStored";
}

export interface Committer {
  readonly write: <T>(work: (db: Db) => T) => Promise<T>;
  /** Works not yet on the disk. */
  readonly waiting: () => number;
  /** Commits what waits, then refuses more. */
  readonly stop: () => void;
}

interface Waiting {
  readonly run: (db: Db) => () => void;
  readonly fail: (cause: unknown) => void;
}

// A bound on how long one transaction keeps the others waiting: about 50 ms of small rows.
const MAX_BATCH = 512;

export function createCommitter(db: Db): Committer {
  let queue: Waiting[] = [];
  let scheduled = false;
  let stopped = false;

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    // After the poll phase: every request that the loop has read meanwhile joins this transaction.
    setImmediate(flush);
  };

  function flush(): void {
    scheduled = false;
    // A stop has committed what this was scheduled for, and the database may be closed.
    if (queue.length === 0) return;
    const batch = queue.slice(0, MAX_BATCH);
    queue = queue.slice(MAX_BATCH);
    if (queue.length > 0) schedule();
    const outcomes: (() => void)[] = [];
    try {
      db.script("BEGIN IMMEDIATE");
      for (const work of batch) outcomes.push(runAlone(db, work));
      db.script("COMMIT");
    } catch (cause) {
      if (db.inTransaction()) db.script("ROLLBACK");
      const fault = new NotStored("the transaction was not committed", { cause });
      for (const work of batch) work.fail(fault);
      return;
    }
    for (const settle of outcomes) settle();
  }

  return {
    write: (work) =>
      new Promise((resolve, fail) => {
        if (stopped) return fail(new NotStored("the store is closed"));
        queue.push({
          run: (on) => {
            const value = work(on);
            return () => resolve(value);
          },
          fail,
        });
        schedule();
      }),
    waiting: () => queue.length,
    stop: () => {
      stopped = true;
      while (queue.length > 0) flush();
    },
  };
}

/** Runs a work in a savepoint; returns what to do once the commit is on the disk. */
function runAlone(db: Db, work: Waiting): () => void {
  db.run("SAVEPOINT work");
  try {
    const settle = work.run(db);
    db.run("RELEASE work");
    return settle;
  } catch (cause) {
    // A full disk may end the whole transaction: then all of the batch failed, which the caller sees at once.
    if (!db.inTransaction()) throw cause;
    db.script("ROLLBACK TO work; RELEASE work");
    return () => work.fail(isOfTheDisk(cause) ? new NotStored("the disk refused", { cause }) : cause);
  }
}

// Primary result codes of SQLite: I/O error, corrupt, full, cannot open, read-only.
const DISK_CODES: readonly number[] = [10, 11, 13, 14, 8];
function isOfTheDisk(cause: unknown): boolean {
  const code: unknown = cause instanceof Error && "errcode" in cause ? cause.errcode : undefined;
  return typeof code === "number" && DISK_CODES.includes(code & 255);
}
