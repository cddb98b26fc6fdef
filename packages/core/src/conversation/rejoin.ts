/** Joining again by an external commit, when the state here fits no more, and what others do when somebody has. [C7] [C29] */
import { after, bytesEqual, instant, seconds, toHex, type Instant } from "@megachat/base";
import { sha256 } from "@megachat/crypto";
import type { Change, Member } from "@megachat/group";
import type { Reply, Row } from "@megachat/wire";
import { isSequence, retryAfter } from "../patience.ts";
import { appendAsk, attemptOf, nextSequence, sealAgainFrom, sealForMembers, waitUntil } from "./append.ts";
import { enqueue, isQuestion, requeue } from "./outbox.ts";
import { askForMissed, forgetMissed } from "./resend.ts";
import { calm, change, live, noteEpoch, putLine, putPeer, raise, system, type Work } from "./work.ts";

/** Between two joinings: who is made to join again and again reads nothing, and so does whoever has to follow. [C7] */
const RESYNC_PAUSE = seconds(60);

/** Commits are missing here: join again, unless that is under way. */
export function needResync(work: Work): void {
  if (work.conversation.resync.at !== "none") return;
  const { now } = work.context;
  const last = work.conversation.live.resyncedAt;
  const notBefore = last === null ? now : instant(Math.max(now, after(last, RESYNC_PAUSE)));
  change(work, { resync: { at: "needed", since: now, tries: 0, notBefore } });
  raise(work, "resyncing");
}

export const attemptOfResync = ({ sequence, body }: { readonly sequence: number; readonly body: Uint8Array }): string =>
  attemptOf({ sequence, bodyHash: sha256(body) });

/** Rate-limited, so that a server that feeds us junk cannot keep us rejoining. [C7] */
const resyncPause = (tries: number): number => Math.min(60, 2 ** tries);

/** A time further off than any pause was written under a clock that has been put right since. */
const isDue = (now: Instant, notBefore: Instant): boolean => now >= notBefore || notBefore - now > RESYNC_PAUSE;

export function pumpResync(work: Work): void {
  const { resync, live: now } = work.conversation;
  if (now.head > work.conversation.position || now.fetching) return;
  if (resync.at === "needed" && isDue(work.context.now, resync.notBefore)) {
    change(work, {
      resync: { ...resync, tries: resync.tries + 1, notBefore: after(work.context.now, seconds(resyncPause(resync.tries + 1))) },
    });
    work.effects.push({
      type: "ask",
      key: `conversation:${work.hex}:groupInfo`,
      request: { type: "fetchGroupInfo", log: work.conversation.id },
    });
  }
  if (resync.at !== "joining") return;
  const attempt = attemptOfResync(resync);
  if (!now.asked.includes(attempt)) {
    live(work, { asked: [...now.asked, attempt] });
    work.effects.push(
      appendAsk(work, attempt, {
        type: "append",
        log: work.conversation.id,
        generation: 0,
        turn: resync.turn,
        kind: "externalCommit",
        sequence: resync.sequence,
        body: resync.body,
        welcome: null,
        groupInfo: null,
      }),
    );
  }
}

/** The first GroupInfo that is not below what we have seen and lets us join. */
export function joinWith(work: Work, groupInfos: readonly Uint8Array[], openInfo: (sealed: Uint8Array) => Uint8Array | null): void {
  const { conversation, context, powers } = work;
  if (conversation.resync.at !== "needed") return;
  // Our own comes last: it knows of nobody but who has followed us. One that led nowhere is not the first the next time.
  const { own } = conversation.groupInfo;
  const isOwn = (sealed: Uint8Array): boolean => own !== null && bytesEqual(sha256(sealed), own);
  const others = groupInfos.filter((each) => !isOwn(each));
  const first = others.length === 0 ? 0 : conversation.live.rejoins % others.length;
  for (const sealed of [...others.slice(first), ...others.slice(0, first), ...groupInfos.filter(isOwn)]) {
    const groupInfo = openInfo(sealed);
    if (!groupInfo) continue;
    const joined = powers.engine.externalCommit({
      conversation: conversation.id,
      groupInfo,
      floor: conversation.floor.epoch,
      now: context.now,
    });
    if (!joined.ok) {
      powers.log.warn("rejoinRefused", { kind: joined.error.type });
      if (joined.error.type === "stale") raise(work, "rolledBack");
      continue;
    }
    const body = sealForMembers(work, "externalCommit", joined.value.commit);
    const { since, tries } = conversation.resync;
    change(work, { resync: { at: "joining", since, tries, body, sequence: nextSequence(work), turn: conversation.turn } });
    return pumpResync(work);
  }
}

export function resyncAnswered(work: Work, reply: Reply): void {
  const { resync } = work.conversation;
  if (resync.at !== "joining") return;
  if (reply.type === "appended" && reply.position > work.conversation.position) {
    if (reply.position > work.conversation.live.head) live(work, { head: reply.position });
    return;
  }
  // Said to stand where we have read something else: asked again it would be said again. [C24]
  if (reply.type === "appended") raise(work, "serverOrder");
  if (reply.type === "slowDown") return waitUntil(work, retryAfter(work.context.now, reply.retryAfterMs));
  work.powers.engine.dropPending(work.conversation.id);
  // A message that was sealed and never sent has the sequence that is due: it goes out anew, behind our joining.
  if (reply.type === "outOfSequence" && isSequence(reply.last)) {
    change(work, { sequence: reply.last });
    sealAgainFrom(work, reply.last + 1);
  }
  const { since, tries } = resync;
  change(work, { resync: { at: "needed", since, tries, notBefore: after(work.context.now, seconds(resyncPause(tries))) } });
  if (reply.type === "staleTurn" && reply.position > work.conversation.live.head) live(work, { head: reply.position });
}

