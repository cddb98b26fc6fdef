/**
 * Rows of a conversation's log: every row has exactly one outcome, whatever its bytes, and all that does not take effect
 * leaves the engine as it was. [G12] [G18–G22] [G32]
 */
import { bytesEqual, compareBytes, instant } from "@megachat/base";
import { CommitData, decode, readMlsHeader, type MlsHeader, type RowKind } from "@megachat/wire";
import type { Received } from "@megachat/mls";
import { CANDIDATE, changeBetween, LIVE, settle, undo, view, type Desk, type GroupView } from "./desk.ts";
import type { ConversationId, Member, Opened, SkipReason } from "./engine.ts";
import { judgeCommit, type Committer, type Verdict } from "./guard.ts";
import { call, must, setEngineTime, type Refused } from "./mls.ts";
import { adoptPending, pendingKind } from "./pending.ts";

export interface LogRow {
  readonly kind: RowKind;
  readonly body: Uint8Array;
}

const skip = (reason: SkipReason, author?: Member): Opened => ({ type: "skipped", reason, author });

export function openRow(desk: Desk, id: ConversationId, row: LogRow): Opened {
  const header = readMlsHeader(row.body);
  // A row of ours under another kind is skipped by the others, and so by us.
  const kind = pendingKind(desk, id, row.body);
  if (kind) return kind === row.kind ? openPending(desk, id) : skip({ type: "wrongKind" });
  const before = view(desk, id);
  if (!before) {
    const damaged = must(() => desk.mls.hasSlot(LIVE, id));
    return { type: "failed", reason: damaged ? "damaged" : "futureEpoch", epoch: header.ok ? header.value.epoch : 0 };
  }
  if (row.kind === "application" && desk.notes.takeOwn(id, row.body)) return { type: "ownRow" };
  if (!header.ok || !bytesEqual(header.value.groupId, id)) return skip({ type: "malformed" });
  const wrong = judgeFraming(header.value, row.kind);
  if (wrong) return skip(wrong);
  const { epoch } = header.value;
  if (epoch > before.epoch) return { type: "failed", reason: "futureEpoch", epoch };
  if (epoch < before.epoch) return skip({ type: "pastEpoch" });
  if (header.value.content === "application") return openWith(desk, { id, before, body: row.body, data: undefined });

  // Read before anything is proved, so that the engine's clock stands right; what is proved later is the same bytes.
  const data = decode(CommitData, header.value.authenticatedData);
  if (!data.ok || !isOrderlyData(data.value)) return skip({ type: "invalid", rule: "G3" });
  setEngineTime(data.value.time);
  return openWith(desk, { id, before, body: row.body, data: data.value });
}

/** The server counts turns by a row's kind, and members by what is in it: the two must agree. */
function judgeFraming(header: MlsHeader, kind: RowKind): SkipReason | undefined {
  const content = header.content === "application" ? "application" : "commit";
  const wanted = {
    application: ["private", "application"],
    commit: ["private", "commit"],
    externalCommit: ["public", "commit"],
    account: [],
  }[kind];
  if (header.content === "proposal") return { type: "invalid", rule: "G8" };
  return wanted[0] === header.wireFormat && wanted[1] === content ? undefined : { type: "wrongKind" };
}

function isOrderlyData(data: CommitData): boolean {
  const ascending = (ids: readonly Uint8Array[]): boolean =>
    ids.every((each, i) => {
      const last = ids[i - 1];
      return last === undefined || compareBytes(last, each) < 0;
    });
  return ascending(data.added) && ascending(data.removed);
}

function openPending(desk: Desk, id: ConversationId): Opened {
  const adopted = adoptPending(desk, id);
  const now = view(desk, id);
  const own = now?.members.find((member) => member.leaf === now.ownLeaf);
  if (!adopted.ok || !now || !own) throw new Error("our own commit cannot be adopted");
  return { type: "committed", by: own, own: true, change: adopted.value, epoch: now.epoch, lostPending: false };
}

interface Present {
  readonly id: ConversationId;
  readonly before: GroupView;
  readonly body: Uint8Array;
  /** Of a commit. */
  readonly data: CommitData | undefined;
}

