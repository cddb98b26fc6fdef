/** Key packages: a one-time one is given once, whatever races; the last-resort one when none is left. [S27] */
import { bytesEqual } from "@megachat/base";
import { sha256 } from "../sha256.ts";
import { directBetween } from "./direct.ts";
import type { Bytes, Id } from "./port.ts";
import type { Db } from "./sqlite.ts";

/** One-time key packages that wait for a device. */
const MAX_WAITING = 200;

interface Published {
  readonly device: Id;
  readonly keyPackages: readonly Bytes[];
  readonly lastResort: Bytes | null;
}

export function insertKeyPackages(db: Db, a: Published): void {
  for (const body of a.keyPackages) {
    db.run(
      "INSERT INTO key_package (device, hash, body, uptime) VALUES (?, ?, ?, (SELECT ms FROM uptime)) ON CONFLICT DO NOTHING",
      a.device,
      sha256(body),
      body,
    );
  }
  if (!a.lastResort) return;
  db.run(
    "INSERT INTO last_resort (device, body) VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET body = excluded.body",
    a.device,
    a.lastResort,
  );
}

export function publishKeyPackages(db: Db, a: Published): "published" | "full" {
  const { n } = db.get<{ n: number }>("SELECT count(*) AS n FROM key_package WHERE device = ?", a.device) ?? { n: 0 };
  if (n + a.keyPackages.length > MAX_WAITING) return "full";
  insertKeyPackages(db, a);
  return "published";
}

export function takeKeyPackages(db: Db, a: { readonly asker: Id; readonly account: Id }): readonly Bytes[] | null {
  if (!mayTake(db, a.asker, a.account)) return null;
  const devices = db.all<{ id: Id }>("SELECT id FROM device WHERE account = ? ORDER BY created", a.account);
  return devices.flatMap(({ id }) => takeOne(db, id) ?? []);
}

// Whoever may take them may use them up, so strangers may not: the account has asked the asker for contact, or they talk.
function mayTake(db: Db, asker: Id, account: Id): boolean {
  if (bytesEqual(asker, account)) return true;
  if (db.get("SELECT 1 FROM request WHERE sender = ? AND receiver = ?", account, asker)) return true;
  return directBetween(db, asker, account) !== undefined;
}

function takeOne(db: Db, device: Id): Bytes | undefined {
  const once = db.get<{ body: Bytes }>(
    "DELETE FROM key_package WHERE id = (SELECT min(id) FROM key_package WHERE device = ?) RETURNING body",
    device,
  );
  return (once ?? db.get<{ body: Bytes }>("SELECT body FROM last_resort WHERE device = ?", device))?.body;
}
