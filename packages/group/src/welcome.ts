/** Being added: a Welcome is looked into, judged, and only then adopted. [G23] [G24] */
import { bytesEqual, err, ok, type Result } from "@megachat/base";
import { CANDIDATE, forgetView, KEPT, settle, undo, viewOf, type Desk } from "./desk.ts";
import type { ConversationId, WelcomeError, WelcomeFacts } from "./engine.ts";
import { judgeGroup } from "./guard.ts";
import { call, must } from "./mls.ts";

/** A Welcome in the middle of a step that {@link adoptWelcome} keeps or {@link dropWelcome} undoes. */
export interface StagedWelcome {
  readonly id: ConversationId;
}

/** On success the step stays open. The key package that the Welcome used comes back if it is dropped. */
export function stageWelcome(
  desk: Desk,
  bytes: Uint8Array,
): Result<{ readonly facts: WelcomeFacts; readonly staged: StagedWelcome }, WelcomeError> {
  must(() => desk.mls.begin());
  let done: Result<{ readonly facts: WelcomeFacts; readonly staged: StagedWelcome }, WelcomeError> | undefined;
  try {
    done = join(desk, bytes);
    return done;
  } finally {
    if (!done?.ok) undo(desk);
  }
}

function join(
  desk: Desk,
  bytes: Uint8Array,
): Result<{ readonly facts: WelcomeFacts; readonly staged: StagedWelcome }, WelcomeError> {
  const joined = call(() => desk.mls.join(bytes));
  if (!joined.ok) {
    const { word } = joined.error;
    if (word === "malformed" || word === "notForUs") return err({ type: word });
    return err({ type: "refusedByMls", kind: word });
  }
  const [id, sender, lastResort] = joined.value;
  const group = must(() => desk.mls.facts(id));
  const found = group && viewOf(group);
  const judged = group ? judgeGroup(group) : "G2";
  if (typeof judged === "string") return err({ type: "invalid", rule: judged });
  if (!found) return err({ type: "invalid", rule: "G2" });

  const ours = desk.notes.floor(id);
  if (found.epoch <= ours) return err({ type: "stale", epoch: found.epoch, ours });
  const member = found.members.find((each) => each.leaf === sender);
  const own = found.members.find((each) => each.leaf === found.ownLeaf);
  if (!member || !own || !bytesEqual(own.certificate.device, desk.certificate.device)) return err({ type: "invalid", rule: "G23" });
  return ok({ facts: { conversation: id, ...found, sender: member, lastResort }, staged: { id } });
}

/** Keeps the step. */
export function adoptWelcome(desk: Desk, { id }: StagedWelcome): void {
  settle(desk, id);
  desk.notes.setUnconfirmed(id, false);
  must(() => desk.mls.clearSlot(KEPT, id));
  must(() => desk.mls.clearSlot(CANDIDATE, id));
  must(() => desk.mls.keep());
}

/** Undoes the step. */
export function dropWelcome(desk: Desk, { id }: StagedWelcome): void {
  undo(desk);
  forgetView(desk, id);
}
