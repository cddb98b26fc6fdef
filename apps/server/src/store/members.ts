/** Which devices stand in a log, from which row on and until which. [S22] */
import type { Id } from "./port.ts";
import type { Db } from "./sqlite.ts";

export interface MemberRow {
  readonly device: Id;
  /** Rows above this one are theirs: the first is the commit that brought them in. */
  readonly since: number;
  /** The last row that is theirs; null while they stand. */
  readonly until: number | null;
  readonly until_turn: number | null;
  readonly cursor: number;
  /** The last one used. */
  readonly sequence: number;
  readonly last_hash: Uint8Array<ArrayBuffer> | null;
  readonly last_position: number | null;
  readonly last_time: number | null;
}

export const memberOf = (db: Db, log: Id, device: Id): MemberRow | undefined =>
  db.get<MemberRow>(
    `SELECT device, since, until, until_turn, cursor, sequence, last_hash, last_position, last_time
     FROM member WHERE log = ? AND device = ?`,
    log,
    device,
  );

export const standingDevices = (db: Db, log: Id): readonly Id[] =>
  db.all<{ device: Id }>("SELECT device FROM member WHERE log = ? AND until IS NULL", log).map((row) => row.device);

export interface JoiningDevice {
  readonly device: Id;
  readonly account: Id;
}

/** The accounts of devices; a device that does not exist is missing from the answer. */
export const devicesWithAccounts = (db: Db, devices: readonly Id[]): readonly JoiningDevice[] =>
  devices.flatMap((device) => db.get<JoiningDevice>("SELECT id AS device, account FROM device WHERE id = ?", device) ?? []);

/** Removals first: a device that a commit names in both lists has replaced its own leaf and stands. */
export function applyMembership(
  db: Db,
  log: Id,
  change: {
    readonly position: number;
    readonly turn: number;
    readonly added: readonly JoiningDevice[];
    readonly removed: readonly Id[];
  },
): void {
  for (const device of change.removed) {
    db.run(
      "UPDATE member SET until = ?, until_turn = ? WHERE log = ? AND device = ? AND until IS NULL",
      change.position,
      change.turn,
      log,
      device,
    );
  }
  for (const { device } of change.added) {
    // Who replaced a leaf keeps what it was entitled to before; who comes back gets nothing from the time between. The
    // commit that brings a device in is its first row: the device chains it, although it does not open it.
    db.run(
      `INSERT INTO member (log, device, since, cursor) VALUES (?1, ?2, ?4, ?4)
       ON CONFLICT (device, log) DO UPDATE SET
         since = CASE WHEN until IS NULL OR until = ?3 THEN since ELSE ?4 END,
         cursor = CASE WHEN until IS NULL OR until = ?3 THEN cursor ELSE ?4 END,
         until = NULL, until_turn = NULL`,
      log,
      device,
      change.position,
      change.position - 1,
    );
  }
}
