/**
 * Validity: whether a commit may change a conversation, as a pure function of the group's state and the commit. [G1–G17]
 *
 * Every member judges with the same inputs and comes to the same answer, so an invalid commit is skipped by all and splits
 * nobody. That is why nothing here looks at a clock, at pins, blocks or settings: those are trust, which refuses nothing.
 */
import { bytesEqual } from "@megachat/base";
import type { CommitFacts, ContextExtension, GroupFacts, KeyPackageFacts } from "@megachat/mls";
import type { Certificate, CommitData, Roster } from "@megachat/wire";
import type { Member, RuleId } from "./engine.ts";
import { areDistinct, deviceIds, judgeLeaf, sameDevice, standsOn } from "./leaves.ts";
import { findAccount, judgeRosterChange, reaches, readRoster } from "./roster.ts";

/** The GroupContext extension that holds the roster, and the only other one there is. */
const ROSTER_EXTENSION = 0xf1c0;
const REQUIRED_CAPABILITIES = 3;
/** RequiredCapabilities (RFC 9420 §11.1): extension 0xf1c0, no proposal types, Basic credentials. */
const REQUIRED = Uint8Array.of(2, 0xf1, 0xc0, 0, 2, 0, 1);

/** RFC 9420 §17.4. */
const ADD = 1;
const REMOVE = 3;
const EXTERNAL_INIT = 6;
const GROUP_CONTEXT_EXTENSIONS = 7;

/** Longest life of a key package, in seconds: 100 days. */
const MAX_LIFETIME = 100 * 24 * 3600;
/** MLS extension type of a last-resort key package. */
const LAST_RESORT = 0x000a;

/** A group before a commit. */
export interface GroupState {
  readonly roster: Roster;
  readonly members: readonly Member[];
}
/**
 * Whether a group that somebody else built may be joined: everything that the commits leading to it would have had to
 * keep, as far as it can be seen in the result.
 */
export function judgeGroup(group: Pick<GroupFacts, "context" | "members">): RuleId | Roster {
  const roster = readContext(group.context);
  if (!roster) return "G2";
  const certificates: Certificate[] = [];
  for (const member of group.members) {
    const leaf = judgeLeaf(member, roster);
    if (leaf.broken) return leaf.broken;
    certificates.push(leaf.certificate);
  }
  return areDistinct(certificates) ? roster : "G6";
}

/** Who made a commit: a member, or somebody who joins by it. */
export type Committer = { readonly type: "member"; readonly leaf: number } | { readonly type: "joiner" };
export interface JudgedCommit {
  readonly facts: CommitFacts;
  readonly data: CommitData;
  readonly by: Committer;
}
export type Verdict =
  | { readonly type: "valid"; readonly roster: Roster; readonly by: Certificate }
  | { readonly type: "invalid"; readonly rule: RuleId; readonly by: Certificate | undefined };

/** Whether everyone takes this commit. */
export function judgeCommit(before: GroupState, commit: JudgedCommit): Verdict {
  const committer = commit.by.type === "member" ? memberAt(before, commit.by.leaf)?.certificate : undefined;
  const invalid = (rule: RuleId): Verdict => ({ type: "invalid", rule, by: committer });
  const { facts } = commit;

  const shape = judgeShape(commit);
  if (shape) return invalid(shape);
  const roster = readContext(facts.context);
  if (!roster) return invalid("G2");

  const removed = facts.removes.map((leaf) => memberAt(before, leaf));
  if (removed.includes(undefined)) return invalid("G8");
  const gone = removed.filter((member) => member !== undefined);

  const added: Certificate[] = [];
  for (const keyPackage of facts.adds) {
    const leaf = judgeKeyPackage(keyPackage, roster);
    if (leaf.broken) return invalid(leaf.broken);
    added.push(leaf.certificate);
  }
  const path = facts.path ? judgeLeaf(facts.path, roster) : undefined;
  if (path?.broken) return invalid(path.broken);

  if (commit.by.type === "joiner") {
    if (!path) return invalid("G8");
    if (!gone.every((member) => succeeds(path.certificate, member.certificate))) return invalid("G11");
    return conclude(before, commit, { roster, gone, added: [path.certificate], by: path.certificate, replaced: undefined });
  }

  if (!committer) return invalid("G8");
  if (path && !succeeds(path.certificate, committer)) return invalid("G7");
  const actor = findAccount(before.roster, committer.account);
  if (!actor) return invalid("G4");
  const change = judgeRosterChange(before.roster, roster, actor);
  if (change) return invalid(change);
  for (const { certificate } of gone) {
    const own = bytesEqual(certificate.account, committer.account);
    // Whoever may cut a serial off must also take out its leaf; that is no further power.
    if (!own && standsOn(roster, certificate) && !reaches(actor.role, before.roster.rules.removeDevices)) return invalid("G16");
  }
  return conclude(before, commit, { roster, gone, added, by: committer, replaced: path?.certificate });
}

