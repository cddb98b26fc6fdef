/** {@link AccountState} as it lies in the local database, and what a step has to write. [R18] */
import { instant, u64 } from "@megachat/base";
import {
  AccountEntry,
  bool,
  bytes,
  choice,
  decode,
  encode,
  hash32,
  id16,
  list,
  MAX_BODY,
  MAX_ENTRIES,
  nullable,
  object,
  struct,
  text,
  u53,
} from "@megachat/wire";
import type { PutRow } from "../step.ts";
import type { KeyPackageStock } from "./key-packages.ts";
import { decodeSelf, encodeSelf } from "./self.ts";
import { accountAlarmTypes, calmAccount, type AccountLog, type AccountState, type Profile, type QueuedRow } from "./state.ts";

/** A row of the local database. */
export interface StoredRow {
  readonly space: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const LogRow = object("accountLog", 0x0c44, 1, {
  position: u53,
  hash: hash32,
  sequence: u53,
  heard: list(struct({ device: id16, sequence: u53 }), 1000),
  alarms: list(struct({ type: choice(accountAlarmTypes), at: u53, count: u53 }), accountAlarmTypes.length),
});
const QueuedRowRow = object("accountRow", 0x0c45, 1, {
  sequence: u53,
  entries: list(AccountEntry, MAX_ENTRIES),
  sealed: nullable(struct({ body: bytes(MAX_BODY), bodyHash: hash32 })),
});
const ProfileRow = object("profile", 0x0c46, 1, {
  displayName: nullable(text(320)),
  recovery: struct({ at: choice(["pending", "postponed", "confirmed"]), since: u53 }),
  settings: list(struct({ name: text(64), value: bytes(4096) }), 256),
});
const reference = bytes(64);
const StockRow = object("keyPackageStock", 0x0c47, 1, {
  left: u53,
  lastResort: nullable(struct({ reference, used: bool })),
  madeAt: nullable(u53),
  batches: list(struct({ madeAt: u53, references: list(reference, 100) }), 1000),
  retired: list(struct({ reference, goesAt: u53 }), 1000),
  unpublished: nullable(struct({ keyPackages: list(bytes(16_384), 100), lastResort: nullable(bytes(16_384)) })),
});

/** Spaces of the database that this part owns. */
export const accountSpaces = ["self", "accountLog", "accountRow", "profile", "keyPackages"] as const;
type Space = (typeof accountSpaces)[number];
const only = new Uint8Array(0);

/** What changed between two states, as rows to write. Everything, from nothing. */
export function accountRows(before: AccountState | null, now: AccountState): readonly PutRow[] {
  const rows: PutRow[] = [];
  const put = (space: Space, key: Uint8Array, value: Uint8Array | null): void => {
    rows.push({ type: "store", put: "row", space, key, value });
  };
  if (before?.self !== now.self) put("self", only, encodeSelf(now.self));
  if (before?.log !== now.log) put("accountLog", only, encodeLog(now.log));
  if (before?.profile !== now.profile) put("profile", only, encodeProfile(now.profile));
  if (before?.stock !== now.stock) put("keyPackages", only, encodeStock(now.stock));
  if (before?.outbox !== now.outbox) {
    const old = new Map((before?.outbox ?? []).map((row) => [row.sequence, row]));
    for (const row of now.outbox) {
      if (old.get(row.sequence) !== row) put("accountRow", u64(row.sequence), encodeQueued(row));
      old.delete(row.sequence);
    }
    for (const sequence of old.keys()) put("accountRow", u64(sequence), null);
  }
  return rows;
}

/** The state of rows; null when one of them is missing or damaged. Rows of other spaces are passed over. */
export function restoreAccount(rows: Iterable<StoredRow>): AccountState | null {
  const found = new Map<string, Uint8Array>();
  const outbox: QueuedRow[] = [];
  for (const { space, value } of rows) {
    if (space !== "accountRow") {
      found.set(space, value);
      continue;
    }
    const row = decode(QueuedRowRow, value);
    if (!row.ok) return null;
    outbox.push({ sequence: row.value.sequence, entries: row.value.entries, sealed: row.value.sealed });
  }
  const of = (space: Space): Uint8Array => found.get(space) ?? only;
  const self = decodeSelf(of("self"));
  const log = decodeLog(of("accountLog"));
  const profile = decodeProfile(of("profile"));
  const stock = decodeStock(of("keyPackages"));
  if (!self.ok || !log || !profile || !stock) return null;
  outbox.sort((a, b) => a.sequence - b.sequence);
  return { self: self.value, log, outbox, profile, stock, live: calmAccount };
}

const encodeLog = (log: AccountLog): Uint8Array => encode(LogRow, { ...log, type: "accountLog" });
function decodeLog(row: Uint8Array): AccountLog | null {
  const read = decode(LogRow, row);
  if (!read.ok) return null;
  const { type: _type, alarms, ...plain } = read.value;
  return { ...plain, alarms: alarms.map((alarm) => ({ ...alarm, at: instant(alarm.at) })) };
}

const encodeQueued = (row: QueuedRow): Uint8Array => encode(QueuedRowRow, { ...row, type: "accountRow" });

const encodeProfile = ({ displayName, recovery, settings }: Profile): Uint8Array =>
  encode(ProfileRow, {
    type: "profile",
    displayName,
    recovery: { at: recovery.at, since: recovery.at === "pending" ? 0 : recovery.since },
    settings: [...settings].map(([name, value]) => ({ name, value })),
  });
function decodeProfile(row: Uint8Array): Profile | null {
  const read = decode(ProfileRow, row);
  if (!read.ok) return null;
  const { displayName, recovery, settings } = read.value;
  return {
    displayName,
    recovery: recovery.at === "pending" ? { at: "pending" } : { at: recovery.at, since: instant(recovery.since) },
    settings: new Map(settings.map(({ name, value }) => [name, value])),
  };
}

const encodeStock = (stock: KeyPackageStock): Uint8Array => encode(StockRow, { ...stock, type: "keyPackageStock" });
function decodeStock(row: Uint8Array): KeyPackageStock | null {
  const read = decode(StockRow, row);
  if (!read.ok) return null;
  const { type: _type, madeAt, batches, retired, ...plain } = read.value;
  return {
    ...plain,
    madeAt: madeAt === null ? null : instant(madeAt),
    batches: batches.map((batch) => ({ ...batch, madeAt: instant(batch.madeAt) })),
    retired: retired.map((each) => ({ ...each, goesAt: instant(each.goesAt) })),
  };
}
