/**
 * The outbox: what was accepted from the user goes out in order, once, and survives everything. [C11–C13]
 *
 * Sealed bytes are on the disk before they are sent, and the same bytes are sent until the server says what became of
 * them. Only the server's word that the turn has passed makes us seal again, under the same message id: so nothing is
 * doubled, and no key and nonce ever meet twice. [Note: Same bytes]
 */
import { after, seconds, toHex } from "@megachat/base";
import { pad, sha256 } from "@megachat/crypto";
import type { Pending } from "@megachat/group";
import { CallEvent, decode, encode, MAX_BODY, MAX_TEXT, Message, type Reply, type Request } from "@megachat/wire";
import { isSequence, retryAfter } from "../patience.ts";
import {
  appendAsk,
  attemptOf,
  nextCounter,
  nextSequence,
  sealAgainFrom,
  sealedOnes,
  sealForMembers,
  waitUntil,
  type SealedState,
} from "./append.ts";
import { messageIdOf, readContent, receiptContent, textContent } from "./content.ts";
import { enqueue, isCommit, isQuestion, isText } from "./outbox.ts";
import { denyStored } from "./read.ts";
import { attemptOfResync, pumpResync, resyncAnswered } from "./rejoin.ts";
import type { Outgoing, OutgoingState } from "./state.ts";
import { promise } from "./watch.ts";
import { change, live, raise, type Work } from "./work.ts";

/** Rows on their way at a time: enough to fill a round trip, few enough to seal again after a lost race. */
const IN_FLIGHT = 8;
/** Messages under one leaf key before we renew it: what heals after a theft of this device's state. */
const RENEW_EVERY = 100;

export type TextRefusal =
  | { readonly type: "tooLong"; readonly bytes: number; readonly limit: number }
  | { readonly type: "empty" }
  | { readonly type: "held"; readonly reason: "keysChanged" | "blocked" | "removed" | "peerLeft" };

/** Takes a text from the user, or says why not; refused, it changes nothing. Returns the message's id. */
export function sendText(
  work: Work,
  text: string,
  bytes: number,
): TextRefusal | { readonly type: "queued"; readonly messageId: Uint8Array<ArrayBuffer> } {
  if (text.trim() === "") return { type: "empty" };
  if (bytes > MAX_TEXT) return { type: "tooLong", bytes, limit: MAX_TEXT };
  const refusal = heldBecause(work);
  if (refusal) return { type: "held", reason: refusal };
  const id = work.powers.random.bytes(16);
  const content = textContent(id, text.toWellFormed());
  enqueue(work, id, content);
  change(work, { draft: "" });
  return { type: "queued", messageId: messageIdOf(work.context.self.account, work.conversation.id, content) };
}

function heldBecause(work: Work): "keysChanged" | "blocked" | "removed" | "peerLeft" | null {
  if (work.conversation.ended) return "peerLeft";
  const may = work.context.maySend(work.conversation.with);
  return may === "yes" ? null : may;
}

/** Sends what can be sent now. Called at the end of every step. */
export function pump(work: Work): void {
  const { conversation, context } = work;
  if (!context.online || conversation.ended || context.now < conversation.live.notBefore) return;
  if (conversation.resync.at !== "none") return pumpResync(work);
  // Whoever lags behind would lose the race for the turn: read first. [Note: Read before seal]
  if (conversation.live.head > conversation.position) return;
  for (const outgoing of conversation.outbox) {
    if (outgoing.state.at === "failed") continue;
    if (!sendOne(work, outgoing)) return;
  }
  renewLeaf(work);
}

/** False when nothing behind this one may go out yet. */
function sendOne(work: Work, outgoing: Outgoing): boolean {
  const { state } = outgoing;
  if (state.at === "sealed") {
    const waiting = state.stored > 0 || work.conversation.live.asked.includes(attemptOf(state));
    if (!waiting) ask(work, outgoing, state);
    return !isCommit(outgoing);
  }
  if (work.conversation.live.asked.length >= IN_FLIGHT) return false;
  if (outgoing.kind === "update") {
    if (sealedOnes(work).length > 0) return false;
    sealUpdate(work, outgoing);
    return false;
  }
  const failure = heldBecause(work);
  if (failure) {
    // What was missed is asked for and said again as soon as that may be; nothing of it is late.
    if (outgoing.kind === "again" || isQuestion(outgoing)) return true;
    if (isText(outgoing)) replace(work, outgoing, { at: "failed", reason: failure === "peerLeft" ? "ended" : failure });
    else giveUp(work, outgoing);
    return true;
  }
  return sealContent(work, outgoing);
}

