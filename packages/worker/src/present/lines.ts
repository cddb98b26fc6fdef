/** Lines on the disk and messages in the outbox, as the view's messages. Total: what cannot be read is "update needed". [N1] */
import { instant, toBase64Url, type Duration } from "@megachat/base";
import { conversation as conversations } from "@megachat/core";
import {
  refOf,
  type CallLine,
  type DeliveryState,
  type Message,
  type MessageBody,
  type MessageRef,
  type SystemEvent,
  type SystemGist,
} from "@megachat/view";
import type { Place, StoredLine } from "../store/store.ts";

/** Parts that one log position may have. */
const PARTS = 1000;
/** Unsent messages order after everything stored. */
const UNSENT = 2 ** 52;

export const orderOf = ({ position, part }: Place): number => position * PARTS + part;
export const placeOfOrder = (order: number): Place =>
  order >= UNSENT
    ? { position: Math.floor(UNSENT / PARTS), part: 0 }
    : { position: Math.floor(order / PARTS), part: order % PARTS };

/** How far the other side has confirmed, in log positions. */
export interface Marks {
  readonly delivered: number;
  readonly read: number;
}
export const marksOf = ({ receipts }: conversations.Conversation): Marks => ({
  delivered: receipts.peerDelivered,
  read: receipts.peerRead,
});

export function presentLine(stored: StoredLine, marks: Marks): Message {
  const order = orderOf(stored);
  const line = conversations.decodeLine(stored.body);
  const message = stored.messageId ? refOf<MessageRef>(stored.messageId) : lineRef(stored);
  if (!line) return { message, order, from: "system", sentAt: instant(0), body: { type: "updateNeeded" } };
  switch (line.type) {
    case "textLine":
      return {
        message,
        order,
        from: line.own ? "self" : "peer",
        sentAt: instant(line.sentAt),
        body: { type: "text", text: line.text, state: line.own ? delivery(stored.position, marks) : null },
      };
    case "updateNeededLine":
      return { message, order, from: line.own ? "self" : "peer", sentAt: instant(line.sentAt), body: { type: "updateNeeded" } };
    case "systemLine":
      return { message, order, from: "system", sentAt: instant(line.at), body: systemBody(line) };
    case "callLine":
      return { message, order, from: "system", sentAt: instant(line.at), body: { type: "call", call: presentCall(line) } };
  }
}

/** A line without a message id is named by its place. */
export const lineRef = ({ position, part }: Place): MessageRef => `l${position}-${part}` as MessageRef;
/** The place in a ref made by {@link lineRef}; null for a message's. */
export function placeInRef(ref: MessageRef): Place | null {
  const found = /^l(\d{1,13})-(\d{1,3})$/.exec(ref);
  return found ? { position: Number(found[1]), part: Number(found[2]) } : null;
}

const delivery = (position: number, { delivered, read }: Marks): DeliveryState =>
  position <= read ? { at: "read" } : position <= delivered ? { at: "delivered" } : { at: "stored" };

/** Browsers have no names of their own: the beginning of the device's id tells them apart. */
export const browserName = (device: Uint8Array): string => toBase64Url(device).slice(0, 6);

type SystemLine = Extract<conversations.Line, { readonly type: "systemLine" }>;

function systemBody(line: SystemLine): MessageBody {
  const who = line.own ? "self" : "peer";
  const device = line.device ? browserName(line.device) : "";
  const event = ((): SystemEvent | null => {
    switch (line.what) {
      case "started":
        return { type: "started", by: who, byInvitation: false };
      case "deviceAdded":
      case "deviceRemoved":
        return { type: line.what, who, device };
      case "rejoined":
        return { type: "rejoined", who };
      case "keysChanged":
        return { type: "keysChanged", wasVerified: line.count > 0 };
      case "verified":
      case "unverified":
        return { type: "verified", on: line.what === "verified" };
      case "blocked":
      case "unblocked":
        return { type: "blocked", on: line.what === "blocked" };
      case "junkSkipped":
      case "missing":
        return { type: line.what, count: line.count };
      case "keysRenewed":
        return null;
    }
  })();
  return event ? { type: "system", event } : { type: "updateNeeded" };
}

/** What a row of the list says of a system line. The core keeps its kind and whose it was. */
export function systemGist({ text, own }: Pick<conversations.LastLine, "text" | "own">): SystemGist | null {
  switch (text) {
    case "deviceAdded":
    case "deviceRemoved":
    case "rejoined":
      return { type: text, who: own ? "self" : "peer" };
    case "started":
    case "keysChanged":
    case "junkSkipped":
    case "missing":
      return { type: text };
    case "verified":
    case "unverified":
      return { type: "verified", on: text === "verified" };
    case "blocked":
    case "unblocked":
      return { type: "blocked", on: text === "blocked" };
    default:
      return null;
  }
}

export const presentCall = (line: Omit<conversations.CallLine, "type" | "call">): CallLine => ({
  direction: line.outgoing ? "outgoing" : "incoming",
  media: line.video ? "video" : "audio",
  outcome:
    line.outcome === "finished"
      ? { at: "finished", duration: (line.duration ?? 0) as Duration }
      : line.outcome === "ongoing"
        ? { at: "ongoing", since: instant(line.at) }
        : { at: line.outcome },
});

/** The messages that are not in the log yet, in the order they will be sent. Receipts and call events are no lines. */
export function presentOutbox(self: Uint8Array, { id, outbox }: conversations.Conversation): readonly Message[] {
  return outbox.flatMap((outgoing, index): readonly Message[] => {
    if (outgoing.kind !== "content") return [];
    const content = conversations.readContent(outgoing.content);
    if (content.type !== "text") return [];
    const state = outgoingState(outgoing);
    return [
      {
        message: refOf<MessageRef>(conversations.messageIdOf(self, id, outgoing.content)),
        order: UNSENT + index,
        from: "self",
        sentAt: outgoing.queuedAt,
        body: { type: "text", text: content.text, state },
      },
    ];
  });
}

const reasons = {
  blocked: "blocked",
  keysChanged: "keysChanged",
  ended: "conversationEnded",
  refused: "refusedByServer",
  tooLong: "refusedByServer",
  removed: "blocked",
} as const;

function outgoingState({ state }: conversations.Outgoing): DeliveryState {
  switch (state.at) {
    case "queued":
      return { at: "sending" };
    case "sealed":
      return state.stored > 0 ? { at: "stored" } : { at: "sending" };
    case "failed":
      return { at: "failed", reason: reasons[state.reason], canRetry: state.reason !== "tooLong" && state.reason !== "ended" };
  }
}
