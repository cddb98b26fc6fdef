/** Joining by external commit: a new device, or a device whose state no longer fits. [G11] [G23] [G25] */
import { bytesEqual, err, ok, type Instant, type Result } from "@megachat/base";
import { sha256 } from "@megachat/crypto";
import { CommitData, encode } from "@megachat/wire";
import { CANDIDATE, changeBetween, forgetView, KEPT, LIVE, settle, step, view, viewOf, type Desk } from "./desk.ts";
import type { Change, ConversationId, ExternalJoin, ExternalPending, JoinError } from "./engine.ts";
import { judgeGroup } from "./guard.ts";
import { deviceIds } from "./leaves.ts";
import { call, must, setEngineTime } from "./mls.ts";

/**
 * Builds the commit beside the present state, which stays in use until {@link adoptExternal}. The GroupInfo is a member's
 * word about members and roster; here it is only checked to be one that the guard could have let come about.
 */
export const externalCommit = (desk: Desk, wanted: ExternalJoin): Result<ExternalPending, JoinError> =>
  step(desk, (): Result<ExternalPending, JoinError> => {
    const id = wanted.conversation;
    const pending = desk.notes.pending(id);
    if (pending) return err({ type: "pending" });
    setEngineTime(wanted.now);
    const tried = call(() => desk.mls.tryExternalCommit(wanted.groupInfo));
    if (!tried.ok)
      return err(tried.error.word === "malformed" ? { type: "malformed" } : { type: "refusedByMls", kind: tried.error.word });
    const [facts, replaced] = tried.value;
    if (!bytesEqual(facts.group, id)) return err({ type: "wrongConversation" });

    const epoch = facts.epoch - 1;
    const floor = Math.max(wanted.floor, desk.notes.floor(id));
    if (epoch < floor) return err({ type: "stale", epoch, floor });
    const judged = judgeGroup(facts);
    if (typeof judged === "string") return err({ type: "invalid", rule: judged });
    const joined = viewOf(facts);
    if (!joined) return err({ type: "invalid", rule: "G2" });

    const own = deviceIds([desk.certificate]);
    const data: CommitData = { type: "commitData", time: wanted.now, added: own, removed: replaced === undefined ? [] : own };
    const commit = call(() => desk.mls.externalCommit(id, wanted.groupInfo, encode(CommitData, data)));
    if (!commit.ok) return err({ type: "refusedByMls", kind: commit.error.word });
    desk.notes.setPending(id, { kind: "external", time: wanted.now, hash: sha256(commit.value) });
    return ok({
      commit: commit.value,
      kind: "externalCommit",
      welcome: undefined,
      groupInfo: undefined,
      data,
      epoch: joined.epoch,
      joins: { conversation: id, ...joined },
    });
  });

/** Inside a step. The state in use until now is kept: the epoch joined may prove to be nobody else's. */
export function adoptExternal(desk: Desk, id: ConversationId, time: Instant): Change {
  const before = view(desk, id);
  // A second resync before the first was confirmed: what was kept first is still what others may be in.
  if (before && !desk.notes.unconfirmed(id)) must(() => desk.mls.moveSlot(LIVE, KEPT, id));
  must(() => desk.mls.moveSlot(CANDIDATE, LIVE, id));
  const after = settle(desk, id);
  desk.notes.setUnconfirmed(id, true);
  const own = after.members.filter((member) => member.leaf === after.ownLeaf);
  const others = { ...after, members: after.members.filter((member) => member.leaf !== after.ownLeaf) };
  const change = changeBetween(before ?? others, after, { time, external: true });
  // Seen from outside, only our own leaf changed; what else differs from our old state came from commits we missed.
  return { ...change, added: own, removed: before ? before.members.filter((member) => member.leaf === before.ownLeaf) : [] };
}

/** Another leaf is in the epoch that we joined: the state from before goes. */
export function confirmResync(desk: Desk, id: ConversationId): void {
  step(desk, () => {
    must(() => desk.mls.clearSlot(KEPT, id));
    desk.notes.setUnconfirmed(id, false);
    return ok(undefined);
  });
}

/** The epoch that we joined is nobody else's: back to the state from before. */
export function revertResync(desk: Desk, id: ConversationId): boolean {
  if (!must(() => desk.mls.hasSlot(KEPT, id))) return false;
  step(desk, () => {
    must(() => desk.mls.moveSlot(KEPT, LIVE, id));
    desk.notes.turn(id);
    desk.notes.setUnconfirmed(id, false);
    forgetView(desk, id);
    const old = view(desk, id);
    if (old) desk.notes.lowerFloor(id, old.epoch);
    return ok(undefined);
  });
  return true;
}
