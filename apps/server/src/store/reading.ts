/** Reading a log: pages, heads and cursors, each device its own part. [S22] [S29] */
import { takeBytes } from "../take-bytes.ts";
import { logOf } from "./logs.ts";
import { memberOf, standingDevices } from "./members.ts";
import type { Head, Id, Page, Speaker, StoredRow } from "./port.ts";
import type { Db } from "./sqlite.ts";

const MAX_PAGE_ROWS = 500;
/** What a row takes in a frame besides its body, at most. */
const ROW_OVERHEAD = 96;

export function rows(
  db: Db,
  a: { readonly speaker: Speaker; readonly log: Id; readonly after: number; readonly maxBytes: number },
): Page | null {
  const log = logOf(db, a.log);
  const member = log && memberOf(db, log.id, a.speaker.device);
  if (!log || !member) return null;
  const head = member.until ?? log.head;
  const found = readRows(db, log.id, Math.max(a.after, member.since), head, a.maxBytes);
  return { rows: found, head, turn: member.until_turn ?? log.turn };
}

// Row by row, so that a page stops reading when it is full.
function readRows(db: Db, log: Id, after: number, until: number, maxBytes: number): readonly StoredRow[] {
  const positions = db.all<{ position: number; size: number }>(
    `SELECT position, length(body) AS size FROM row WHERE log = ? AND position > ? AND position <= ? ORDER BY position LIMIT ${MAX_PAGE_ROWS}`,
    log,
    after,
    until,
  );
  const { page } = takeBytes(positions, (each) => each.size + ROW_OVERHEAD, maxBytes);
  const last = page.at(-1);
  if (!last) return [];
  return db.all<StoredRow>(
    "SELECT position, turn, time, kind, device, sequence, body FROM row WHERE log = ? AND position > ? AND position <= ? ORDER BY position",
    log,
    after,
    last.position,
  );
}

export function acknowledge(db: Db, a: { readonly speaker: Speaker; readonly log: Id; readonly position: number }): boolean {
  const log = logOf(db, a.log);
  const member = log && memberOf(db, log.id, a.speaker.device);
  if (!log || !member) return false;
  const cursor = Math.min(a.position, member.until ?? log.head);
  if (cursor <= member.cursor) return true;
  db.run("UPDATE member SET cursor = ? WHERE log = ? AND device = ?", cursor, log.id, a.speaker.device);
  // The sweep looks only where a cursor has moved.
  if (log.kind !== "account") db.run("INSERT INTO read_further (log) VALUES (?) ON CONFLICT DO NOTHING", log.id);
  return true;
}

/** A removed device sees its logs until it has read its last row. */
export const heads = (
  db: Db,
  a: { readonly speaker: Speaker; readonly after: Id | null; readonly limit: number },
): readonly Head[] =>
  db.all<Head>(
    `SELECT log.id AS log, coalesce(until, head) AS head, coalesce(until_turn, turn) AS turn, cursor, sequence
     FROM member JOIN log ON log.id = member.log
     WHERE member.device = ? AND member.log > ? AND (until IS NULL OR cursor < until)
     ORDER BY member.log LIMIT ?`,
    a.speaker.device,
    a.after ?? new Uint8Array(0),
    a.limit,
  );

export function membersOf(db: Db, a: { readonly speaker: Speaker; readonly log: Id }): readonly Id[] | null {
  const member = memberOf(db, a.log, a.speaker.device);
  return member?.until === null ? standingDevices(db, a.log) : null;
}
