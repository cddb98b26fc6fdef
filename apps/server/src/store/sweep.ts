/** What has served its time goes, a bounded piece at a time. [S29] */
import { days } from "@megachat/base";
import { dropUnusedBody } from "./inboxes.ts";
import type { Id } from "./port.ts";
import type { Db } from "./sqlite.ts";

// Of running time: see the note on `uptime` in the schema.
const ROWS_KEPT = days(30);
const KEY_PACKAGES_KEPT = days(100);
const INBOX_KEPT = days(90);
const SESSIONS_KEPT = days(180);
/** How long a handled request still lets the asked account found the conversation. */
const REQUESTS_KEPT = days(30);
const PIECE = 500;

/** True when there is more to do at once. Account logs are not swept: the account's state is their fold. */
export function sweep(db: Db, a: { readonly ranMs: number }): boolean {
  if (a.ranMs > 0) db.run("UPDATE uptime SET ms = ms + ?", Math.round(a.ranMs));
  const { ms: now } = db.get<{ ms: number }>("SELECT ms FROM uptime") ?? { ms: 0 };
  const removed = [
    readByAll(db),
    removeRows(db, "uptime < ?", now - ROWS_KEPT),
    oldItems(db, now - INBOX_KEPT),
    db.run(
      `DELETE FROM key_package WHERE id IN (SELECT id FROM key_package WHERE uptime < ? LIMIT ${PIECE})`,
      now - KEY_PACKAGES_KEPT,
    ),
    db.run("DELETE FROM session WHERE uptime < ?", now - SESSIONS_KEPT),
    db.run("DELETE FROM request WHERE item IS NULL AND uptime < ?", now - REQUESTS_KEPT),
    db.run("DELETE FROM invitation WHERE uses_left = 0"),
  ];
  return removed.some((count) => count >= PIECE);
}

function readByAll(db: Db): number {
  let removed = 0;
  for (const { log } of db.all<{ log: Id }>(`SELECT log FROM read_further LIMIT ${PIECE}`)) {
    const { floor } = db.get<{ floor: number | null }>(
      "SELECT min(cursor) AS floor FROM member WHERE log = ? AND (until IS NULL OR cursor < until)",
      log,
    ) ?? { floor: null };
    const gone = floor === null ? 0 : removeRows(db, "log = ? AND position <= ?", log, floor);
    if (gone < PIECE) db.run("DELETE FROM read_further WHERE log = ?", log);
    removed += gone;
    if (removed >= PIECE) return PIECE;
  }
  return removed;
}

function removeRows(db: Db, where: string, ...values: readonly (Id | number)[]): number {
  const gone = db.all<{ log: Id; size: number }>(
    `DELETE FROM row WHERE rowid IN (SELECT row.rowid FROM row WHERE kind <> 'account' AND ${where} LIMIT ${PIECE})
     RETURNING log, length(body) AS size`,
    ...values,
  );
  for (const { log, size } of gone) db.run("UPDATE log SET bytes = bytes - ? WHERE id = ?", size, log);
  return gone.length;
}

function oldItems(db: Db, before: number): number {
  const old = db.all<{ account: Id; item: number; body: number }>(
    `SELECT account, item, body FROM inbox WHERE uptime < ? LIMIT ${PIECE}`,
    before,
  );
  for (const { account, item, body } of old) {
    db.run("DELETE FROM inbox WHERE account = ? AND item = ?", account, item);
    dropUnusedBody(db, body);
    db.run("DELETE FROM request WHERE receiver = ? AND item = ?", account, item);
  }
  return old.length;
}
