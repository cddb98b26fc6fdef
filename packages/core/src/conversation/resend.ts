/**
 * After joining again: asking for what did not open meanwhile, and saying again what others ask for. [C26–C28]
 *
 * Whoever joins again is without the keys of what stood in between, and nobody hands out keys of the past. The words are
 * still with those who said them: they come a second time, under their old message id, in the order of the day.
 */
import { after, days, instant, minutes, since, toHex, type Instant } from "@megachat/base";
import { MAX_STRETCHES, type Resend, type Row } from "@megachat/wire";
import type { RecalledLine } from "../step.ts";
import { resendContent, textContent } from "./content.ts";
import { decodeLine } from "./line.ts";
import type { Missed, Outgoing, Stretch } from "./state.ts";
import { change, live, putPeer, type Work } from "./work.ts";

/** Lines read back at a time, and repetitions that may wait to be sent: no question fills the outbox. */
const AT_A_TIME = 100;
/** Between two answers: what is asked for meanwhile waits. */
const REST = minutes(1);
/** Older rows no log keeps, so nobody who is still there has missed them. */
const AS_OLD_AS_ROWS = days(30);

const resend = (work: Work, to: Partial<Work["conversation"]["resend"]>): void => {
  change(work, { resend: { ...work.conversation.resend, ...to } });
};

// —— Asking ——————————————————————————————————————————————————————————————————————————————————————————————

/** A message stands here that did not open. */
export function noteMissed(work: Work, { position, time, device }: Row): void {
  const { missed } = work.conversation.resend;
  const last = missed.at(-1);
  const goesOn = last?.to === position - 1 && toHex(last.device) === toHex(device);
  const next: Missed =
    last && (goesOn || missed.length === MAX_STRETCHES)
      ? { ...last, to: position, rows: last.rows + 1 }
      : { from: position, to: position, since: instant(time), device, rows: 1 };
  const rest = last?.from === next.from ? missed.slice(0, -1) : missed;
  resend(work, { missed: [...rest, next] });
}

/** Our state fits: what did not open was nobody's message. While we join again it does not fit, whatever opens. */
export function forgetMissed(work: Work): void {
  const { resend: wishes, resync } = work.conversation;
  if (wishes.missed.length > 0 && resync.at === "none") resend(work, { missed: [] });
}

/**
 * The content that asks for all we have missed, now that we have joined again; null where nothing is missing. `unasked`:
 * an earlier question has not left. [C26]
 */
export function askForMissed(
  work: Work,
  id: Uint8Array<ArrayBuffer>,
  { unasked }: { readonly unasked: boolean },
): Uint8Array<ArrayBuffer> | null {
  const { missed, asked } = work.conversation.resend;
  if (missed.length === 0 && !unasked) return null;
  for (const { device, rows } of missed) {
    const known = work.conversation.peers.get(toHex(device));
    // Their counters are no gap: it is known where they stood.
    if (known) putPeer(work, toHex(device), { excused: known.excused + rows });
  }
  // What was asked for earlier may have been answered by messages that we have missed in their turn.
  const stretches = [...asked, ...missed].slice(-MAX_STRETCHES);
  resend(work, { missed: [], asked: stretches });
  return resendContent(
    id,
    stretches.map(({ from, to }) => ({ from, to })),
  );
}

/** The stretch in which we wait for what is said again. Undefined for what was repeated before, or nobody asked for. [C28] */
export function awaitedIn(work: Work, device: Uint8Array, first: number): Missed | undefined {
  const repeated = work.conversation.peers.get(toHex(device))?.repeated ?? 0;
  return first > repeated ? work.conversation.resend.asked.find((stretch) => isWithin(stretch, first)) : undefined;
}

const isWithin = ({ from, to }: Stretch, position: number): boolean => from <= position && position <= to;

// —— Answering ———————————————————————————————————————————————————————————————————————————————————————————

/**
 * Another asks. It is owed an answer once for each time that it has joined again, and nothing from before it was here:
 * a device that has only just come is told nothing of the past. [C27]
 */
export function owe(work: Work, device: Uint8Array, { stretches }: Resend): void {
  const peer = work.conversation.peers.get(toHex(device));
  if (!peer || peer.rejoinedAt === 0) return;
  const past = stretches
    .filter(({ from, to }) => from <= to && to < peer.rejoinedAt && to >= peer.since)
    .map(({ from, to }) => ({ from: Math.max(from, peer.since), to }));
  resend(work, { owed: united([...work.conversation.resend.owed, ...past]) });
  putPeer(work, toHex(device), { rejoinedAt: 0 });
}

/** In order, none touching another; beyond the bound the gaps between the last ones are given as well. */
function united(stretches: readonly Stretch[]): readonly Stretch[] {
  const all: Stretch[] = [];
  for (const each of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last && (each.from <= last.to + 1 || all.length === MAX_STRETCHES))
      all[all.length - 1] = { from: last.from, to: Math.max(last.to, each.to) };
    else all.push(each);
  }
  return all;
}

const without = (stretches: readonly Stretch[], { from, to }: Stretch): readonly Stretch[] =>
  stretches.flatMap((each) =>
    [
      { from: each.from, to: Math.min(each.to, from - 1) },
      { from: Math.max(each.from, to + 1), to: each.to },
    ].filter((piece) => piece.from <= piece.to),
  );

/** Called in every step: has lines read back that somebody is owed, while we may talk to them, and some at a time. */
export function recall(work: Work): void {
  const { id, ended, with: other, outbox, resend: wishes, live: now } = work.conversation;
  const [first] = wishes.owed;
  if (!first || ended || now.recalling || work.context.now < wishes.restUntil) return;
  if (work.context.maySend(other) !== "yes" || outbox.filter(({ kind }) => kind === "again").length >= AT_A_TIME) return;
  live(work, { recalling: true });
  work.effects.push({ type: "recall", key: `conversation:${work.hex}:recall`, conversation: id, ...first, limit: AT_A_TIME });
}

/** What was read goes into the outbox: texts of this device, as they were. `lines` is null where the disk gave none now. */
export function takeRecalled(work: Work, read: Stretch, lines: readonly RecalledLine[] | null): void {
  live(work, { recalling: false });
  const { now } = work.context;
  const rest = after(now, REST);
  if (!lines) return resend(work, { restUntil: rest });
  const { outbox, resend: wishes } = work.conversation;
  const again = lines.flatMap(({ position, body }): readonly Outgoing[] => {
    const line = decodeLine(body);
    if (line?.type !== "textLine" || !line.salt || !wishes.owed.some((stretch) => isWithin(stretch, position))) return [];
    const queuedAt = instant(line.sentAt);
    if (since(queuedAt, now) > AS_OLD_AS_ROWS) return [];
    if (outbox.some(({ kind, first }) => kind === "again" && first === position)) return [];
    const content = textContent(line.salt, line.text);
    return [{ id: line.salt, kind: "again", content, first: position, queuedAt, state: { at: "queued" } }];
  });
  change(work, { outbox: [...outbox, ...again] });
  const owed = without(wishes.owed, read);
  resend(work, { owed, restUntil: owed.length === 0 ? rest : wishes.restUntil });
}

/** When the next answer may begin; null while none is owed. */
export const nextRecall = ({ owed, restUntil }: Work["conversation"]["resend"]): Instant | null =>
  owed.length > 0 ? restUntil : null;
