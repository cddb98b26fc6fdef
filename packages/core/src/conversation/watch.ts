/**
 * Watching: while a conversation is on a screen or in a call, members tell one another how far the log goes. [C18–C20]
 *
 * A server can stay silent; another member's signed head says what it withholds. None for a minute means no more than
 * "not confirmed": the others may be away. A head beyond what the server gives is an alarm.
 */
import { after, bytesEqual, seconds, since, type Instant } from "@megachat/base";
import type { ValueOf, Head, Typing } from "@megachat/wire";
import { hashAt } from "./state.ts";
import { sendTransient } from "./transient.ts";
import { calm, live, raise, type Work } from "./work.ts";

export const HEAD_EVERY = seconds(30);
const HEAD_AT_MOST_EVERY = seconds(5);
export const UNCONFIRMED_AFTER = seconds(60);
/** How long the server may take to show rows that another member has proved to exist. */
const WITHHELD_AFTER = seconds(10);
const TYPING_LASTS = seconds(6);
const TYPING_AT_MOST_EVERY = seconds(3);

export function show(work: Work, shown: boolean): void {
  if (work.conversation.live.shown === shown) return;
  live(work, { shown, watchedSince: shown ? work.context.now : null, confirmedAt: null });
}

/** Called in every step: says our head when it is time, and notices what was promised and withheld. */
export function watch(work: Work): void {
  const { live: now } = work.conversation;
  const { context } = work;
  if (now.typingUntil !== null && context.now >= now.typingUntil) live(work, { typingUntil: null });
  if (now.promised && work.conversation.position >= now.promised.position) live(work, { promised: null });
  else if (now.promised && context.online && since(now.promised.since, context.now) >= WITHHELD_AFTER) {
    raise(work, "gap");
    live(work, { promised: null });
  }
  if (!now.shown || !context.online) return;
  const due = now.headSentAt === null || since(now.headSentAt, context.now) >= HEAD_EVERY;
  if (due) sendHead(work, { answers: false });
}

/** Rows are known to exist up to here; the time for them runs from now, and anew with every one that comes. */
export function promise(work: Work, position: number): void {
  const { promised } = work.conversation.live;
  if (position <= work.conversation.position || (promised && promised.position >= position)) return;
  live(work, { promised: { position, since: work.context.now } });
}

function sendHead(work: Work, { answers }: { readonly answers: boolean }): void {
  const { position, hash, turn, live: before } = work.conversation;
  const { now } = work.context;
  live(work, { headSentAt: now });
  sendTransient(work, { type: "head", position, hash, turn, echo: before.headHeard });
  const counter = work.conversation.live.transientCounter;
  if (counter === before.transientCounter) return;
  const late = before.headsSent.filter(({ at }) => since(at, now) < UNCONFIRMED_AFTER);
  live(work, { headsSent: [...late, { counter, at: now, answers }].slice(-MAX_HEADS) });
}
/** More than go out within a minute. */
const MAX_HEADS = 32;

/** Another member's signed head. */
export function takeHead(work: Work, head: ValueOf<typeof Head>, from: NonNullable<ValueOf<typeof Head>["echo"]>): void {
  const { conversation, context } = work;
  const { headsSent } = conversation.live;
  const { echo } = head;
  // Kept back or played again, a head says what was true once. Only one that answers ours of late speaks of now. [C19]
  const heard =
    echo && bytesEqual(echo.session, context.run) ? headsSent.find(({ counter }) => counter === echo.counter) : undefined;
  const fresh = heard && since(heard.at, context.now) < UNCONFIRMED_AFTER ? heard : undefined;
  live(work, { headHeard: { session: from.session, counter: from.counter } });
  if (head.position > conversation.position) {
    promise(work, head.position);
    if (head.position > conversation.live.head) live(work, { head: head.position });
  } else {
    const ours = hashAt(conversation, head.position);
    if (ours && !bytesEqual(ours, head.hash)) return raise(work, "fork");
    if (ours && fresh && fresh.at > (conversation.live.confirmedAt ?? 0)) live(work, { confirmedAt: fresh.at });
  }
  answerHead(work);
}

/**
 * Whoever says its head wants ours: who is behind, or has just come, hears it at once rather than in half a minute. And
 * whoever answered ours wants to know that the answer came. One answer to each head of our own accord, so it ends.
 */
function answerHead(work: Work): void {
  const { headSentAt, headsSent, shown } = work.conversation.live;
  if (!shown) return;
  const quiet = headSentAt === null || since(headSentAt, work.context.now) >= HEAD_AT_MOST_EVERY;
  if (quiet || headsSent.at(-1)?.answers === false) sendHead(work, { answers: true });
}

export function takeTyping(work: Work, typing: ValueOf<typeof Typing>): void {
  live(work, { typingUntil: typing.active === "yes" ? after(work.context.now, TYPING_LASTS) : null });
}

export function sendTyping(work: Work): void {
  const { typingSentAt } = work.conversation.live;
  if (typingSentAt !== null && since(typingSentAt, work.context.now) < TYPING_AT_MOST_EVERY) return;
  live(work, { typingSentAt: work.context.now });
  sendTransient(work, { type: "typing", active: "yes" });
}

/** Whether somebody confirmed that nothing is withheld, in the words of the view. */
export function freshness(
  work: { readonly shown: boolean; readonly confirmedAt: Instant | null; readonly watchedSince: Instant | null },
  now: Instant,
):
  | { readonly at: "notWatched" }
  | { readonly at: "checking"; readonly since: Instant }
  | { readonly at: "confirmed"; readonly asOf: Instant }
  | { readonly at: "notConfirmed"; readonly since: Instant } {
  const start = work.watchedSince;
  if (!work.shown || start === null) return { at: "notWatched" };
  const last = work.confirmedAt ?? start;
  if (since(last, now) >= UNCONFIRMED_AFTER) return { at: "notConfirmed", since: last };
  return work.confirmedAt === null ? { at: "checking", since: start } : { at: "confirmed", asOf: work.confirmedAt };
}

export function dismiss(work: Work, type: string): void {
  const standing = work.conversation.alarms.find((alarm) => alarm.type === type);
  if (standing) calm(work, standing.type);
}
