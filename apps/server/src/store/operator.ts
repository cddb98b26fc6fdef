/** What the operator's command line asks of the store: invitations, switched-off accounts, totals. [S41] */
import type { Instant } from "@megachat/base";
import type { Bytes, Invitation } from "./port.ts";
import type { Db } from "./sqlite.ts";

export const isInvitationGood = (db: Db, a: { readonly codeHash: Bytes; readonly now: Instant }): boolean =>
  db.get("SELECT 1 FROM invitation WHERE code_hash = ? AND uses_left > 0 AND expires > ?", a.codeHash, a.now) !== undefined;

export function createInvitation(
  db: Db,
  a: { readonly id: string; readonly codeHash: Bytes; readonly uses: number; readonly expires: Instant; readonly now: Instant },
): void {
  db.run(
    "INSERT INTO invitation (id, code_hash, uses_left, expires, created) VALUES (?, ?, ?, ?, ?)",
    a.id,
    a.codeHash,
    a.uses,
    a.expires,
    a.now,
  );
}

export const invitations = (db: Db, a: { readonly now: Instant }): readonly Invitation[] =>
  db.all<Invitation>(
    "SELECT id, uses_left AS usesLeft, expires FROM invitation WHERE uses_left > 0 AND expires > ? ORDER BY created",
    a.now,
  );

export const revokeInvitation = (db: Db, a: { readonly id: string }): boolean =>
  db.run("DELETE FROM invitation WHERE id = ?", a.id) > 0;

export const setDisabled = (db: Db, a: { readonly handle: string; readonly disabled: boolean }): boolean =>
  db.run("UPDATE account SET disabled = ? WHERE handle = ?", a.disabled ? 1 : 0, a.handle) > 0;

export function totals(db: Db): { accounts: number; disabled: number; sessions: number; conversations: number; rows: number } {
  const found = db.get<{ accounts: number; disabled: number; sessions: number; conversations: number; rows: number }>(
    `SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(*) FROM account WHERE disabled <> 0) AS disabled,
       (SELECT count(*) FROM session) AS sessions, (SELECT count(*) FROM direct) AS conversations,
       (SELECT count(*) FROM row) AS rows`,
  );
  if (!found) throw new Error("a sum without a row");
  return { ...found };
}

export const faults = (db: Db): readonly string[] =>
  db
    .all<{ integrity_check: string }>("PRAGMA integrity_check")
    .map((row) => row.integrity_check)
    .filter((line) => line !== "ok");

/** Counts commits of other connections to the file. */
export const outsideChanges = (db: Db): number => db.get<{ data_version: number }>("PRAGMA data_version")?.data_version ?? 0;

export const fact = (db: Db, a: { readonly name: string }): string | null =>
  db.get<{ value: string }>("SELECT value FROM fact WHERE name = ?", a.name)?.value ?? null;

export function setFact(db: Db, a: { readonly name: string; readonly value: string }): void {
  db.run("INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", a.name, a.value);
}