/** A row of the present epoch, in a step of its own. */
function openWith(desk: Desk, present: Present): Opened {
  must(() => desk.mls.begin());
  let outcome: Outcome | undefined;
  try {
    const processed = call(() => desk.mls.process(present.id, present.body));
    outcome = processed.ok ? judge(desk, present, processed.value) : refused(present, processed.error);
  } finally {
    if (outcome?.keep) must(() => desk.mls.keep());
    else undo(desk);
  }
  // The others are in our epoch after all, or they are not: after the undoing, so that it stays known.
  if (outcome.keep) desk.notes.setDoubt(present.id, undefined);
  if (outcome.doubt) desk.notes.setDoubt(present.id, outcome.doubt);
  return outcome.opened;
}

interface Outcome {
  readonly opened: Opened;
  readonly keep: boolean;
  readonly doubt?: "pathFailed" | "removed";
}
const leaveAsIs = (opened: Opened): Outcome => ({ opened, keep: false });

function refused({ before: { epoch } }: Present, { word }: Refused): Outcome {
  switch (word) {
    case "pathSecret":
      return { opened: { type: "failed", reason: "pathFailed", epoch }, keep: false, doubt: "pathFailed" };
    case "undecryptable":
      return leaveAsIs({ type: "failed", reason: "undecryptable", epoch });
    case "storage":
      return leaveAsIs({ type: "failed", reason: "damaged", epoch });
    case "replayed":
    case "malformed":
      return leaveAsIs(skip({ type: word }));
    default:
      return leaveAsIs(skip({ type: "refusedByMls", kind: word }));
  }
}

function judge(desk: Desk, present: Present, received: Received): Outcome {
  const author = present.before.members.find((member) => member.leaf === received.author);
  switch (received.kind) {
    case "application":
      if (!author || !received.plaintext) return leaveAsIs(skip({ type: "malformed" }));
      return {
        opened: { type: "message", sender: author, plaintext: received.plaintext, data: received.aad, epoch: present.before.epoch },
        keep: true,
      };
    case "commit":
      return judgeReceived(desk, present, received);
    case "proposal":
      return leaveAsIs(skip({ type: "invalid", rule: "G8" }, author));
    case "ownCommit":
    case "ownUnverified":
      return leaveAsIs(skip({ type: "forgedOwn" }));
  }
}

function judgeReceived(desk: Desk, { id, before, data }: Present, received: Received): Outcome {
  const facts = received.commit;
  if (!facts || !data) return leaveAsIs(skip({ type: "malformed" }));
  const by: Committer = received.author >= 0 ? { type: "member", leaf: received.author } : { type: "joiner" };
  const verdict = judgeCommit(before, { facts, data, by });
  const author = authorOf(before, verdict, received);
  if (verdict.type === "invalid") return leaveAsIs(skip({ type: "invalid", rule: verdict.rule }, author));
  if (!author) return leaveAsIs(skip({ type: "malformed" }));

  const external = by.type === "joiner";
  const time = instant(data.time);
  if (facts.selfRemoved) {
    const after = {
      ...before,
      roster: verdict.roster,
      members: before.members.filter((member) => !facts.removes.includes(member.leaf)),
    };
    const change = changeBetween(before, after, { time, external });
    // Whoever is removed cannot check the confirmation tag: the commit may be junk that all others skip. [G21]
    return { opened: { type: "removed", by: author, change, epoch: facts.epoch }, keep: false, doubt: "removed" };
  }
  const lostPending = desk.notes.pending(id) !== undefined;
  must(() => desk.mls.adopt());
  must(() => desk.mls.clearSlot(CANDIDATE, id));
  const after = settle(desk, id);
  const change = changeBetween(before, after, { time, external });
  return { opened: { type: "committed", by: author, own: false, change, epoch: after.epoch, lostPending }, keep: true };
}

function authorOf(before: GroupView, verdict: Verdict, received: Received): Member | undefined {
  if (received.author >= 0) return before.members.find((member) => member.leaf === received.author);
  const leaf = received.joinerLeaf;
  return leaf !== undefined && verdict.by ? { leaf, certificate: verdict.by } : undefined;
}