function sealContent(work: Work, outgoing: Outgoing): boolean {
  const { conversation, context, powers } = work;
  const counter = nextCounter(work);
  const message = encode(Message, {
    type: "message",
    counter,
    seen: conversation.position,
    seenHash: conversation.hash,
    listVersion: context.self.listVersion,
    listHash: context.self.listHash,
    sentAt: outgoing.queuedAt,
    again: outgoing.kind === "again" ? outgoing.first : null,
    content: outgoing.content,
  });
  const sealed = powers.engine.seal(conversation.id, pad(Message.id, message), new Uint8Array(0));
  // In doubt about the epoch, or with a commit on its way: it waits here until that is settled.
  if (!sealed.ok) return false;
  const body = Uint8Array.from(sealed.value.body);
  if (body.length > MAX_BODY) {
    replace(work, outgoing, { at: "failed", reason: "tooLong" });
    return true;
  }
  const state = sealedState(work, body, counter);
  ask(work, replace(work, outgoing, state), state);
  return true;
}

function sealUpdate(work: Work, outgoing: Outgoing): void {
  const { conversation, context, powers } = work;
  const pending = powers.engine.commitChange(conversation.id, { now: context.now });
  if (!pending.ok) {
    powers.log.warn("updateNotBuilt", { kind: pending.error.type });
    change(work, { outbox: conversation.outbox.filter((other) => other !== outgoing) });
    return;
  }
  const state = commitState(work, pending.value);
  ask(work, replace(work, outgoing, state), state);
}

/** A commit of ours as it goes to the server: its GroupInfo sealed, since that tells roles and policy. */
export function commitState(work: Work, pending: Pending): SealedState {
  const state = sealedState(work, Uint8Array.from(pending.commit), 0);
  const welcome = pending.welcome ? Uint8Array.from(pending.welcome) : null;
  const groupInfo = pending.groupInfo ? sealForMembers(work, "groupInfo", pending.groupInfo) : null;
  return { ...state, welcome, groupInfo };
}

const sealedState = (work: Work, body: Uint8Array<ArrayBuffer>, counter: number): SealedState => ({
  at: "sealed",
  turn: work.conversation.turn,
  sequence: nextSequence(work),
  counter,
  body,
  bodyHash: sha256(body),
  welcome: null,
  groupInfo: null,
  stored: 0,
});

function replace(work: Work, old: Outgoing, state: OutgoingState): Outgoing {
  const fresh = { ...old, state };
  change(work, { outbox: work.conversation.outbox.map((each) => (each === old ? fresh : each)) });
  return fresh;
}

function ask(work: Work, outgoing: Outgoing, state: SealedState): void {
  const { conversation } = work;
  const draft = {
    log: conversation.id,
    generation: 0,
    turn: state.turn,
    sequence: state.sequence,
    body: state.body,
    welcome: state.welcome,
    groupInfo: state.groupInfo,
  };
  const request: Request =
    outgoing.kind === "found"
      ? { type: "foundConversation", ...draft, kind: "commit", with: conversation.with, suite: conversation.suite }
      : { type: "append", ...draft, kind: outgoing.kind === "update" ? "commit" : "application" };
  live(work, { asked: [...conversation.live.asked, attemptOf(state)] });
  work.effects.push(appendAsk(work, attemptOf(state), request));
}

// —— What became of it ———————————————————————————————————————————————————————————————————————————————————

/** The connection broke: the same bytes go out again once we are online. */
export function appendUnanswered(work: Work, attempt: string): void {
  live(work, { asked: work.conversation.live.asked.filter((each) => each !== attempt) });
}

export function appendAnswered(work: Work, attempt: string, reply: Reply): void {
  appendUnanswered(work, attempt);
  const outgoing = work.conversation.outbox.find(({ state }) => state.at === "sealed" && attemptOf(state) === attempt);
  const { resync } = work.conversation;
  if (!outgoing || outgoing.state.at !== "sealed") {
    if (resync.at === "joining" && attemptOfResync(resync) === attempt) resyncAnswered(work, reply);
    return;
  }
  const { sequence } = outgoing.state;
  switch (reply.type) {
    case "appended":
      // Stored, and shown so. It leaves the outbox when its row is read in the log's order.
      replace(work, outgoing, { ...outgoing.state, stored: reply.position });
      if (reply.position > work.conversation.live.head) live(work, { head: reply.position });
      // Below what we have read, where our row does not stand: it was not stored.
      promise(work, reply.position);
      return denyStored(work);
    case "staleTurn":
      if (reply.position > work.conversation.live.head) live(work, { head: reply.position });
      // Without a row to read, or one read since, the turn cannot have passed: sealed at once it would pass again.
      else if (outgoing.state.turn === work.conversation.turn) waitUntil(work, retryAfter(work.context.now, STALE_PAUSE));
      takeTurn(work, reply);
      return sealAgainFrom(work, sequence);
    case "outOfSequence":
      if (reply.last > sequence) raise(work, "ownCopy");
      if (isSequence(reply.last)) change(work, { sequence: reply.last });
      waitUntil(work, retryAfter(work.context.now, 0));
      return sealAgainFrom(work, sequence);
    case "slowDown":
      return waitUntil(work, retryAfter(work.context.now, reply.retryAfterMs));
    case "exists":
      // Only the founding can be late: nothing that the server says takes away a conversation that is.
      if (outgoing.kind !== "found") return waitUntil(work, retryAfter(work.context.now, 0));
      work.powers.engine.forget(work.conversation.id);
      // What was written waits here until the other one is known: it was taken, so it is sent.
      change(work, { outbox: work.conversation.outbox.filter((each) => each !== outgoing) });
      work.happenings.push({ type: "foundElsewhere", conversation: reply.log });
      return;
    case "refused":
      return refusedBecause(work, outgoing, reply.reason);
    default:
      work.powers.log.warn("unexpectedReply", { kind: reply.type });
  }
}

