/** Accounts, devices and sessions at rest. A token or a browser's secret is kept as its hash only. [S10] [S13] [S14] */
import { bytesEqual, type Instant } from "@megachat/base";
import type { Bytes, Faces, Id, LoginFaces, LoginRecord, NewAccount, NewSession, SessionFacts, SignedUp } from "./port.ts";
import { appendAccountRows } from "./account-rows.ts";
import { insertKeyPackages } from "./key-packages.ts";
import type { Db } from "./sqlite.ts";

/** How long a sign-up may be repeated after its answer was lost: later its bytes must not open a session again. */
const REPEAT_MS = 15 * 60_000;
const KNOWN_SECRETS = 2;

export function signUp(db: Db, a: { readonly account: NewAccount; readonly session: NewSession; readonly now: Instant }): SignedUp {
  const { account, session, now } = a;
  const before = db.get<{ sign_up_hash: Bytes; created: number; disabled: number }>(
    "SELECT sign_up_hash, created, disabled FROM account WHERE id = ?",
    account.account,
  );
  if (before) {
    const repeated =
      bytesEqual(before.sign_up_hash, account.signUpHash) && Math.abs(now - before.created) < REPEAT_MS && before.disabled === 0;
    if (!repeated) return { type: "taken" };
    openSession(db, { device: account.device, session });
    return { type: "signedUp" };
  }
  if (isHandleTaken(db, account)) return { type: "nameTaken" };
  const taken = db.get(
    `SELECT 1 FROM account WHERE identity_hash = ?1
     UNION ALL SELECT 1 FROM device WHERE id = ?2
     UNION ALL SELECT 1 FROM log WHERE id = ?3`,
    account.identityHash,
    account.device,
    account.account,
  );
  if (taken) return { type: "taken" };
  if (account.invitationHash) {
    const used = db.run(
      "UPDATE invitation SET uses_left = uses_left - 1 WHERE code_hash = ? AND uses_left > 0 AND expires > ?",
      account.invitationHash,
      now,
    );
    if (used === 0) return { type: "invitationInvalid" };
  }
  insertAccount(db, account, now);
  appendAccountRows(db, account, now);
  insertKeyPackages(db, { device: account.device, keyPackages: account.keyPackages, lastResort: account.lastResort });
  openSession(db, { device: account.device, session });
  return { type: "signedUp" };
}

