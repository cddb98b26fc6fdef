/**
 * What the server keeps, all of it. Every column is an id, a public or sealed byte string, or a number needed for order
 * and limits. [S2]
 *
 * `uptime` in a row is the server's running time when it was stored, which is what ages things: a wall clock that jumps
 * by a year must not delete what nobody has read, and neither must a month in which the server was off.
 *
 * A migration, once released, never changes; the next one is appended.
 */
import { StartRefused } from "../reach/start-refused.ts";
import type { Db } from "./sqlite.ts";

const migrations: readonly string[] = [
  `
  CREATE TABLE uptime (id INTEGER PRIMARY KEY CHECK (id = 1), ms INTEGER NOT NULL) STRICT;
  INSERT INTO uptime (id, ms) VALUES (1, 0);

  CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE account (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    handle TEXT NOT NULL UNIQUE,
    identity_hash BLOB NOT NULL UNIQUE,
    setup BLOB NOT NULL,
    record BLOB NOT NULL,
    account_record BLOB NOT NULL,
    address BLOB NOT NULL,
    device_list BLOB NOT NULL,
    wrap_password BLOB NOT NULL,
    wrap_recovery BLOB NOT NULL,
    wrap_secret BLOB NOT NULL,
    sign_up_hash BLOB NOT NULL,
    inbox_last INTEGER NOT NULL DEFAULT 0,
    disabled INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE device (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    account BLOB NOT NULL REFERENCES account (id),
    certificate BLOB NOT NULL,
    signature_key BLOB NOT NULL,
    created INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX device_of_account ON device (account);

  CREATE TABLE session (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    device BLOB NOT NULL UNIQUE REFERENCES device (id),
    token_hash BLOB NOT NULL,
    share BLOB NOT NULL,
    uptime INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE known_browser (
    device BLOB NOT NULL REFERENCES device (id),
    secret_hash BLOB NOT NULL,
    uptime INTEGER NOT NULL,
    PRIMARY KEY (device, secret_hash)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE key_package (
    id INTEGER PRIMARY KEY,
    device BLOB NOT NULL REFERENCES device (id),
    hash BLOB NOT NULL,
    body BLOB NOT NULL,
    uptime INTEGER NOT NULL,
    UNIQUE (device, hash)
  ) STRICT;
  CREATE INDEX key_package_by_age ON key_package (uptime);

  CREATE TABLE last_resort (
    device BLOB PRIMARY KEY REFERENCES device (id),
    body BLOB NOT NULL
  ) STRICT;

  CREATE TABLE log (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('account', 'direct')),
    generation INTEGER NOT NULL,
    suite INTEGER NOT NULL,
    head INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    last_time INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE direct (
    low BLOB NOT NULL REFERENCES account (id),
    high BLOB NOT NULL REFERENCES account (id),
    log BLOB NOT NULL UNIQUE REFERENCES log (id),
    PRIMARY KEY (low, high),
    CHECK (low < high)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE member (
    log BLOB NOT NULL REFERENCES log (id),
    device BLOB NOT NULL REFERENCES device (id),
    since INTEGER NOT NULL,
    until INTEGER,
    until_turn INTEGER,
    cursor INTEGER NOT NULL,
    sequence INTEGER NOT NULL DEFAULT 0,
    last_hash BLOB,
    last_position INTEGER,
    last_time INTEGER,
    PRIMARY KEY (device, log)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX member_of_log ON member (log);

  CREATE TABLE row (
    log BLOB NOT NULL REFERENCES log (id),
    position INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('commit', 'externalCommit', 'application', 'account')),
    device BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    body_hash BLOB NOT NULL,
    body BLOB NOT NULL,
    uptime INTEGER NOT NULL,
    PRIMARY KEY (log, position)
  ) STRICT;
  CREATE UNIQUE INDEX row_of_sender ON row (log, device, sequence);
  CREATE INDEX row_by_age ON row (uptime);

  CREATE TABLE read_further (log BLOB PRIMARY KEY REFERENCES log (id)) STRICT, WITHOUT ROWID;

  CREATE TABLE group_info (
    log BLOB NOT NULL REFERENCES log (id),
    device BLOB NOT NULL,
    number INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (log, device)
  ) STRICT;

  CREATE TABLE inbox_body (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;

  CREATE TABLE inbox (
    account BLOB NOT NULL REFERENCES account (id),
    item INTEGER NOT NULL,
    device BLOB,
    kind TEXT NOT NULL CHECK (kind IN ('request', 'welcome')),
    sender BLOB NOT NULL,
    log BLOB,
    position INTEGER,
    body INTEGER NOT NULL REFERENCES inbox_body (id),
    uptime INTEGER NOT NULL,
    PRIMARY KEY (account, item)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX inbox_by_body ON inbox (body);
  CREATE INDEX inbox_of_log ON inbox (log, device) WHERE log IS NOT NULL;
  CREATE INDEX inbox_by_age ON inbox (uptime);

  CREATE TABLE request (
    sender BLOB NOT NULL REFERENCES account (id),
    receiver BLOB NOT NULL REFERENCES account (id),
    item INTEGER,
    body_hash BLOB NOT NULL,
    uptime INTEGER NOT NULL,
    PRIMARY KEY (sender, receiver)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX request_by_receiver ON request (receiver, item);

  CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    code_hash BLOB NOT NULL UNIQUE,
    uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
    expires INTEGER NOT NULL,
    created INTEGER NOT NULL
  ) STRICT;
  `,
];

/** Brings a database up to this build's schema. Throws on one that a newer build wrote: going back would lose data. */
export function migrate(db: Db): void {
  const { user_version: version } = db.get<{ user_version: number }>("PRAGMA user_version") ?? { user_version: 0 };
  if (version > migrations.length)
    throw new StartRefused(
      `The database is of a newer version (${version}) than this program (${migrations.length}). Start the newer program.`,
    );
  migrations.slice(version).forEach((sql, index) => {
    db.script(`BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${version + index + 1}; COMMIT;`);
  });
}
