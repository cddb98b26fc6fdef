/** What becomes of a commit of ours once the server has spoken. [G22] [G27] */
import { bytesEqual, err, ok, type Result } from "@megachat/base";
import { sha256 } from "@megachat/crypto";
import { CANDIDATE, changeBetween, forgetView, settle, step, view, type Desk } from "./desk.ts";
import type { Change, CommitError, ConversationId } from "./engine.ts";
import { must } from "./mls.ts";
import { adoptExternal } from "./resync.ts";

/** The server took it: its epoch is now ours. */
export const adoptPending = (desk: Desk, id: ConversationId): Result<Change, CommitError> =>
  step(desk, () => {
    const pending = desk.notes.pending(id);
    if (!pending) return err({ type: "unknownConversation" });
    const { kind, time } = pending;
    if (kind === "external") return ok(adoptExternal(desk, id, time));
    const before = view(desk, id);
    if (!before) return err({ type: "unknownConversation" });
    must(() => desk.mls.mergePending(id));
    return ok(changeBetween(before, settle(desk, id), { time, external: false }));
  });

/**
 * The server refused it for good. The generation it was sealed with stays used: its bytes may have been seen, and other
 * bytes must never have the same key and nonce.
 */
export function dropPending(desk: Desk, id: ConversationId): void {
  const pending = desk.notes.pending(id);
  if (!pending) return;
  step(desk, () => {
    if (pending.kind === "create") must(() => desk.mls.destroy(id));
    if (pending.kind === "change") must(() => desk.mls.clearPending(id));
    if (pending.kind === "external") must(() => desk.mls.clearSlot(CANDIDATE, id));
    desk.notes.setPending(id, undefined);
    forgetView(desk, id);
    return ok(undefined);
  });
}

/** The kind that a row must have which is our pending commit; undefined for any other row. */
export function pendingKind(desk: Desk, id: ConversationId, body: Uint8Array): "commit" | "externalCommit" | undefined {
  const pending = desk.notes.pending(id);
  if (!pending || !bytesEqual(pending.hash, sha256(body))) return undefined;
  return pending.kind === "external" ? "externalCommit" : "commit";
}
