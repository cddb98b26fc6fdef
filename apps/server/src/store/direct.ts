/** One direct conversation per pair of accounts. [S23] */
import { compareBytes } from "@megachat/base";
import type { Id } from "./port.ts";
import type { Db } from "./sqlite.ts";

const inOrder = (one: Id, other: Id): readonly [Id, Id] => (compareBytes(one, other) < 0 ? [one, other] : [other, one]);

/** The log of the two, if they have one. */
export const directBetween = (db: Db, one: Id, other: Id): Id | undefined =>
  db.get<{ log: Id }>("SELECT log FROM direct WHERE low = ? AND high = ?", ...inOrder(one, other))?.log;

export function insertDirect(db: Db, one: Id, other: Id, log: Id): void {
  db.run("INSERT INTO direct (low, high, log) VALUES (?, ?, ?)", ...inOrder(one, other), log);
}

/** Whether the account is one of the two, with or without a device in the conversation. */
export const isParticipant = (db: Db, log: Id, account: Id): boolean =>
  db.get("SELECT 1 FROM direct WHERE log = ? AND (low = ? OR high = ?)", log, account, account) !== undefined;
