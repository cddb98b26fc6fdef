/** What all operations of one engine share, and how each of them happens as a whole or not at all. [G26] */
import { bytesEqual, toHex, type Result } from "@megachat/base";
import type { Engine as MlsEngine, GroupFacts } from "@megachat/mls";
import type { Certificate, Roster } from "@megachat/wire";
import type { Change, ConversationId, Member, Suite } from "./engine.ts";
import { readContext } from "./guard.ts";
import { readMember } from "./leaves.ts";
import { must } from "./mls.ts";
import type { Notes } from "./notes.ts";

export interface Desk {
  readonly mls: MlsEngine;
  readonly notes: Notes;
  /** Our credential's bytes, and what they say. */
  readonly credential: Uint8Array;
  readonly certificate: Certificate;
  /** Groups as last looked at, by id and epoch. Emptied when something was undone. */
  readonly views: Map<string, GroupView>;
}

/** A group in one epoch, in our words. */
export interface GroupView {
  readonly suite: Suite;
  readonly epoch: number;
  readonly authenticator: Uint8Array;
  readonly roster: Roster;
  readonly members: readonly Member[];
  readonly ownLeaf: number;
}

const SUITES = new Map<number, Suite>([
  [0x004e, 1],
  [0x0001, 2],
]);
export const suiteOf = (mlsSuite: number): Suite | undefined => SUITES.get(mlsSuite);
/** The number that MLS has for our suite. [G31] */
export const mlsSuiteOf = (suite: Suite): number => (suite === 1 ? 0x004e : 0x0001);

/** A group's facts in our words; undefined for a group that the guard cannot have let in. */
export function viewOf(facts: GroupFacts): GroupView | undefined {
  const suite = suiteOf(facts.suite);
  const roster = readContext(facts.context);
  const members = facts.members.map(readMember);
  if (!suite || !roster || members.includes(undefined) || !Number.isSafeInteger(facts.epoch)) return undefined;
  return {
    suite,
    epoch: facts.epoch,
    authenticator: facts.authenticator,
    roster,
    members: members.filter((member) => member !== undefined),
    ownLeaf: facts.ownLeaf,
  };
}

/** The conversation as it stands. */
export function view(desk: Desk, id: ConversationId): GroupView | undefined {
  const name = toHex(id);
  const known = desk.views.get(name);
  if (known) return known;
  const facts = must(() => desk.mls.facts(id));
  const found = facts && viewOf(facts);
  if (found) desk.views.set(name, found);
  return found;
}

export const forgetView = (desk: Desk, id: ConversationId): void => {
  desk.views.delete(toHex(id));
};

/** Runs `work` as one step: kept when it succeeds, undone when it is refused or throws. */
export function step<T, E>(desk: Desk, work: () => Result<T, E>): Result<T, E> {
  must(() => desk.mls.begin());
  let done: Result<T, E> | undefined;
  try {
    done = work();
    return done;
  } finally {
    if (done?.ok) must(() => desk.mls.keep());
    else undo(desk);
  }
}

export function undo(desk: Desk): void {
  must(() => desk.mls.undo());
  desk.views.clear();
}

/** The copies of a group that the module keeps apart. */
export const LIVE = 1;
export const KEPT = 2;
export const CANDIDATE = 3;

/** What every change of epoch brings with it, inside a step. Gives the group as it is now. */
export function settle(desk: Desk, id: ConversationId): GroupView {
  forgetView(desk, id);
  const now = view(desk, id);
  if (!now) throw new Error("an adopted group cannot be read");
  desk.notes.turn(id);
  desk.notes.raiseFloor(id, now.epoch);
  return now;
}

/** What changed between two epochs. */
export function changeBetween(before: GroupView, after: GroupView, more: Pick<Change, "time" | "external">): Change {
  // A device that replaced its own leaf has a new certificate or a new leaf; one that renewed its keys has neither.
  const same = (a: Member, b: Member): boolean =>
    a.leaf === b.leaf && bytesEqual(a.certificate.device, b.certificate.device) && a.certificate.serial === b.certificate.serial;
  return {
    added: after.members.filter((member) => !before.members.some((old) => same(old, member))),
    removed: before.members.filter((old) => !after.members.some((member) => same(old, member))),
    before: before.roster,
    after: after.roster,
    ...more,
  };
}