interface Outcome {
  readonly roster: Roster;
  readonly gone: readonly Member[];
  readonly added: readonly Certificate[];
  readonly by: Certificate;
  /** The committer's certificate in its new leaf. */
  readonly replaced: Certificate | undefined;
}

/** What must hold of the group that a commit leads to, and of what the commit says it does. */
function conclude(before: GroupState, { data }: JudgedCommit, outcome: Outcome): Verdict {
  const { roster, gone, added, by, replaced } = outcome;
  const invalid = (rule: RuleId): Verdict => ({ type: "invalid", rule, by });
  const staying = before.members.filter((member) => !gone.includes(member)).map((member) => member.certificate);
  if (!staying.every((certificate) => standsOn(roster, certificate))) return invalid("G17");
  const others = replaced ? staying.filter((certificate) => !sameDevice(certificate, replaced)) : staying;
  if (!areDistinct([...others, ...(replaced ? [replaced] : []), ...added])) return invalid("G6");
  const named = sameIds(data.added, deviceIds(added)) && sameIds(data.removed, deviceIds(gone.map((member) => member.certificate)));
  return named ? { type: "valid", roster, by } : invalid("G10");
}

/** Kinds and number of proposals. */
function judgeShape({ facts, by }: JudgedCommit): RuleId | undefined {
  if (facts.byReference) return "G8";
  const count = (type: number): number => facts.proposals.filter((each) => each === type).length;
  if (by.type === "member") {
    const allowed = [ADD, REMOVE, GROUP_CONTEXT_EXTENSIONS];
    return facts.proposals.every((type) => allowed.includes(type)) && count(GROUP_CONTEXT_EXTENSIONS) <= 1 ? undefined : "G8";
  }
  const rest = facts.proposals.every((type) => type === EXTERNAL_INIT || type === REMOVE);
  return rest && count(EXTERNAL_INIT) === 1 && count(REMOVE) <= 1 ? undefined : "G11";
}

function judgeKeyPackage(keyPackage: KeyPackageFacts, roster: Roster): ReturnType<typeof judgeLeaf> {
  if (!hasLawfulShape(keyPackage)) return { broken: "G9" };
  return judgeLeaf(keyPackage.leaf, roster);
}

/** A key package's lifetime and extensions, as far as they do not depend on the time. [G9] */
export function hasLawfulShape(keyPackage: KeyPackageFacts): boolean {
  const lifetime = keyPackage.notAfter - keyPackage.notBefore;
  const plain = keyPackage.leaf.extensions.length === 0 && keyPackage.extensions.every((type) => type === LAST_RESORT);
  return plain && lifetime >= 0 && lifetime <= MAX_LIFETIME;
}

/** The roster of a GroupContext that has just the extensions it must have. [G2] */
export function readContext(context: readonly ContextExtension[]): Roster | undefined {
  const content = (type: number): Uint8Array | undefined => context.find((each) => each.type === type)?.content;
  const roster = content(ROSTER_EXTENSION);
  const required = content(REQUIRED_CAPABILITIES);
  if (context.length !== 2 || !roster || !required || !bytesEqual(required, REQUIRED)) return undefined;
  return readRoster(roster);
}

/** Whether a leaf may take the place of another: of the same device, and not with an older certificate. */
const succeeds = (next: Certificate, last: Certificate): boolean => sameDevice(next, last) && next.serial >= last.serial;
const memberAt = (group: GroupState, leaf: number): Member | undefined => group.members.find((member) => member.leaf === leaf);
const sameIds = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && a.every((id, i) => bytesEqual(id, b[i] ?? new Uint8Array(0)));
