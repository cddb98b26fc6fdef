/**
 * The only file that knows node:sqlite. [S1]
 *
 * `synchronous=FULL` in WAL mode: a commit returns when the log is on the disk. NORMAL is not enough: a power cut then
 * takes back what was acknowledged. `secure_delete` overwrites what is deleted: a share that was given up, or a row that
 * everyone has read, is not left for a later reader of the disk.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

export type SqlValue = Uint8Array | number | string | null;

/** A connection with its prepared statements. `T` is the row that the statement beside it selects. */
export interface Db {
  readonly get: <T>(sql: string, ...values: readonly SqlValue[]) => T | undefined;
  readonly all: <T>(sql: string, ...values: readonly SqlValue[]) => readonly T[];
  /** How many rows it changed. */
  readonly run: (sql: string, ...values: readonly SqlValue[]) => number;
  /** Several statements without values. */
  readonly script: (sql: string) => void;
  /** Moves the write-ahead log into the file and empties it, unless another process is reading just now. */
  readonly checkpoint: () => void;
  readonly inTransaction: () => boolean;
  readonly close: () => void;
}

/** How long a commit waits for the operator's command to finish its own. */
const BUSY_MS = 5000;

const BUSY = 5;
/** Of two that ask in the same moment, each may see the other's first step: one of them is to get it. */
const LOCK_MS = 500;

/** What SQLite gave as the reason, or undefined for a fault of another kind. https://www.sqlite.org/rescode.html */
export const sqliteReason = (fault: unknown): number | undefined => {
  const code = fault instanceof Error ? (fault as { errcode?: unknown }).errcode : undefined;
  return typeof code === "number" ? code & 0xff : undefined;
};

/**
 * Takes a lock that one holder at a time has, here and in other processes; undefined when there is one already. It lies
 * with the system, on an empty file: it ends with the process, however that ends, and leaves nothing to clear away.
 */
export function lockFile(path: string): Disposable | undefined {
  const database = new DatabaseSync(path, { timeout: LOCK_MS });
  try {
    // A journal on the disk would need room on a full one.
    database.exec("PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE");
    return { [Symbol.dispose]: () => database.close() };
  } catch (fault) {
    database.close();
    if (sqliteReason(fault) === BUSY) return undefined;
    throw fault;
  }
}

export function openDb(path: string): Db {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: BUSY_MS, defensive: true });
  database.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864",
  );
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
  const args = (values: readonly SqlValue[]): SQLInputValue[] => [...values];
  return {
    get: <T>(sql: string, ...values: readonly SqlValue[]) => prepare(sql).get(...args(values)) as T | undefined,
    all: <T>(sql: string, ...values: readonly SqlValue[]) => prepare(sql).all(...args(values)) as T[],
    run: (sql, ...values) => Number(prepare(sql).run(...args(values)).changes),
    script: (sql) => database.exec(sql),
    checkpoint: () => {
      // Waiting for a reader would hold up everything; the next time will do.
      database.exec(`PRAGMA busy_timeout=0; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout=${BUSY_MS}`);
    },
    inTransaction: () => database.isTransaction,
    close: () => database.close(),
  };
}
