/**
 * A conversation's step: inputs from the server, the user and the clock, in; what to store, ask and tell, out. [C1–C29]
 *
 * Every step ends the same way, so no path can forget it: read what was promised, say what was read, send what waits,
 * acknowledge what is on the disk, and wish for the next waking.
 */
import { after, instant, seconds, Secret, since, toHex, type Instant } from "@megachat/base";
import { labels, open, startOfLog } from "@megachat/crypto";
import type { Pending, WelcomeFacts } from "@megachat/group";
import { decode, SealedBox, type Heads, type Reply, type Row, type TransientPayload, type ValueOf } from "@megachat/wire";
import { retryAfter } from "../patience.ts";
import type { Effect, Powers, RecalledLine } from "../step.ts";
import { callContent, profileContent } from "./content.ts";
import type { CallLine, Line, SystemEvent } from "./line.ts";
import { discard, enqueue, retry, takeOver } from "./outbox.ts";
import { markUnread, readRows } from "./read.ts";
import { groupInfoAnswered, joinWith, needResync, postGroupInfo } from "./rejoin.ts";
import { nextRecall, recall, takeRecalled } from "./resend.ts";
import {
  appendAnswered,
  appendUnanswered,
  commitState,
  pump,
  repeatReceipt,
  sendReceipt,
  sendText,
  type TextRefusal,
} from "./send.ts";
import { calmLive, type Conversation, type Stretch } from "./state.ts";
import { openTransient, sendTransient } from "./transient.ts";
import { dismiss, HEAD_EVERY, sendTyping, show, takeHead, takeTyping, UNCONFIRMED_AFTER, watch } from "./watch.ts";
import {
  calm,
  change,
  live,
  putLine,
  putNote,
  raise,
  storeChanges,
  system,
  type Context,
  type Happening,
  type Work,
} from "./work.ts";

/** What a conversation's step made. */
export interface Stepped {
  readonly conversation: Conversation;
  readonly effects: readonly Effect[];
  readonly happenings: readonly Happening[];
}

const PAGE_BYTES = 262_144;
/** Milliseconds between two questions for rows that the server does not give. */
const FETCH_PAUSE = 2000;
const ACKNOWLEDGE_EVERY = 64;

/** Runs one input over a conversation and ends the step. Every input below goes through here. */
function step(powers: Powers, context: Context, conversation: Conversation, input: (work: Work) => void): Stepped {
  return answeringStep(powers, context, conversation, input)[0];
}

/** A step whose input answers something besides. */
function answeringStep<T>(
  powers: Powers,
  context: Context,
  conversation: Conversation,
  input: (work: Work) => T,
): readonly [Stepped, T] {
  const work: Work = { conversation, hex: toHex(conversation.id), effects: [], happenings: [], powers, context };
  const answer = input(work);
  return [finish(work, conversation), answer];
}

function finish(work: Work, before: Conversation | undefined): Stepped {
  fetchMissing(work);
  giveBack(work);
  watch(work);
  settleDoubt(work);
  sendReceipt(work);
  recall(work);
  pump(work);
  postGroupInfo(work);
  acknowledge(work);
  rememberFloor(work);
  const wake = nextWake(work);
  const stores = storeChanges(work, before);
  const effects: Effect[] = [...stores, ...work.effects];
  if (wake !== null) effects.push({ type: "wakeAt", time: wake });
  if (work.conversation !== before) effects.push({ type: "changed", conversation: work.hex });
  return { conversation: work.conversation, effects, happenings: work.happenings };
}

/** Whom we want to see again is seen whole: what they wrote meanwhile comes back with them. [F13] */
function giveBack(work: Work): void {
  const { hiddenFrom, with: other } = work.conversation;
  if (hiddenFrom !== null && work.context.mayShow(other)) change(work, { hiddenFrom: null });
}

/** How long the others' next rows may take to tell which epoch they are in. */
const DOUBT_LASTS = seconds(30);

