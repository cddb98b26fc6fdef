/**
 * After joining again: asking for what did not open meanwhile, and saying again what others ask for. [C26–C28]
 *
 * Whoever joins again is without the keys of what stood in between, and nobody hands out keys of the past. The words are
 * still with those who said them: they come a second time, under their old message id, in the order of the day.
 */
import { instant, toHex } from "@megachat/base";
import { MAX_STRETCHES, type Resend } from "@megachat/wire";
import type { RecalledLine } from "../step.ts";
import { resendContent, textContent } from "./content.ts";
import { decodeLine } from "./line.ts";
import type { Outgoing, Stretch } from "./state.ts";
import { change, live, type Work } from "./work.ts";

const resend = (work: Work, to: Partial<Work["conversation"]["resend"]>): void => {
  change(work, { resend: { ...work.conversation.resend, ...to } });
};

/** A message stands here that did not open. */
export function noteMissed(work: Work, position: number): void {
  resend(work, { missed: { from: work.conversation.resend.missed?.from ?? position, to: position } });
}

/** Our state fits: what did not open was nobody's message. While we join again it does not fit, whatever opens. */
export function forgetMissed(work: Work): void {
  if (work.conversation.resend.missed && work.conversation.resync.at === "none") resend(work, { missed: null });
}

/** The content that asks for all we have missed, now that we have joined again; null where nothing is missing. [C26] */
export function askForMissed(work: Work, id: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  const { missed, asked } = work.conversation.resend;
  if (!missed) return null;
  // What was asked for earlier may have been answered by messages that we have missed in their turn.
  const stretches = [...asked, missed].slice(-MAX_STRETCHES);
  resend(work, { missed: null, asked: stretches });
  return resendContent(id, stretches);
}

/** Whether something said again is what we wait for. Repeated once more, or unasked, it is passed over. [C28] */
export function isAwaited(work: Work, device: Uint8Array, first: number): boolean {
  const repeated = work.conversation.peers.get(toHex(device))?.repeated ?? 0;
  return first > repeated && isWithin(work.conversation.resend.asked, first);
}

const isWithin = (stretches: readonly Stretch[], position: number): boolean =>
  stretches.some(({ from, to }) => from <= position && position <= to);

/** Another asks. It is owed an answer if it has joined again since, and one for each time: so nobody is kept busy. [C27] */
export function owe(work: Work, rejoinedAt: number, { stretches }: Resend): void {
  const past = stretches.filter(({ from, to }) => from <= to && to < rejoinedAt);
  resend(work, { owed: [...work.conversation.resend.owed, ...past].slice(-MAX_STRETCHES) });
}

/** Called in every step: has the lines read back that somebody is owed, while we may talk to them. */
export function recall(work: Work): void {
  const { id, ended, with: other, resend: wishes, live: now } = work.conversation;
  const { owed } = wishes;
  if (owed.length === 0 || ended || now.recalling || work.context.maySend(other) !== "yes") return;
  live(work, { recalling: true });
  work.effects.push({
    type: "recall",
    key: `conversation:${work.hex}:recall`,
    conversation: id,
    from: Math.min(...owed.map(({ from }) => from)),
    to: Math.max(...owed.map(({ to }) => to)),
  });
}

/** What is owed goes into the outbox: texts of this device, as they were. */
export function takeRecalled(work: Work, lines: readonly RecalledLine[]): void {
  const { outbox, resend: wishes } = work.conversation;
  const again = lines.flatMap(({ position, body }): readonly Outgoing[] => {
    const line = decodeLine(body);
    if (line?.type !== "textLine" || !line.salt || !isWithin(wishes.owed, position)) return [];
    if (outbox.some(({ kind, first }) => kind === "again" && first === position)) return [];
    const content = textContent(line.salt, line.text);
    const queuedAt = instant(line.sentAt);
    return [{ id: line.salt, kind: "again", content, first: position, queuedAt, state: { at: "queued" } }];
  });
  change(work, { outbox: [...outbox, ...again] });
  resend(work, { owed: [] });
  live(work, { recalling: false });
}
