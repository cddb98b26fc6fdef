/** An account's own log: founded at sign-up, written and read by the account's devices only. [S25] */
import type { Instant } from "@megachat/base";
import { sha256 } from "../sha256.ts";
import type { NewAccount } from "./port.ts";
import type { Db } from "./sqlite.ts";

/** The log of a new account, with the first rows of its first device. */
export function appendAccountRows(db: Db, account: NewAccount, now: Instant): void {
  const { account: log, device, rows } = account;
  const bytes = rows.reduce((sum, row) => sum + row.length, 0);
  db.run(
    "INSERT INTO log (id, kind, generation, suite, head, turn, last_time, bytes) VALUES (?, 'account', 0, 0, ?, 0, ?, ?)",
    log,
    rows.length,
    now,
    bytes,
  );
  rows.forEach((body, index) => {
    db.run(
      `INSERT INTO row (log, position, turn, time, kind, device, sequence, body_hash, body, uptime)
       VALUES (?1, ?2, 0, ?3, 'account', ?4, ?2, ?5, ?6, (SELECT ms FROM uptime))`,
      log,
      index + 1,
      now,
      device,
      sha256(body),
      body,
    );
  });
  const last = rows.at(-1);
  db.run(
    `INSERT INTO member (log, device, since, cursor, sequence, last_hash, last_position, last_time) VALUES (?, ?, 0, 0, ?, ?, ?, ?)`,
    log,
    device,
    rows.length,
    last ? sha256(last) : null,
    last ? rows.length : null,
    last ? now : null,
  );
}
