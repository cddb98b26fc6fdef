/** The store over any host's SQLite: the same statements in a browser, encrypted, and in Node. [V20–V25] */
import { err, ok, type Result } from "@megachat/base";
import type { PutLine, PutRow } from "@megachat/core";
import { prepareSchema } from "./schema.ts";
import type { Sql, SqlStatement, SqlValue, StoreFault } from "./sql.ts";
import { MAX_PAGE, type LinePage, type LineWish, type Place, type Store, type StoredLine, type StoredRow } from "./store.ts";

/** Prepares the tables and gives the store. On a fault the connection is closed. */
export async function openSqlStore(sql: Sql): Promise<Result<Store, StoreFault>> {
  const prepared = await prepareSchema(sql);
  if (prepared.ok) return ok(storeOver(sql));
  await sql.close();
  return prepared;
}

const storeOver = (sql: Sql): Store => ({
  write: async (changes) => (changes.length === 0 ? ok(null) : sql.write(changes.map(statementOf))),
  rows: async (space) => readAll(sql, "SELECT space, key, value FROM rows WHERE space = ? ORDER BY key", [space], toRow),
  allRows: async (except) =>
    readAll(
      sql,
      `SELECT space, key, value FROM rows WHERE space NOT IN (${except.map(() => "?").join()}) ORDER BY space, key`,
      except,
      toRow,
    ),
  lines: async (wish) => readPage(sql, wish),
  placeOf: async (conversation, messageId) => {
    const found = await readAll(
      sql,
      "SELECT position, part FROM lines WHERE conversation = ? AND message_id = ? ORDER BY position, part LIMIT 1",
      [conversation, messageId],
      toPlace,
    );
    return found.ok ? ok(found.value[0] ?? null) : found;
  },
  count: async ({ conversation, after, except }) => {
    const counted = await readAll(
      sql,
      "SELECT count(*) FROM lines WHERE conversation = ? AND (position, part) > (?, ?) AND sender IS NOT NULL AND sender IS NOT ?",
      [conversation, after.position, after.part, except],
      ([count]) => (typeof count === "number" ? count : undefined),
    );
    return counted.ok ? ok(counted.value[0] ?? 0) : counted;
  },
  close: sql.close,
});

// A browser's SQLite takes an empty byte string for NULL.
const BYTES = "ifnull(?, x'')";

function statementOf(change: PutRow | PutLine): SqlStatement {
  if (change.put === "line") {
    return {
      sql: `INSERT OR IGNORE INTO lines (conversation, position, part, sender, message_id, body) VALUES (?, ?, ?, ?, ?, ${BYTES})`,
      values: [change.conversation, change.position, change.part, change.sender, change.messageId, change.body],
    };
  }
  return change.value === null
    ? { sql: `DELETE FROM rows WHERE space = ? AND key = ${BYTES}`, values: [change.space, change.key] }
    : {
        sql: `INSERT OR REPLACE INTO rows (space, key, value) VALUES (?, ${BYTES}, ${BYTES})`,
        values: [change.space, change.key, change.value],
      };
}

const SEEN = "FROM lines WHERE conversation = ? AND (position < ? OR sender IS NULL OR sender = ?)";
const COLUMNS = `SELECT position, part, sender, message_id, body ${SEEN}`;
/** The values of {@link SEEN}. */
const seenIn = ({ conversation, hidden }: LineWish): readonly SqlValue[] => [
  conversation,
  hidden?.from ?? Number.MAX_SAFE_INTEGER,
  hidden?.but ?? null,
];