/** A commit that failed for us alone holds back our sending, but not for ever: it may have been junk. [C25] */
function settleDoubt(work: Work): void {
  const { id, live: now } = work.conversation;
  const doubt = work.powers.engine.state(id)?.doubt === "pathFailed";
  if (!doubt) return now.doubtSince === null ? undefined : live(work, { doubtSince: null });
  if (now.doubtSince === null) return live(work, { doubtSince: work.context.now });
  if (since(now.doubtSince, work.context.now) < DOUBT_LASTS) return;
  work.powers.engine.carryOn(id);
  live(work, { doubtSince: null });
}

function fetchMissing(work: Work): void {
  const { position, ended, live: now } = work.conversation;
  if (now.head <= position || now.fetching || ended || !work.context.online || work.context.now < now.fetchNotBefore) return;
  live(work, { fetching: true });
  work.effects.push({
    type: "ask",
    key: `conversation:${work.hex}:rows`,
    request: { type: "fetchRows", log: work.conversation.id, after: position, maxBytes: PAGE_BYTES },
  });
}

/** Tells the server what is on our disk, so that it may forget. Not with every row: it only saves the server space. */
function acknowledge(work: Work): void {
  const { position, live: now } = work.conversation;
  if (!work.context.online || now.acknowledged >= position) return;
  const behind = now.head > position;
  if (behind && position - now.acknowledged < ACKNOWLEDGE_EVERY) return;
  live(work, { acknowledged: position });
  work.effects.push({
    type: "ask",
    key: `conversation:${work.hex}:acknowledge`,
    request: { type: "acknowledge", log: work.conversation.id, position },
  });
}

const FLOOR_EVERY = seconds(60);

function rememberFloor(work: Work): void {
  const { floor, turn } = work.conversation;
  const state = work.powers.engine.state(work.conversation.id);
  // An epoch that nobody else has entered may be nobody's: below it we would refuse the others'.
  if (!state || state.pending === "create" || state.unconfirmed || (turn <= floor.turn && state.epoch <= floor.epoch)) return;
  if (work.context.now < after(floor.writtenAt, FLOOR_EVERY)) return;
  change(work, { floor: { turn, epoch: state.epoch, writtenAt: work.context.now } });
  work.happenings.push({ type: "floor", turn, epoch: state.epoch });
}

function nextWake(work: Work): Instant | null {
  const { live: now, receipts, resync, outbox } = work.conversation;
  const wishes: (Instant | null)[] = [
    now.typingUntil,
    now.promised && work.context.online ? after(now.promised.since, seconds(10)) : null,
    now.doubtSince === null ? null : after(now.doubtSince, DOUBT_LASTS),
    now.shown ? after(now.headSentAt ?? work.context.now, HEAD_EVERY) : null,
    now.shown ? after(now.confirmedAt ?? now.watchedSince ?? work.context.now, UNCONFIRMED_AFTER) : null,
    resync.at === "needed" ? resync.notBefore : null,
    nextRecall(work.conversation.resend),
    work.conversation.groupInfo.wanted ? now.notBefore : null,
    now.head > work.conversation.position ? now.fetchNotBefore : null,
    outbox.length > 0 && now.notBefore > work.context.now ? now.notBefore : null,
    receipts.ownDelivered > receipts.sentDelivered || receipts.ownRead > receipts.sentRead || now.hello ? now.receiptAt : null,
  ];
  const due = wishes.filter((wish): wish is Instant => wish !== null && wish > work.context.now);
  return due.length === 0 ? null : instant(Math.min(...due));
}

// —— Beginnings ——————————————————————————————————————————————————————————————————————————————————————————

interface Beginning {
  readonly id: Uint8Array<ArrayBuffer>;
  readonly with: Uint8Array<ArrayBuffer>;
  readonly suite: 1 | 2;
  readonly conversationKey: Uint8Array<ArrayBuffer>;
  readonly joinedAt: number;
  readonly now: Instant;
}

