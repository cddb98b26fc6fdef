/**
 * The account log on this device: what the server ordered is chained, judged and folded; what we write waits in the
 * outbox until it has a position. [R16–R21]
 *
 * One row of ours is on its way at a time, sealed only then, so that it names what came before it; after a break the
 * same bytes are sent again, and the server answers with the position they already have.
 */
import { bytesEqual, type Instant, type Random } from "@megachat/base";
import { nextInLog, sha256 } from "@megachat/crypto";
import { archiveKey, openAccountRow, sealAccountRow } from "@megachat/auth";
import { AccountEntry, decode, encode, envelopeBytes, MAX_ENTRIES, type Row } from "@megachat/wire";
import { storedTime } from "../patience.ts";
import { newestSecret } from "./self.ts";
import type { AccountAlarmType, AccountState, Fold, QueuedRow } from "./state.ts";

/** Puts entries at the end of the outbox. The caller has already folded them as its own. */
export function enqueue(state: AccountState, entries: readonly AccountEntry[]): AccountState {
  const rows: QueuedRow[] = [];
  for (let at = 0; at < entries.length; at += MAX_ENTRIES) {
    rows.push({ sequence: state.log.sequence + rows.length + 1, entries: entries.slice(at, at + MAX_ENTRIES), sealed: null });
  }
  if (rows.length === 0) return state;
  return { ...state, outbox: [...state.outbox, ...rows], log: { ...state.log, sequence: state.log.sequence + rows.length } };
}

/** The first row of the outbox, sealed; the same row when it was already. */
export function sealFirst(random: Random, state: AccountState): AccountState {
  const [first, ...rest] = state.outbox;
  if (!first || first.sealed) return state;
  const { self, log } = state;
  const { m, secret } = newestSecret(self);
  using key = archiveKey(secret, self.account, m);
  const body = sealAccountRow(
    random,
    key,
    {
      type: "accountEntries",
      account: self.account,
      device: self.device,
      m,
      sequence: first.sequence,
      seen: log.position,
      seenHash: log.hash,
      entries: first.entries.map((entry) => encode(AccountEntry, entry)),
    },
    self.signatureSeed,
  );
  return { ...state, outbox: [{ ...first, sealed: { body, bodyHash: sha256(body) } }, ...rest] };
}

/** What reading one row came to. */
export interface Taken {
  readonly state: AccountState;
  readonly folds: readonly Fold[];
}

/**
 * Takes the next row of the log. Whatever it holds, the log has advanced: a row that counts for nothing raises an alarm
 * and is passed over, so that junk wedges nothing.
 */
export function takeRow(state: AccountState, row: Row, now: Instant): Taken {
  const next: AccountState = {
    ...state,
    log: {
      ...state.log,
      position: row.position,
      hash: nextInLog(
        state.log.hash,
        envelopeBytes({
          type: "envelope",
          log: state.self.account,
          generation: 0,
          position: row.position,
          turn: row.turn,
          time: row.time,
          kind: row.kind,
          device: row.device,
          sequence: row.sequence,
          bodyHash: sha256(row.body),
        }),
      ),
    },
  };
  if (row.kind !== "account") return passOver(next, "foreignRow", now);
  if (bytesEqual(row.device, state.self.device)) return takeOwn(next, row, now);

  return takeTheirs(state, next, row, now);
}

/** A row of another device of this account. `before` has not read it, `next` has. */
function takeTheirs(before: AccountState, next: AccountState, row: Row, now: Instant): Taken {
  const { self, log } = before;
  const sibling = self.siblings.find(({ device }) => bytesEqual(device, row.device));
  const heard = log.heard.find(({ device }) => bytesEqual(device, row.device));
  // A row of theirs that is stored again opens like the first time, so its number must be new.
  if (!sibling || (heard && row.sequence <= heard.sequence)) return passOver(next, "foreignRow", now);
  const keys = new Map(self.secrets.map(({ m, secret }) => [m, archiveKey(secret, self.account, m)]));
  const opened = openAccountRow(keys, { ...row, account: self.account }, sibling.signatureKey, row.body);
  for (const key of keys.values()) key[Symbol.dispose]();
  if (!opened.ok) return passOver(next, "foreignRow", now);
  // It names what its author had read: our own last row, unless the server shows the two of us different logs.
  const { seen, seenHash, entries } = opened.value;
  const forked = seen >= row.position || (seen === log.position && !bytesEqual(seenHash, log.hash));
  if (forked) return passOver(next, "fork", now);

  // Entries of kinds that this version does not know wait for one that does.
  const known = entries.map((bytes) => decode(AccountEntry, bytes)).flatMap((each) => (each.ok ? [each.value] : []));
  const time = storedTime(row.time, now);
  const theirs = known.map((entry): Fold => ({ entry, position: row.position, time, own: false }));
  const newest = { device: Uint8Array.from(row.device), sequence: row.sequence };
  const read = { ...next.log, heard: [...log.heard.filter((each) => each !== heard), newest] };
  return { state: { ...next, log: read }, folds: [...theirs, ...unstored(next.outbox, now)] };
}

