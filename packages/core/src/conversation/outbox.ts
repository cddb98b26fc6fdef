/**
 * What lies in the outbox, and the hands that put in, put back and take out. Nothing here is sealed or sent. [C11]
 */
import { bytesEqual } from "@megachat/base";
import { messageIdOf, readContent } from "./content.ts";
import type { Conversation, Outgoing, OutgoingState } from "./state.ts";
import { change, type Work } from "./work.ts";

/** Whatever is no message. */
export const isCommit = ({ kind }: Outgoing): boolean => kind === "found" || kind === "update";

/** A text that the user waits for to go. */
export const isText = ({ kind, content }: Outgoing): boolean => kind === "content" && readContent(content).type === "text";

/** Asks for what was missed. */
export const isQuestion = ({ kind, content }: Outgoing): boolean => kind === "content" && readContent(content).type === "resend";

/** Puts content into the outbox. It is the user's as soon as this step is on the disk. */
export function enqueue(work: Work, id: Uint8Array<ArrayBuffer>, content: Uint8Array<ArrayBuffer>): void {
  const outgoing: Outgoing = { id, kind: "content", content, first: 0, queuedAt: work.context.now, state: { at: "queued" } };
  change(work, { outbox: [...work.conversation.outbox, outgoing] });
}

/** Goes on with what was written in a conversation that came to nothing. */
export function takeOver(work: Work, { outbox, draft }: Pick<Conversation, "outbox" | "draft">): void {
  const contents = outbox.filter(({ kind }) => kind === "content").map(requeue);
  change(work, { outbox: [...work.conversation.outbox, ...contents], draft: work.conversation.draft || draft });
}

/** Back to unsealed: it will be sealed again for the turn of the day, under the same id. */
export const requeue = (outgoing: Outgoing): Outgoing =>
  outgoing.state.at === "sealed" ? { ...outgoing, state: queued } : outgoing;
const queued: OutgoingState = { at: "queued" };

const byMessage = (work: Work, messageId: Uint8Array): Outgoing | undefined =>
  work.conversation.outbox.find(
    (each) =>
      each.kind === "content" && bytesEqual(messageIdOf(work.context.self.account, work.conversation.id, each.content), messageId),
  );

/** Tries a failed message again, at the end of the queue. */
export function retry(work: Work, messageId: Uint8Array): "retried" | "unknown" {
  const failed = byMessage(work, messageId);
  if (failed?.state.at !== "failed") return "unknown";
  const rest = work.conversation.outbox.filter((each) => each !== failed);
  change(work, { outbox: [...rest, { ...failed, state: { at: "queued" } }] });
  return "retried";
}

/** Takes back what has not been sealed: sealed bytes may be at the server already. */
export function discard(work: Work, messageId: Uint8Array): "discarded" | "alreadySent" {
  const unsent = byMessage(work, messageId);
  if (!unsent || unsent.state.at === "sealed") return "alreadySent";
  change(work, { outbox: work.conversation.outbox.filter((each) => each !== unsent) });
  return "discarded";
}
