/** Rows on their way to the log: their sequence, the name their answer comes back under, and what is sealed again. [C11–C13] */
import { Secret, toHex, type Instant } from "@megachat/base";
import { labels, seal } from "@megachat/crypto";
import { encode, SealedBox, type Request } from "@megachat/wire";
import type { Ask } from "../step.ts";
import { isCommit, requeue } from "./outbox.ts";
import type { Outgoing, OutgoingState } from "./state.ts";
import { change, live, type Work } from "./work.ts";

export type SealedState = Extract<OutgoingState, { readonly at: "sealed" }>;

export const sealedOnes = (work: Work): readonly SealedState[] =>
  work.conversation.outbox.flatMap(({ state }) => (state.at === "sealed" ? [state] : []));
const lastOf = (start: number, all: readonly number[]): number => Math.max(start, ...all);
export const nextSequence = (work: Work): number =>
  lastOf(
    work.conversation.sequence,
    sealedOnes(work).map((state) => state.sequence),
  ) + 1;
export const nextCounter = (work: Work): number =>
  lastOf(
    work.conversation.counter,
    sealedOnes(work).map((state) => state.counter),
  ) + 1;

/** Under the conversation key, which every member has, and whoever may come back. */
export function sealForMembers(work: Work, what: "groupInfo" | "externalCommit", bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  using key = new Secret(Uint8Array.from(work.conversation.conversationKey));
  const place = { owner: work.conversation.id, id: new Uint8Array(0), version: 1 };
  return encode(SealedBox, seal(work.powers.random, labels[what], key, place, bytes));
}

export const appendAsk = (work: Work, attempt: string, request: Request): Ask => ({
  type: "ask",
  key: `conversation:${work.hex}:append:${attempt}`,
  request,
});

/**
 * Names these bytes under this sequence. A reply to bytes that have been sealed anew meanwhile must not be taken for one
 * to their successor: that one would be sealed a second time although the server has it.
 */
export const attemptOf = ({ sequence, bodyHash }: { readonly sequence: number; readonly bodyHash: Uint8Array }): string =>
  `${sequence}-${toHex(bodyHash.subarray(0, 8))}`;

/** The server took none from this sequence on: everything there is sealed again for the turn of the day. */
export function sealAgainFrom(work: Work, sequence: number): void {
  const late = (outgoing: Outgoing): boolean =>
    outgoing.state.at === "sealed" && outgoing.state.stored === 0 && outgoing.state.sequence >= sequence;
  const lost = work.conversation.outbox.filter(late);
  if (lost.some(isCommit)) work.powers.engine.dropPending(work.conversation.id);
  change(work, { outbox: work.conversation.outbox.map((each) => (late(each) ? requeue(each) : each)) });
  const gone = lost.flatMap(({ state }) => (state.at === "sealed" ? [attemptOf(state)] : []));
  live(work, { asked: work.conversation.live.asked.filter((each) => !gone.includes(each)) });
}

export const waitUntil = (work: Work, time: Instant): void => live(work, { notBefore: time });