const begin = (from: Beginning): Conversation => ({
  id: from.id,
  with: from.with,
  suite: from.suite,
  conversationKey: from.conversationKey,
  joinedAt: from.joinedAt,
  position: from.joinedAt === 0 ? 0 : from.joinedAt - 1,
  turn: 0,
  hash: startOfLog(from.id),
  recent: [],
  floor: { turn: 0, epoch: 0, writtenAt: instant(0) },
  sequence: 0,
  counter: 0,
  renewAt: 100,
  outbox: [],
  peers: new Map(),
  receipts: { peerDelivered: 0, peerRead: 0, ownDelivered: 0, ownRead: 0, sentDelivered: 0, sentRead: 0 },
  unreadAt: [],
  hiddenFrom: null,
  lastLine: { position: 0, own: true, at: from.now, text: "started", kind: "system", call: null },
  notes: 0,
  draft: "",
  muted: false,
  alarms: [],
  resync: { at: "none" },
  resend: { missed: [], asked: [], owed: [], restUntil: instant(0) },
  groupInfo: { wanted: false, own: null },
  suspect: false,
  ended: false,
  live: calmLive,
});

/** We found it: the commit that adds the other goes out as the log's first row. */
export function found(powers: Powers, context: Context, wanted: Omit<Beginning, "joinedAt" | "now">, pending: Pending): Stepped {
  const conversation = begin({ ...wanted, joinedAt: 0, now: context.now });
  const work: Work = { conversation, hex: toHex(conversation.id), effects: [], happenings: [], powers, context };
  const id = powers.random.bytes(16);
  const state = commitState(work, pending);
  change(work, { outbox: [{ id, kind: "found", content: new Uint8Array(0), first: 0, queuedAt: context.now, state }] });
  return finish(work, undefined);
}

/** We were brought in by a Welcome that trust has accepted and the engine adopted; the log goes on from that commit. */
export function join(
  powers: Powers,
  context: Context,
  facts: WelcomeFacts,
  position: number,
  by: Uint8Array<ArrayBuffer>,
): Stepped {
  const conversation = begin({
    id: Uint8Array.from(facts.conversation),
    with: by,
    suite: facts.suite,
    conversationKey: facts.roster.conversationKey,
    joinedAt: position,
    now: context.now,
  });
  const work: Work = { conversation, hex: toHex(conversation.id), effects: [], happenings: [], powers, context };
  // A key package that others could have used too has done its work: our leaf gets keys that nobody but us has seen.
  change(work, { renewAt: 0 });
  live(work, { head: position });
  putLine(work, position, 0, system(work, "started", context.now, by, false, null), false);
  return finish(work, undefined);
}

// —— Inputs ——————————————————————————————————————————————————————————————————————————————————————————————

type Input<A extends readonly unknown[], R = Stepped> = (
  powers: Powers,
  context: Context,
  conversation: Conversation,
  ...rest: A
) => R;

export const tick: Input<[]> = (powers, context, conversation) => step(powers, context, conversation, () => {});

/** The connection came or went. What was asked before it broke has been reported unanswered. */
export const linked: Input<[boolean]> = (powers, context, conversation, online) =>
  step(powers, context, conversation, (work) => {
    const { promised } = work.conversation.live;
    if (!online) live(work, { fetching: false, asked: [], posting: false, confirmedAt: null });
    // Keys that are gone, by a damaged disk or a restored half of it, come back only by joining again.
    if (online && !work.conversation.ended && !powers.engine.state(conversation.id)) needResync(work);
    // Nobody can show us anything while there is no connection.
    if (online && promised) live(work, { promised: { ...promised, since: context.now } });
  });

type HeadFacts = ValueOf<typeof Heads>["heads"][number];

/** Where the server says the log stands. Below what we have read, it has lost rows, or shows us an old copy. */
export const heard: Input<[HeadFacts]> = (powers, context, conversation, head) =>
  step(powers, context, conversation, (work) => {
    if (head.head < work.conversation.position) return raise(work, "rolledBack");
    calm(work, "rolledBack");
    live(work, { head: Math.max(head.head, work.conversation.live.head), acknowledged: head.cursor });
  });

