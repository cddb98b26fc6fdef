/**
 * The order of a log: a row is stored for the present turn and with its device's sequence last + 1, or not at all. [S20] [S21]
 *
 * A repetition gets the position of the first, whatever has happened since: the answer may have been lost. So nothing is
 * doubled, and nothing is skipped.
 */
import { bytesEqual, type Instant } from "@megachat/base";
import { directBetween, insertDirect, isParticipant } from "./direct.ts";
import { deliver, dropOldWelcomes } from "./inboxes.ts";
import { applyMembership, devicesWithAccounts, memberOf, standingDevices, type MemberRow } from "./members.ts";
import type { AppendOutcome, Bytes, Draft, Id, Speaker, StoredRow } from "./port.ts";
import type { Db } from "./sqlite.ts";

/** Unread bytes that a log may hold. Whoever reads makes room. */
const MAX_LOG_BYTES = 256 << 20;
/** Joins by GroupInfo that wait for use at one turn, one of each device that posted. */
const GROUP_INFOS = 3;

export interface LogRow {
  readonly id: Id;
  readonly kind: "account" | "direct";
  readonly generation: number;
  readonly head: number;
  readonly turn: number;
  readonly last_time: number;
  readonly bytes: number;
}

export const logOf = (db: Db, id: Id): LogRow | undefined =>
  db.get<LogRow>("SELECT id, kind, generation, head, turn, last_time, bytes FROM log WHERE id = ?", id);

const refused = (reason: Extract<AppendOutcome, { type: "refused" }>["reason"]): AppendOutcome => ({ type: "refused", reason });

export function append(db: Db, a: { readonly speaker: Speaker; readonly draft: Draft; readonly now: Instant }): AppendOutcome {
  const { speaker, draft, now } = a;
  const log = logOf(db, draft.log);
  const member = log && memberOf(db, log.id, speaker.device);
  if (!log || !mayAppend(db, log, member, speaker, draft)) return refused("notMember");
  if ((draft.kind === "account") !== (log.kind === "account") || draft.generation !== log.generation) return refused("invalid");

  const last = member?.sequence ?? 0;
  if (draft.sequence <= last) return repeated(db, log, member, draft);
  if (draft.sequence !== last + 1) return { type: "outOfSequence", last };
  if (draft.turn !== log.turn) return { type: "staleTurn", turn: log.turn, position: log.head };
  if (log.bytes + draft.body.length > MAX_LOG_BYTES) return refused("full");
  return store(db, log, speaker, draft, now);
}

// Outsiders cannot tell a log that is not theirs from one that does not exist.
function mayAppend(db: Db, log: LogRow, member: MemberRow | undefined, speaker: Speaker, draft: Draft): boolean {
  if (member && member.until === null) return true;
  return draft.kind === "externalCommit" && log.kind === "direct" && isParticipant(db, log.id, speaker.account);
}

function repeated(db: Db, log: LogRow, member: MemberRow | undefined, draft: Draft): AppendOutcome {
  const last = member?.sequence ?? 0;
  const row = db.get<StoredRow & { readonly bodyHash: Bytes }>(
    `SELECT position, turn, time, kind, device, sequence, body, body_hash AS bodyHash FROM row WHERE log = ? AND device = ? AND sequence = ?`,
    log.id,
    member?.device ?? new Uint8Array(0),
    draft.sequence,
  );
  if (row) {
    if (!bytesEqual(row.bodyHash, draft.bodyHash) || row.kind !== draft.kind) return refused("invalid");
    const { bodyHash: _, ...stored } = row;
    return { type: "appended", row: stored, fresh: false, devices: [], welcomes: [] };
  }
  // The row itself has served its time: the last one of each device is remembered without it.
  if (draft.sequence !== last || !member || member.last_hash === null) return { type: "outOfSequence", last };
  if (!bytesEqual(member.last_hash, draft.bodyHash)) return refused("invalid");
  const position = member.last_position ?? 0;
  const stored = { ...draft, position, time: member.last_time ?? 0, device: member.device };
  return { type: "appended", row: stored, fresh: false, devices: [], welcomes: [] };
}

/** Everything a row changes, in one transaction: the row, the turn, who stands, Welcomes, GroupInfo. */
function store(db: Db, log: LogRow, speaker: Speaker, draft: Draft, now: Instant): AppendOutcome {
  const external = draft.kind === "externalCommit";
  const isCommit = external || draft.kind === "commit";
  // An external commit is sealed against us; by the protocol it adds its sender and replaces its sender's old leaf.
  const added = external ? [speaker.device] : draft.added;
  const removed = external ? [] : draft.removed;
  const joining = added.length === 0 ? [] : devicesWithAccounts(db, added);
  if (joining.length !== added.length) return refused("unknownDevice");
  if (!joining.every((each) => isParticipant(db, log.id, each.account))) return refused("invalid");

  const position = log.head + 1;
  const time = Math.max(now, log.last_time);
  const row: StoredRow = {
    position,
    turn: log.turn,
    time,
    kind: draft.kind,
    device: speaker.device,
    sequence: draft.sequence,
    body: draft.body,
  };
  db.run(
    "INSERT INTO row (log, position, turn, time, kind, device, sequence, body_hash, body, uptime) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT ms FROM uptime))",
    log.id,
    position,
    log.turn,
    time,
    draft.kind,
    speaker.device,
    draft.sequence,
    draft.bodyHash,
    draft.body,
  );
  const turn = log.turn + (isCommit ? 1 : 0);
  db.run(
    "UPDATE log SET head = ?, turn = ?, last_time = ?, bytes = bytes + ? WHERE id = ?",
    position,
    turn,
    time,
    draft.body.length,
    log.id,
  );
  // Who leaves by this row still gets it.
  const before = standingDevices(db, log.id);
  applyMembership(db, log.id, { position, turn, added: joining, removed });
  noteSequence(db, log.id, speaker.device, row, draft.bodyHash);
  if (isCommit) db.run("DELETE FROM group_info WHERE log = ?", log.id);
  if (isCommit && draft.groupInfo) putGroupInfo(db, log.id, speaker.device, position, draft.groupInfo);
  const welcomes = draft.welcome
    ? deliver(db, { kind: "welcome", from: speaker.account, log: log.id, position, body: draft.welcome }, joining)
    : [];
  if (draft.welcome) dropOldWelcomes(db, log.id, added);
  const devices = external && !before.some((device) => bytesEqual(device, speaker.device)) ? [...before, speaker.device] : before;
  return { type: "appended", row, fresh: true, devices, welcomes };
}