/** Milliseconds. */
const STALE_PAUSE = 2000;

/**
 * A log that ends where we have read to, at another turn: some row was shown to us as of another kind than it is. Only the
 * server's own count lets us send again, and it opens nothing: what a row does is for MLS to say. [C30]
 */
function takeTurn(work: Work, { turn, position }: Extract<Reply, { readonly type: "staleTurn" }>): void {
  const { conversation } = work;
  if (position !== conversation.position || turn === conversation.turn || !isSequence(turn)) return;
  raise(work, "serverOrder");
  change(work, { turn });
}

function refusedBecause(work: Work, outgoing: Outgoing, reason: string): void {
  switch (reason) {
    case "full":
    case "notStored":
    case "notSignedIn":
      // The server could not, this time. What it did not acknowledge is still ours to send.
      return waitUntil(work, after(work.context.now, seconds(5)));
    default: {
      if (isCommit(outgoing)) work.powers.engine.dropPending(work.conversation.id);
      if (outgoing.kind === "update") change(work, { outbox: work.conversation.outbox.filter((each) => each !== outgoing) });
      else giveUp(work, outgoing);
      sealAgainFrom(work, outgoing.state.at === "sealed" ? outgoing.state.sequence : 0);
    }
  }
}

/** A text stays in its place with "Try again"; a call event that comes late would only confuse. */
function giveUp(work: Work, outgoing: Outgoing): void {
  if (isText(outgoing)) return void replace(work, outgoing, { at: "failed", reason: "refused" });
  const content = readContent(outgoing.content);
  change(work, { outbox: work.conversation.outbox.filter((each) => each !== outgoing) });
  const event = content.type === "call" ? decode(CallEvent, content.event) : null;
  if (event?.ok) work.happenings.push({ type: "callRefused", call: toHex(event.value.call) });
}

// —— Receipts ————————————————————————————————————————————————————————————————————————————————————————————

const RECEIPT_PAUSE = seconds(1);

/** Says how far we are, at most once a second, and only when it is news. [C14] */
export function sendReceipt(work: Work): void {
  const { receipts, outbox, live: now } = work.conversation;
  const { context, powers } = work;
  if (context.maySend(work.conversation.with) !== "yes" || !context.mayShow(work.conversation.with)) return;
  const delivered = receipts.ownDelivered;
  const read = context.readReceipts ? Math.min(receipts.ownRead, delivered) : 0;
  if (delivered <= receipts.sentDelivered && read <= receipts.sentRead && !now.hello) return;
  if (now.receiptAt !== null && context.now < now.receiptAt) return;
  if (outbox.some((each) => each.state.at !== "failed" && readContent(each.content).type === "receipt")) return;
  const id = powers.random.bytes(16);
  enqueue(work, id, receiptContent(id, { type: "receipt", delivered, read: read > 0 ? read : null }));
  change(work, { receipts: { ...receipts, sentDelivered: delivered, sentRead: Math.max(read, receipts.sentRead) } });
  live(work, { receiptAt: after(context.now, RECEIPT_PAUSE), hello: false });
}

/** Says again how far we are, although it is no news: to whom it proves that we are there. */
export function repeatReceipt(work: Work): void {
  live(work, { hello: true });
}

/** A leaf key that has carried many messages is renewed: who stole an old state reads nothing newer. */
function renewLeaf(work: Work): void {
  const { conversation } = work;
  if (conversation.outbox.length > 0 || conversation.counter < conversation.renewAt) return;
  enqueueUpdate(work);
}
function enqueueUpdate(work: Work): void {
  change(work, { renewAt: work.conversation.counter + RENEW_EVERY });
  const update: Outgoing = {
    id: work.powers.random.bytes(16),
    kind: "update",
    content: new Uint8Array(0),
    first: 0,
    queuedAt: work.context.now,
    state: { at: "queued" },
  };
  change(work, { outbox: [...work.conversation.outbox, update] });
  pump(work);
}
