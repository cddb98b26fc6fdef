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