/** Nobody else makes these bytes: whatever name the server gives them, they bring us in again. */
export function isOurJoining({ conversation: { resync } }: Work, row: Row, bodyHash: Uint8Array): boolean {
  return resync.at === "joining" && row.kind === "externalCommit" && bytesEqual(sha256(resync.body), bodyHash);
}

export function adoptResync(work: Work, row: Row): void {
  const adopted = work.powers.engine.adoptPending(work.conversation.id);
  if (!adopted.ok) throw new Error(`own external commit could not be adopted: ${adopted.error.type}`);
  // One question is enough: the newest names all.
  const unasked = work.conversation.outbox.some(isQuestion);
  const outbox = work.conversation.outbox.filter((each) => !isQuestion(each)).map(requeue);
  change(work, { resync: { at: "none" }, suspect: false, outbox });
  wantGroupInfo(work, true);
  const id = work.powers.random.bytes(16);
  const question = askForMissed(work, id, { unasked });
  if (question) enqueue(work, id, question);
  live(work, { resyncedAt: work.context.now, rejoins: work.conversation.live.rejoins + 1 });
  calm(work, "resyncing");
  calm(work, "doesNotOpen");
  raise(work, "resynced");
  putLine(
    work,
    row.position,
    0,
    system(work, "rejoined", row.time, work.context.self.account, true, work.context.self.device),
    false,
  );
  noteEpoch(work, adopted.value);
}

// —— Whether others have followed ————————————————————————————————————————————————————————————————————————

/**
 * We have joined again and nobody has shown that they followed. A row stands in the log only if its sender had read our
 * commit: one that does not open then says that they skipped it.
 */
export const isAlone = (work: Work): boolean => work.powers.engine.state(work.conversation.id)?.unconfirmed === true;

/** Something of the present epoch took effect: the others are here, and what did not was junk. */
export function settled(work: Work): void {
  if (work.conversation.suspect) change(work, { suspect: false });
  const { id, resync } = work.conversation;
  if (isAlone(work)) {
    work.powers.engine.confirmResync(id);
    // What did not open before was junk after all.
    if (resync.at === "needed") {
      change(work, { resync: { at: "none" } });
      calm(work, "resyncing");
    }
  }
  forgetMissed(work);
}

// —— Others who join ——————————————————————————————————————————————————————————————————————————————————————

/** Who comes for the first time is told nothing of the past; who takes its own leaf's place may ask for what it missed. */
export function noteJoining(work: Work, position: number, by: Member, { external, added, removed }: Change): void {
  const has = (all: readonly Member[], { certificate }: Member): boolean =>
    all.some((each) => bytesEqual(each.certificate.device, certificate.device));
  for (const member of added)
    if (!has(removed, member)) putPeer(work, toHex(member.certificate.device), { since: position, rejoinedAt: 0 });
  if (external && (has(removed, by) || !has(added, by))) putPeer(work, toHex(by.certificate.device), { rejoinedAt: position });
}

/** One of those who let somebody in is enough to say that they did: the one with the lowest leaf. */
export function speaksFirst(work: Work, joined: Member): boolean {
  const state = work.powers.engine.state(work.conversation.id);
  const others = state?.members.filter(({ leaf }) => leaf !== joined.leaf) ?? [];
  return state?.ownLeaf === Math.min(...others.map(({ leaf }) => leaf));
}

// —— The GroupInfo by which others join ———————————————————————————————————————————————————————————————————

export const wantGroupInfo = (work: Work, wanted: boolean): void => {
  if (work.conversation.groupInfo.wanted !== wanted) change(work, { groupInfo: { ...work.conversation.groupInfo, wanted } });
};

/** A GroupInfo comes with every commit but an external one; without it nobody else could join, nor the joiner again. [C29] */
export function postGroupInfo(work: Work): void {
  const { id, turn, position, ended, groupInfo: posting, live: now } = work.conversation;
  if (!posting.wanted || now.posting || !work.context.online || ended) return;
  if (now.head > position || work.context.now < now.notBefore) return;
  const groupInfo = work.powers.engine.groupInfo(id);
  if (!groupInfo.ok) return change(work, { groupInfo: { ...posting, wanted: false } });
  const sealed = sealForMembers(work, "groupInfo", groupInfo.value);
  live(work, { posting: true });
  change(work, { groupInfo: { ...posting, own: sha256(sealed) } });
  work.effects.push({
    type: "ask",
    key: `conversation:${work.hex}:postGroupInfo`,
    request: { type: "postGroupInfo", log: id, turn, groupInfo: sealed },
  });
}

/** Undefined where the connection broke first. Of a turn that has passed none is needed: the next commit brings its own. */
export function groupInfoAnswered(work: Work, reply: Reply | undefined): void {
  live(work, { posting: false });
  if (!reply) return;
  if (reply.type === "slowDown") return waitUntil(work, retryAfter(work.context.now, reply.retryAfterMs));
  if (reply.type === "refused" && reply.reason !== "notMember") return waitUntil(work, after(work.context.now, seconds(5)));
  change(work, { groupInfo: { ...work.conversation.groupInfo, wanted: false } });
}
