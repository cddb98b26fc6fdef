/** The tables of an account's database, and how a database is told to be ours. [V20, V24] */
import { err, ok, type Result } from "@megachat/base";
import type { Sql, StoreFault } from "./sql.ts";

/** Raised whenever the tables change; a program that finds a higher one than its own refuses. */
export const SCHEMA_VERSION = 1;

const tables = [
  `CREATE TABLE rows (
     space TEXT NOT NULL,
     key BLOB NOT NULL,
     value BLOB NOT NULL,
     PRIMARY KEY (space, key)
   ) STRICT`,
  // Lines without a message id are told apart by their place alone: NULLs are distinct in a UNIQUE.
  `CREATE TABLE lines (
     conversation BLOB NOT NULL,
     position INTEGER NOT NULL,
     part INTEGER NOT NULL,
     sender BLOB,
     message_id BLOB,
     body BLOB NOT NULL,
     PRIMARY KEY (conversation, position, part),
     UNIQUE (conversation, sender, message_id)
   ) STRICT`,
  "CREATE INDEX lines_by_message ON lines (conversation, message_id) WHERE message_id IS NOT NULL",
  `PRAGMA user_version = ${SCHEMA_VERSION}`,
];

/** Makes the tables of an empty database; of another one, checks that they are the ones we know. */
export async function prepareSchema(sql: Sql): Promise<Result<null, StoreFault>> {
  const found = await sql.read({ sql: "PRAGMA user_version", values: [] });
  if (!found.ok) return found;
  const version = found.value[0]?.[0];
  if (version === 0) {
    const rest = await sql.read({ sql: "SELECT count(*) FROM sqlite_schema", values: [] });
    if (!rest.ok) return rest;
    if (rest.value[0]?.[0] !== 0) return err({ type: "corrupt" });
    return sql.write(tables.map((table) => ({ sql: table, values: [] })));
  }
  if (typeof version !== "number" || version > SCHEMA_VERSION) return err({ type: "newer" });
  return ok(null);
}