function noteSequence(db: Db, log: Id, device: Id, row: StoredRow, bodyHash: Bytes): void {
  db.run(
    "UPDATE member SET sequence = ?, last_hash = ?, last_position = ?, last_time = ? WHERE log = ? AND device = ?",
    row.sequence,
    bodyHash,
    row.position,
    row.time,
    log,
    device,
  );
}

/** Founds the direct conversation of two accounts by its first commit. [S23] */
export function found(
  db: Db,
  a: { readonly speaker: Speaker; readonly with: Id; readonly suite: number; readonly draft: Draft; readonly now: Instant },
): AppendOutcome {
  const { speaker, draft } = a;
  if (bytesEqual(a.with, speaker.account)) return refused("invalid");
  if (!db.get("SELECT 1 FROM account WHERE id = ?", a.with)) return refused("notFound");
  const existing = directBetween(db, speaker.account, a.with);
  if (existing) return bytesEqual(existing, draft.log) ? append(db, a) : { type: "exists", log: existing };
  // Only who was asked for contact may found: a Welcome is not a way around the request. [S26]
  if (!db.get("SELECT 1 FROM request WHERE sender = ? AND receiver = ?", a.with, speaker.account)) return refused("notFound");
  if (draft.kind !== "commit" || draft.turn !== 0 || draft.sequence !== 1 || draft.generation !== 0) return refused("invalid");
  if (logOf(db, draft.log) || !draft.welcome) return refused("invalid");
  // Looked up before anything is written: an outcome that refuses leaves nothing behind.
  const joining = devicesWithAccounts(db, draft.added);
  if (joining.length !== draft.added.length) return refused("unknownDevice");
  const pair = [speaker.account, a.with];
  if (!joining.every((each) => pair.some((account) => bytesEqual(account, each.account)))) return refused("invalid");
  if (!joining.some((each) => bytesEqual(each.account, a.with))) return refused("invalid");

  db.run(
    "INSERT INTO log (id, kind, generation, suite, head, turn, last_time, bytes) VALUES (?, 'direct', 0, ?, 0, 0, 0, 0)",
    draft.log,
    a.suite,
  );
  insertDirect(db, speaker.account, a.with, draft.log);
  db.run("INSERT INTO member (log, device, since, cursor) VALUES (?, ?, 0, 0)", draft.log, speaker.device);
  const first = append(db, a);
  // Everything that could refuse was looked at above; throwing takes the founding back.
  if (first.type !== "appended") throw new Error(`a founding row was not stored: ${first.type}`);
  return first;
}

export function postGroupInfo(
  db: Db,
  a: { readonly speaker: Speaker; readonly log: Id; readonly turn: number; readonly groupInfo: Bytes },
): "posted" | "notMember" | { readonly turn: number; readonly position: number } {
  const log = logOf(db, a.log);
  const member = log && memberOf(db, log.id, a.speaker.device);
  if (log?.kind !== "direct" || member?.until !== null) return "notMember";
  if (log.turn !== a.turn) return { turn: log.turn, position: log.head };
  putGroupInfo(db, log.id, a.speaker.device, log.head, a.groupInfo);
  return "posted";
}

// One of each device, so that nobody can push everybody else's out.
function putGroupInfo(db: Db, log: Id, device: Id, number: number, body: Bytes): void {
  db.run(
    `INSERT INTO group_info (log, device, number, body) VALUES (?, ?, ?, ?)
     ON CONFLICT (log, device) DO UPDATE SET number = excluded.number, body = excluded.body`,
    log,
    device,
    number,
    body,
  );
  db.run(
    `DELETE FROM group_info WHERE log = ?1 AND device NOT IN
       (SELECT device FROM group_info WHERE log = ?1 ORDER BY number DESC, device = ?2 DESC LIMIT ${GROUP_INFOS})`,
    log,
    device,
  );
}

export function groupInfos(
  db: Db,
  a: { readonly speaker: Speaker; readonly log: Id },
): { readonly turn: number; readonly groupInfos: readonly Bytes[] } | null {
  const log = logOf(db, a.log);
  // A participant whose device stands no more may come back by an external commit.
  if (log?.kind !== "direct" || !isParticipant(db, log.id, a.speaker.account)) return null;
  const rows = db.all<{ body: Bytes }>("SELECT body FROM group_info WHERE log = ? ORDER BY number DESC", log.id);
  return { turn: log.turn, groupInfos: rows.map((row) => row.body) };
}
