/**
 * SQLite of Node, for clients that run without a browser. The file is NOT encrypted: whoever reads the disk reads the
 * messages. For tests and for machines that are their own protection, and named for it. [V20]
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { err, ok, type Result } from "@megachat/base";
import { faultOf, type Sql, type SqlStatement, type StoreFault } from "../store/sql.ts";

/** `path` is a file, or ":memory:". */
export function openUnencryptedSql(path: string): Result<Sql, StoreFault> {
  try {
    const database = new DatabaseSync(path, { timeout: 0 });
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    // Acknowledged means on the disk: NORMAL loses committed transactions in a power cut.
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA cell_size_check = ON");
    return ok(sqlOver(database));
  } catch (fault) {
    return refuse(fault);
  }
}

function sqlOver(database: DatabaseSync): Sql {
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql);
    if (known) return known;
    const fresh = database.prepare(sql);
    fresh.setReturnArrays(true);
    prepared.set(sql, fresh);
    return fresh;
  };
  return {
    read: async ({ sql, values }) => {
      try {
        // Arrays because of setReturnArrays, which the declarations do not know.
        return ok(prepare(sql).all(...values) as unknown as readonly SqlStatement["values"][]);
      } catch (fault) {
        return refuse(fault);
      }
    },
    write: async (statements) => {
      try {
        database.exec("BEGIN IMMEDIATE");
        for (const { sql, values } of statements) prepare(sql).run(...values);
        database.exec("COMMIT");
        return ok(null);
      } catch (fault) {
        if (database.isTransaction) database.exec("ROLLBACK");
        return refuse(fault);
      }
    },
    close: async () => database.close(),
  };
}

function refuse(fault: unknown): Result<never, StoreFault> {
  // Anything but SQLite's own word is a bug of ours.
  if (!(fault instanceof Error) || !("errcode" in fault) || typeof fault.errcode !== "number") throw fault;
  return err(faultOf(fault.errcode));
}