/** What we wrote later applies again on top, so that all devices end with the order of the log. */
const unstored = (outbox: readonly QueuedRow[], now: Instant): readonly Fold[] =>
  outbox.flatMap(({ entries }) => entries.map((entry): Fold => ({ entry, position: null, time: now, own: true })));

function takeOwn(next: AccountState, row: Row, now: Instant): Taken {
  const [first, ...rest] = next.outbox;
  // Known by its hash alone: anything else in our name is a copy of this device, or forged.
  const ours = first?.sealed && first.sequence === row.sequence && bytesEqual(first.sealed.bodyHash, sha256(row.body));
  if (!ours) return passOver(next, "ownCopy", now);

  const time = storedTime(row.time, now);
  const stored = first.entries.map((entry): Fold => ({ entry, position: row.position, time, own: true }));
  const outbox = rest.map((queued) => nameLoosened(queued, first.entries, row.position));
  return { state: { ...next, outbox }, folds: [...stored, ...unstored(outbox, now)] };
}

const passOver = (state: AccountState, alarm: AccountAlarmType, now: Instant): Taken => ({
  state: raise(state, alarm, now),
  folds: [],
});

/** An entry that loosens one of ours written just before could not name its position then: it has one now. */
function nameLoosened(row: QueuedRow, stored: readonly AccountEntry[], position: number): QueuedRow {
  if (row.sealed) return row;
  let changed = false;
  const entries = row.entries.map((entry) => {
    const named = stored.reduce((each, made) => (isLoosenedBy(made, each) ? withPosition(each, position) : each), entry);
    changed ||= named !== entry;
    return named;
  });
  return changed ? { ...row, entries } : row;
}

/** Stands in an entry of the outbox for the position of an entry before it. */
export const NOT_YET = 0;

function isLoosenedBy(made: AccountEntry, later: AccountEntry): boolean {
  if (!("account" in made) || !("account" in later) || !("loosens" in later) || later.loosens !== NOT_YET) return false;
  if (!bytesEqual(made.account, later.account)) return false;
  switch (later.type) {
    case "blockEntry":
      return made.type === "blockEntry" && made.blocked;
    case "verifyEntry":
      return made.type === "contactEntry" || made.type === "keyAcceptEntry";
    case "keyAcceptEntry":
      return made.type === "keyChangeEntry";
  }
}

const withPosition = <E extends AccountEntry>(entry: E, loosens: number): E => ({ ...entry, loosens });

/** Adds to an alarm, or raises it. */
export function raise(state: AccountState, type: AccountAlarmType, now: Instant): AccountState {
  const standing = state.log.alarms.find((alarm) => alarm.type === type);
  const others = state.log.alarms.filter((alarm) => alarm !== standing);
  const alarm = standing ? { ...standing, count: standing.count + 1 } : { type, at: now, count: 1 };
  return { ...state, log: { ...state.log, alarms: [...others, alarm] } };
}

/** Takes an alarm back whose cause is gone. */
export function calm(state: AccountState, type: AccountAlarmType): AccountState {
  const alarms = state.log.alarms.filter((alarm) => alarm.type !== type);
  return alarms.length === state.log.alarms.length ? state : { ...state, log: { ...state.log, alarms } };
}

/** Numbers and seals the whole outbox anew, after `last`: somebody used our numbers, and nothing of ours was stored under them. */
export const renumber = (state: AccountState, last: number): AccountState => ({
  ...state,
  outbox: state.outbox.map((row, i) => ({ ...row, sequence: last + 1 + i, sealed: null })),
  log: { ...state.log, sequence: last + state.outbox.length },
});
