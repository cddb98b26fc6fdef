/** Commits of ours: built, and judged as others will judge them. They stay pending until the server has taken them. [G10] [G27] */
import { err, ok, type Result } from "@megachat/base";
import { sha256 } from "@megachat/crypto";
import { CommitData, encode, type Certificate } from "@megachat/wire";
import { readCertificate } from "./certificate.ts";
import { mlsSuiteOf, step, view, type Desk } from "./desk.ts";
import type { CommitError, ConversationChange, ConversationId, NewConversation, Pending, PendingKind } from "./engine.ts";
import { judgeCommit, judgeGroup } from "./guard.ts";
import { lifetimeAt, readKeyPackage } from "./key-packages.ts";
import { deviceIds } from "./leaves.ts";
import { call, must, setEngineTime } from "./mls.ts";
import { writeRoster } from "./roster.ts";

export const createConversation = (desk: Desk, wanted: NewConversation): Result<Pending, CommitError> =>
  step(desk, () => {
    const id = wanted.conversation;
    if (id.length !== 16) return err({ type: "malformed" });
    if (view(desk, id) || desk.notes.floor(id) >= 0 || desk.notes.pending(id)) return err({ type: "exists" });
    setEngineTime(wanted.now);
    const { notBefore, notAfter } = lifetimeAt(wanted.now);
    const made = call(() => desk.mls.create(id, mlsSuiteOf(wanted.suite), writeRoster(wanted.roster), notBefore, notAfter));
    if (!made.ok) return err({ type: "refusedByMls", kind: made.error.word });
    const alone = must(() => desk.mls.facts(id));
    const judged = alone ? judgeGroup(alone) : "G2";
    if (typeof judged === "string") return err({ type: "invalid", rule: judged });
    const now = wanted.now;
    return build(desk, id, { kind: "create", change: { add: wanted.keyPackages, now } });
  });

export const commitChange = (desk: Desk, id: ConversationId, change: ConversationChange): Result<Pending, CommitError> =>
  step(desk, () => {
    if (!view(desk, id)) return err({ type: "unknownConversation" });
    if (desk.notes.pending(id)) return err({ type: "pending" });
    if (desk.notes.doubt(id)) return err({ type: "inDoubt" });
    return build(desk, id, { kind: "change", change });
  });

interface Plan {
  readonly kind: Exclude<PendingKind, "external">;
  readonly change: ConversationChange;
}

/** Inside a step. */
function build(desk: Desk, id: ConversationId, { kind, change }: Plan): Result<Pending, CommitError> {
  const before = view(desk, id);
  if (!before) return err({ type: "unknownConversation" });
  const added: Certificate[] = [];
  for (const bytes of change.add ?? []) {
    const read = readKeyPackage(desk, bytes, change.now);
    if (!read.ok) return err({ type: "refusedByMls", kind: read.error.word });
    const certificate = readCertificate(read.value.leaf.credential);
    if (!certificate.ok) return err({ type: "invalid", rule: "G1" });
    added.push(certificate.value);
  }
  const removes = change.remove ?? [];
  const gone = removes.map((leaf) => before.members.find((member) => member.leaf === leaf)?.certificate);
  if (gone.includes(undefined)) return err({ type: "invalid", rule: "G8" });

  const data: CommitData = {
    type: "commitData",
    time: change.now,
    added: deviceIds(added),
    removed: deviceIds(gone.filter((certificate) => certificate !== undefined)),
  };
  const roster = change.roster && writeRoster(change.roster);
  setEngineTime(change.now);
  const built = call(() =>
    desk.mls.commit(id, [...(change.add ?? [])], Uint32Array.from(removes), roster, encode(CommitData, data)),
  );
  if (!built.ok) return err({ type: "refusedByMls", kind: built.error.word });

  // Judged by the very function that the others will use: what they would skip is never sent.
  const facts = must(() => desk.mls.pendingFacts(id));
  const verdict = judgeCommit(before, { facts, data, by: { type: "member", leaf: before.ownLeaf } });
  if (verdict.type === "invalid") return err({ type: "invalid", rule: verdict.rule });

  const { commit, welcome, groupInfo } = built.value;
  desk.notes.setPending(id, { kind, time: change.now, hash: sha256(commit) });
  return ok({ commit, kind: "commit", welcome, groupInfo, data, epoch: before.epoch + 1 });
}
