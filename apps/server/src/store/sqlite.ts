/**
 * The only file that knows node:sqlite. [S1]
 *
 * `synchronous=FULL` in WAL mode: a commit returns when the log is on the disk. NORMAL is not enough: a power cut then
 * takes back what was acknowledged.
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
  readonly inTransaction: () => boolean;
  readonly close: () => void;
}

export function openDb(path: string): Db {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5000, defensive: true });
  database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864");
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
    inTransaction: () => database.isTransaction,
    close: () => database.close(),
  };
}