async function readPage(sql: Sql, wish: LineWish): Promise<Result<LinePage, StoreFault>> {
  const limit = Math.max(1, Math.min(MAX_PAGE, Math.trunc(wish.limit)));
  const seen = seenIn(wish);
  // One line more than wanted tells whether there is more, without counting.
  const older = async (place: Place | null, wanted: number): Promise<Result<readonly StoredLine[], StoreFault>> =>
    place === null
      ? readAll(sql, `${COLUMNS} ORDER BY position DESC, part DESC LIMIT ?`, [...seen, wanted + 1], toLine)
      : readAll(
          sql,
          `${COLUMNS} AND (position, part) < (?, ?) ORDER BY position DESC, part DESC LIMIT ?`,
          [...seen, place.position, place.part, wanted + 1],
          toLine,
        );
  const newer = async (place: Place, wanted: number, from: ">" | ">="): Promise<Result<readonly StoredLine[], StoreFault>> =>
    readAll(
      sql,
      `${COLUMNS} AND (position, part) ${from} (?, ?) ORDER BY position, part LIMIT ?`,
      [...seen, place.position, place.part, wanted + 1],
      toLine,
    );

  switch (wish.from) {
    case "latest":
    case "before": {
      const lines = await older(wish.from === "latest" ? null : wish.place, limit);
      if (!lines.ok) return lines;
      const hasNewer = wish.from === "latest" ? ok(false) : await exists(sql, seen, wish.place, ">=");
      if (!hasNewer.ok) return hasNewer;
      return ok({
        lines: lines.value.slice(0, limit).toReversed(),
        hasOlder: lines.value.length > limit,
        hasNewer: hasNewer.value,
      });
    }
    case "after": {
      const lines = await newer(wish.place, limit, ">");
      if (!lines.ok) return lines;
      const hasOlder = await exists(sql, seen, wish.place, "<=");
      if (!hasOlder.ok) return hasOlder;
      return ok({ lines: lines.value.slice(0, limit), hasOlder: hasOlder.value, hasNewer: lines.value.length > limit });
    }
    case "around": {
      const half = Math.floor(limit / 2);
      const before = await older(wish.place, half);
      if (!before.ok) return before;
      const from = await newer(wish.place, limit - half, ">=");
      if (!from.ok) return from;
      return ok({
        lines: [...before.value.slice(0, half).toReversed(), ...from.value.slice(0, limit - half)],
        hasOlder: before.value.length > half,
        hasNewer: from.value.length > limit - half,
      });
    }
  }
}

async function exists(sql: Sql, seen: readonly SqlValue[], place: Place, side: "<=" | ">="): Promise<Result<boolean, StoreFault>> {
  const found = await readAll(
    sql,
    `SELECT position, part ${SEEN} AND (position, part) ${side} (?, ?) LIMIT 1`,
    [...seen, place.position, place.part],
    toPlace,
  );
  return found.ok ? ok(found.value.length > 0) : found;
}

/** Each row through `read`; one that is not of its declared types is a damaged database. */
async function readAll<T>(
  sql: Sql,
  text: string,
  values: readonly SqlValue[],
  read: (row: readonly SqlValue[]) => T | undefined,
): Promise<Result<readonly T[], StoreFault>> {
  const rows = await sql.read({ sql: text, values });
  if (!rows.ok) return rows;
  const all: T[] = [];
  for (const row of rows.value) {
    const value = read(row);
    if (value === undefined) return err({ type: "corrupt" });
    all.push(value);
  }
  return ok(all);
}

const toRow = ([space, key, value]: readonly SqlValue[]): StoredRow | undefined =>
  typeof space === "string" && key instanceof Uint8Array && value instanceof Uint8Array ? { space, key, value } : undefined;
const toPlace = ([position, part]: readonly SqlValue[]): Place | undefined =>
  typeof position === "number" && typeof part === "number" ? { position, part } : undefined;
function toLine([position, part, sender = null, messageId = null, body]: readonly SqlValue[]): StoredLine | undefined {
  const place = toPlace([position ?? null, part ?? null]);
  if (!place || !(body instanceof Uint8Array) || !isBytesOrNull(sender) || !isBytesOrNull(messageId)) return undefined;
  return { ...place, sender, messageId, body };
}
const isBytesOrNull = (value: SqlValue): value is Uint8Array | null => value === null || value instanceof Uint8Array;