function insertAccount(db: Db, account: NewAccount, now: Instant): void {
  db.run(
    `INSERT INTO account (id, handle, identity_hash, setup, record, account_record, address, device_list,
       wrap_password, wrap_recovery, wrap_secret, sign_up_hash, created)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    account.account,
    account.handle,
    account.identityHash,
    account.setup,
    account.record,
    account.accountRecord,
    account.address,
    account.deviceList,
    account.wraps.password,
    account.wraps.recovery,
    account.wraps.accountSecret,
    account.signUpHash,
    now,
  );
  db.run(
    "INSERT INTO device (id, account, certificate, signature_key, created) VALUES (?, ?, ?, ?, ?)",
    account.device,
    account.account,
    account.certificate,
    account.signatureKey,
    now,
  );
}

export const isHandleTaken = (db: Db, a: { readonly handle: string }): boolean =>
  db.get("SELECT 1 FROM account WHERE handle = ?", a.handle) !== undefined;

export const loginRecord = (db: Db, a: { readonly handle: string }): LoginRecord | null =>
  db.get<LoginRecord>("SELECT id AS account, setup, record FROM account WHERE handle = ?", a.handle) ?? null;

export function loginFaces(db: Db, a: { readonly account: Id }): LoginFaces | null {
  const row = db.get<{
    account: Id;
    handle: string;
    disabled: number;
    accountRecord: Bytes;
    deviceList: Bytes;
    password: Bytes;
    accountSecret: Bytes;
  }>(
    `SELECT id AS account, handle, disabled, account_record AS accountRecord, device_list AS deviceList,
       wrap_password AS password, wrap_secret AS accountSecret
     FROM account WHERE id = ?`,
    a.account,
  );
  if (!row) return null;
  const { account, handle, accountRecord, deviceList, password, accountSecret } = row;
  return { account, handle, disabled: row.disabled !== 0, accountRecord, deviceList, wraps: { password, accountSecret } };
}

export const isKnownBrowser = (db: Db, a: { readonly handle: string; readonly device: Id; readonly secretHash: Bytes }): boolean =>
  db.get(
    `SELECT 1 FROM known_browser JOIN device ON device.id = known_browser.device JOIN account ON account.id = device.account
     WHERE known_browser.device = ? AND secret_hash = ? AND handle = ?`,
    a.device,
    a.secretHash,
    a.handle,
  ) !== undefined;

export const deviceKey = (db: Db, a: { readonly account: Id; readonly device: Id }): Bytes | null =>
  db.get<{ signature_key: Bytes }>("SELECT signature_key FROM device WHERE id = ? AND account = ?", a.device, a.account)
    ?.signature_key ?? null;

export function openSession(db: Db, a: { readonly device: Id; readonly session: NewSession }): void {
  const { session } = a;
  db.run("DELETE FROM session WHERE device = ?", a.device);
  db.run(
    "INSERT INTO session (id, device, token_hash, share, uptime) VALUES (?, ?, ?, ?, (SELECT ms FROM uptime))",
    session.session,
    a.device,
    session.tokenHash,
    session.share,
  );
  db.run(
    "INSERT INTO known_browser (device, secret_hash, uptime) VALUES (?, ?, (SELECT ms FROM uptime))",
    a.device,
    session.knownHash,
  );
  // The one before stays good: the answer that carried the newest may have been lost.
  db.run(
    `DELETE FROM known_browser WHERE device = ?1 AND secret_hash NOT IN
       (SELECT secret_hash FROM known_browser WHERE device = ?1 ORDER BY secret_hash = ?2 DESC, uptime DESC LIMIT ${KNOWN_SECRETS})`,
    a.device,
    session.knownHash,
  );
}

export function session(db: Db, a: { readonly session: Id }): SessionFacts | null {
  const row = db.get<Omit<SessionFacts, "disabled"> & { readonly disabled: number }>(
    `SELECT account.id AS account, device.id AS device, handle, share, token_hash AS tokenHash, disabled
     FROM session JOIN device ON device.id = session.device JOIN account ON account.id = device.account WHERE session.id = ?`,
    a.session,
  );
  return row ? { ...row, disabled: row.disabled !== 0 } : null;
}

export function touchSession(db: Db, a: { readonly session: Id }): void {
  db.run("UPDATE session SET uptime = (SELECT ms FROM uptime) WHERE id = ?", a.session);
}

export function endSession(db: Db, a: { readonly session: Id }): void {
  db.run("DELETE FROM session WHERE id = ?", a.session);
}

type FacesRow = Omit<Faces, "certificates">;
const FACES = "SELECT id AS account, handle, account_record AS accountRecord, address, device_list AS deviceList FROM account";

export const facesByHandle = (db: Db, a: { readonly handle: string }): Faces | null =>
  withCertificates(db, db.get<FacesRow>(`${FACES} WHERE handle = ?`, a.handle));
export const facesByIdentity = (db: Db, a: { readonly identityHash: Bytes }): Faces | null =>
  withCertificates(db, db.get<FacesRow>(`${FACES} WHERE identity_hash = ?`, a.identityHash));
export const facesByAccount = (db: Db, a: { readonly account: Id }): Faces | null =>
  withCertificates(db, db.get<FacesRow>(`${FACES} WHERE id = ?`, a.account));

function withCertificates(db: Db, row: FacesRow | undefined): Faces | null {
  if (!row) return null;
  const devices = db.all<{ certificate: Bytes }>("SELECT certificate FROM device WHERE account = ? ORDER BY created", row.account);
  return { ...row, certificates: devices.map((device) => device.certificate) };
}
