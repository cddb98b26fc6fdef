/** Inboxes: contact requests for an account, Welcomes for a device. An item stays until its device has handled it. [S26] [S28] */
import { bytesEqual } from "@megachat/base";
import type { Bytes, Id, InboxDelivery, InboxItem, RequestOutcome, Speaker } from "./port.ts";
import { takeBytes } from "../take-bytes.ts";
import type { Db } from "./sqlite.ts";

/** Requests of others that wait for an account. */
const MAX_REQUESTS = 500;
const MAX_PAGE_ITEMS = 32;
const WELCOMES = 3;

/** Stores one body for all of `to`, and gives each account's item the next number of that account. */
export function deliver(
  db: Db,
  what: Omit<InboxItem, "item">,
  to: readonly { readonly account: Id; readonly device: Id | null }[],
): readonly InboxDelivery[] {
  if (to.length === 0) return [];
  const stored = db.get<{ id: number }>("INSERT INTO inbox_body (body) VALUES (?) RETURNING id", what.body);
  return to.map(({ account, device }) => {
    const item = db.get<{ last: number }>(
      "UPDATE account SET inbox_last = inbox_last + 1 WHERE id = ? RETURNING inbox_last AS last",
      account,
    );
    if (!stored || !item) throw new Error("an inbox without an account");
    db.run(
      "INSERT INTO inbox (account, item, device, kind, sender, log, position, body, uptime) VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT ms FROM uptime))",
      account,
      item.last,
      device,
      what.kind,
      what.from,
      what.log,
      what.position,
      stored.id,
    );
    const { kind, from, log, position, body } = what;
    return { devices: device ? [device] : devicesOf(db, account), item: { item: item.last, kind, from, log, position, body } };
  });
}

const devicesOf = (db: Db, account: Id): readonly Id[] =>
  db.all<{ id: Id }>("SELECT id FROM device WHERE account = ?", account).map((row) => row.id);

export function sendRequest(
  db: Db,
  a: { readonly from: Id; readonly to: Id; readonly sealed: Bytes; readonly bodyHash: Bytes },
): RequestOutcome {
  const { from, to } = a;
  if (bytesEqual(from, to)) return { type: "refused", reason: "invalid" };
  if (!db.get("SELECT 1 FROM account WHERE id = ?", to)) return { type: "refused", reason: "notFound" };
  const before = db.get<{ item: number | null; body_hash: Bytes }>(
    "SELECT item, body_hash FROM request WHERE sender = ? AND receiver = ?",
    from,
    to,
  );
  // A repetition after a lost answer is answered as the first was, handled or not.
  if (before && bytesEqual(before.body_hash, a.bodyHash)) return { type: "sent", delivery: null };
  if (before && before.item !== null) return { type: "refused", reason: "requestPending" };
  const { n } = db.get<{ n: number }>("SELECT count(*) AS n FROM request WHERE receiver = ? AND item IS NOT NULL", to) ?? { n: 0 };
  if (n >= MAX_REQUESTS) return { type: "refused", reason: "full" };
  const what = { kind: "request", from, log: null, position: null, body: a.sealed } as const;
  const [delivery] = deliver(db, what, [{ account: to, device: null }]);
  if (!delivery) throw new Error("a request without an inbox");
  db.run(
    `INSERT INTO request (sender, receiver, item, body_hash, uptime) VALUES (?, ?, ?, ?, (SELECT ms FROM uptime))
     ON CONFLICT (sender, receiver) DO UPDATE SET item = excluded.item, body_hash = excluded.body_hash, uptime = excluded.uptime`,
    from,
    to,
    delivery.item.item,
    a.bodyHash,
  );
  return { type: "sent", delivery };
}

export function inbox(
  db: Db,
  a: { readonly speaker: Speaker; readonly after: number; readonly maxBytes: number },
): { readonly items: readonly InboxItem[]; readonly more: boolean } {
  const { account, device } = a.speaker;
  // Bodies are read one by one, so that a page of large ones is not in memory all at once.
  const rows = db.all<Omit<InboxItem, "body"> & { readonly body: number }>(
    `SELECT item, kind, sender AS "from", log, position, body FROM inbox
     WHERE account = ? AND (device IS NULL OR device = ?) AND item > ? ORDER BY item LIMIT ${MAX_PAGE_ITEMS + 1}`,
    account,
    device,
    a.after,
  );
  function* items(): Generator<InboxItem> {
    for (const row of rows.slice(0, MAX_PAGE_ITEMS)) {
      const stored = db.get<{ body: Bytes }>("SELECT body FROM inbox_body WHERE id = ?", row.body);
      if (!stored) throw new Error("an inbox item without a body");
      yield { ...row, body: stored.body };
    }
  }
  const { page, more } = takeBytes(items(), (item) => item.body.length + 128, a.maxBytes);
  return { items: page, more: more || rows.length > page.length };
}

export function clearInbox(db: Db, a: { readonly speaker: Speaker; readonly item: number }): void {
  const { account, device } = a.speaker;
  const gone = db.get<{ body: number }>(
    "DELETE FROM inbox WHERE account = ? AND item = ? AND (device IS NULL OR device = ?) RETURNING body",
    account,
    a.item,
    device,
  );
  if (!gone) return;
  dropUnusedBody(db, gone.body);
  db.run("UPDATE request SET item = NULL, uptime = (SELECT ms FROM uptime) WHERE receiver = ? AND item = ?", account, a.item);
}

/**
 * Only the newest Welcomes of a log wait for a device: older ones lead to epochs long past. More than one, since a junk
 * one must not push out the one that is good.
 */
export function dropOldWelcomes(db: Db, log: Id, devices: readonly Id[]): void {
  for (const device of devices) {
    const old = db.all<{ account: Id; item: number; body: number }>(
      `SELECT account, item, body FROM inbox WHERE kind = 'welcome' AND log = ? AND device = ? ORDER BY item DESC LIMIT -1 OFFSET ${WELCOMES}`,
      log,
      device,
    );
    for (const { account, item, body } of old) {
      db.run("DELETE FROM inbox WHERE account = ? AND item = ?", account, item);
      dropUnusedBody(db, body);
    }
  }
}

export function dropUnusedBody(db: Db, body: number): void {
  db.run("DELETE FROM inbox_body WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM inbox WHERE body = ?1)", body);
}