export const pushed: Input<[Row]> = (powers, context, conversation, row) =>
  step(powers, context, conversation, (work) => readRows(work, [row]));

/** The reply to something this conversation asked; `what` and `detail` are the parts of its key. */
export const answered: Input<[string, string, Reply]> = (powers, context, conversation, what, detail, reply) =>
  step(powers, context, conversation, (work) => {
    switch (what) {
      case "append":
        return appendAnswered(work, detail, reply);
      case "rows":
        return takeRows(work, reply);
      case "postGroupInfo":
        return groupInfoAnswered(work, reply);
      case "groupInfo":
        if (reply.type === "groupInfos") joinWith(work, reply.groupInfos, (sealed) => openGroupInfo(work, sealed));
        return;
      default:
        return;
    }
  });

function takeRows(work: Work, reply: Reply): void {
  live(work, { fetching: false });
  const before = work.conversation.position;
  if (reply.type === "rows") {
    const [first] = reply.rows;
    if (first && first.position > before + 1) raise(work, "gap");
    readRows(work, reply.rows);
    if (reply.head < work.conversation.position) raise(work, "rolledBack");
    // A server that has nothing beyond here has nothing for us, whatever was promised.
    const beyond = reply.head > work.conversation.position;
    live(work, { head: beyond ? Math.max(reply.head, work.conversation.live.head) : work.conversation.position });
  }
  // Nothing new although there is more, or not now: asked again at once it would only say the same.
  const wait = reply.type === "slowDown" ? reply.retryAfterMs : FETCH_PAUSE;
  if (work.conversation.position === before) live(work, { fetchNotBefore: retryAfter(work.context.now, wait) });
}

function openGroupInfo(work: Work, sealed: Uint8Array): Uint8Array | null {
  const box = decode(SealedBox, sealed);
  if (!box.ok) return null;
  using key = new Secret(Uint8Array.from(work.conversation.conversationKey));
  const opened = open(labels.groupInfo, key, { owner: work.conversation.id, id: new Uint8Array(0), version: 1 }, box.value);
  return opened.ok ? opened.value : null;
}

export const unanswered: Input<[string, string]> = (powers, context, conversation, what, detail) =>
  step(powers, context, conversation, (work) => {
    if (what === "append") appendUnanswered(work, detail);
    if (what === "postGroupInfo") groupInfoAnswered(work, undefined);
    if (what === "rows") live(work, { fetching: false });
  });

/** Lines that were read back of this stretch, or null where the disk did not give them now. */
export const recalled: Input<[Stretch, readonly RecalledLine[] | null]> = (powers, context, conversation, read, lines) =>
  step(powers, context, conversation, (work) => takeRecalled(work, read, lines));

/** A transient message. Junk and replays change nothing. */
export const whispered: Input<[Uint8Array]> = (powers, context, conversation, body) =>
  step(powers, context, conversation, (work) => {
    const opened = openTransient(work, body);
    if (!opened) return;
    const { account, device } = opened.sender.certificate;
    switch (opened.payload.type) {
      case "head":
        return takeHead(work, opened.payload, opened);
      case "typing":
        if (work.context.mayShow(account)) takeTyping(work, opened.payload);
        return;
      case "callSignal":
        work.happenings.push({ type: "callSignal", account, device, signal: opened.payload.signal });
    }
  });

export const whisper: Input<[TransientPayload]> = (powers, context, conversation, payload) =>
  step(powers, context, conversation, (work) => sendTransient(work, payload));

/** What was written in another conversation with the same person, which came to nothing, goes out in this one. */
export const inherit: Input<[Conversation]> = (powers, context, conversation, from) =>
  step(powers, context, conversation, (work) => takeOver(work, from));

/** A durable call event of ours. */
export const sendCallEvent: Input<[Uint8Array]> = (powers, context, conversation, event) =>
  step(powers, context, conversation, (work) => {
    const id = work.powers.random.bytes(16);
    enqueue(work, id, callContent(id, event));
  });

/** A line that another part of the core wants in this conversation; unread if the user should be called to it. */
export const note: Input<[Line, { readonly unread: boolean }]> = (powers, context, conversation, line, { unread }) =>
  step(powers, context, conversation, (work) => {
    putNote(work, line);
    if (unread) markUnread(work, work.conversation.position);
  });

/** What happened between us and the other, as a quiet line. */
export const noteEvent: Input<[SystemEvent, { readonly own: boolean; readonly count?: number }]> = (
  powers,
  context,
  conversation,
  what,
  { own, count = 1 },
) =>
  step(powers, context, conversation, (work) => {
    const who = own ? context.self.account : work.conversation.with;
    putNote(work, { ...system(work, what, context.now, who, own, null), count });
  });

interface EndedCall {
  readonly call: Uint8Array<ArrayBuffer>;
  readonly at: Instant;
  readonly outgoing: boolean;
  readonly video: boolean;
  readonly outcome: CallLine["outcome"];
  readonly duration: number | null;
}

/** How a call went. */
export const noteCall: Input<[EndedCall, { readonly unread: boolean }]> = (powers, context, conversation, ended, { unread }) => {
  const { call, at, outgoing, video, outcome, duration } = ended;
  return note(powers, context, conversation, { type: "callLine", call, at, outgoing, video, outcome, duration }, { unread });
};

/** Tells the other how we are called. Silently: it is no line. */
export const sendName: Input<[string]> = (powers, context, conversation, displayName) =>
  step(powers, context, conversation, (work) => {
    const id = work.powers.random.bytes(16);
    enqueue(work, id, profileContent(id, displayName));
  });

/** Tells the other, by a receipt, that we are there. */
export const sayHello: Input<[]> = (powers, context, conversation) => step(powers, context, conversation, repeatReceipt);

export type Sent = Stepped & {
  readonly sent: TextRefusal | { readonly type: "queued"; readonly messageId: Uint8Array<ArrayBuffer> };
};
export function send(powers: Powers, context: Context, conversation: Conversation, text: string, bytes: number): Sent {
  const [stepped, sent] = answeringStep(powers, context, conversation, (work) => sendText(work, text, bytes));
  return { ...stepped, sent };
}

export function retryMessage(
  powers: Powers,
  context: Context,
  conversation: Conversation,
  messageId: Uint8Array,
): Stepped & { readonly outcome: ReturnType<typeof retry> } {
  const [stepped, outcome] = answeringStep(powers, context, conversation, (work) => retry(work, messageId));
  return { ...stepped, outcome };
}
export function discardMessage(
  powers: Powers,
  context: Context,
  conversation: Conversation,
  messageId: Uint8Array,
): Stepped & { readonly outcome: ReturnType<typeof discard> } {
  const [stepped, outcome] = answeringStep(powers, context, conversation, (work) => discard(work, messageId));
  return { ...stepped, outcome };
}

export const saveDraft: Input<[string]> = (powers, context, conversation, draft) =>
  step(powers, context, conversation, (work) => {
    if (draft !== work.conversation.draft) change(work, { draft });
  });
export const typing: Input<[]> = (powers, context, conversation) => step(powers, context, conversation, sendTyping);
export const shown: Input<[boolean]> = (powers, context, conversation, on) =>
  step(powers, context, conversation, (work) => show(work, on));
export const mute: Input<[boolean]> = (powers, context, conversation, muted) =>
  step(powers, context, conversation, (work) => change(work, { muted }));
export const dismissAlarm: Input<[string]> = (powers, context, conversation, type) =>
  step(powers, context, conversation, (work) => dismiss(work, type));

/** The user has seen everything up to this position. */
export const markRead: Input<[number]> = (powers, context, conversation, upTo) =>
  step(powers, context, conversation, (work) => {
    const { receipts, position } = work.conversation;
    const read = Math.min(upTo, position);
    if (read <= receipts.ownRead) return;
    const unreadAt = work.conversation.unreadAt.filter((unread) => unread > read);
    change(work, { receipts: { ...receipts, ownRead: read }, unreadAt });
  });
