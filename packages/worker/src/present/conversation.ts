/** A conversation of the core as the view's row in the chat list. [N2] */
import { fromBase64Url, instant, toHex, type Instant } from "@megachat/base";
import { conversation as conversations, type Hex } from "@megachat/core";
import {
  refOf,
  type AccountRef,
  type Alarm,
  type AlarmRef,
  type AlarmWhat,
  type Conversation,
  type ConversationRef,
  type Freshness,
  type LastLine,
  type MessageRef,
  type Sending,
} from "@megachat/view";
import { presentCall, presentOutbox, systemGist } from "./lines.ts";

/** What another tab needs of the newest line, beyond what the conversation's own state has. */
export interface Around {
  readonly now: Instant;
  readonly held: "keysChanged" | "blocked" | "removed" | null;
  /** Whether the engine doubts its epoch. */
  readonly doubt: boolean;
}

export function presentConversation(self: Uint8Array, conversation: conversations.Conversation, around: Around): Conversation {
  const { live, lastLine } = conversation;
  const unsent = presentOutbox(self, conversation).at(-1);
  const last: LastLine | null =
    unsent?.body.type === "text"
      ? {
          type: "text",
          from: "self",
          text: unsent.body.text.slice(0, 200),
          at: unsent.sentAt,
          failed: unsent.body.state?.at === "failed",
        }
      : lastLine && presentLast(lastLine);
  return {
    conversation: refOf<ConversationRef>(conversation.id),
    contact: refOf<AccountRef>(conversation.with),
    last,
    movedAt: unsent?.sentAt ?? lastLine?.at ?? instant(0),
    unread: conversation.unreadAt.length,
    firstUnread: firstUnread(conversation),
    draft: conversation.draft,
    muted: conversation.muted,
    typing: live.typingUntil !== null && around.now < live.typingUntil,
    sending: sending(conversation, around),
    freshness: conversations.freshness(live, around.now) satisfies Freshness,
    alarms: conversation.alarms.flatMap((alarm) => presentAlarm(alarm)),
  };
}

function presentLast(line: conversations.LastLine): LastLine | null {
  switch (line.kind) {
    case "text":
      return { type: "text", from: line.own ? "self" : "peer", text: line.text, at: line.at, failed: false };
    case "call":
      return line.call && { type: "call", call: presentCall({ ...line.call, outgoing: line.own, at: line.at }), at: line.at };
    case "system":
      return { type: "system", gist: systemGist(line), at: line.at };
    case "updateNeeded":
      return { type: "updateNeeded", at: line.at };
  }
}

/** The oldest unread line. Named by its place: the reader of pages knows both kinds of names. */
const firstUnread = ({ unreadAt }: conversations.Conversation): MessageRef | null => {
  const position = unreadAt[0];
  return position === undefined ? null : (`l${position}-0` as MessageRef);
};

function sending(conversation: conversations.Conversation, { held, doubt }: Around): Sending {
  if (conversation.ended) return { at: "held", reason: "peerLeft" };
  if (held) return { at: "held", reason: held };
  if (conversation.resync.at !== "none") return { at: "waiting", reason: "resyncing" };
  return doubt ? { at: "waiting", reason: "notYetConfirmed" } : { at: "open" };
}

const words: { readonly [T in conversations.AlarmType]: (count: number) => AlarmWhat } = {
  gap: (missing) => ({ type: "gap", missing }),
  fork: () => ({ type: "fork" }),
  doesNotOpen: (count) => ({ type: "doesNotOpen", count }),
  ownCopy: () => ({ type: "ownCopy" }),
  serverOrder: () => ({ type: "fork" }),
  relabelled: () => ({ type: "fork" }),
  staleDevice: () => ({ type: "staleDevice" }),
  rolledBack: () => ({ type: "rolledBack" }),
  resyncing: () => ({ type: "resyncing" }),
  resynced: () => ({ type: "resynced" }),
};

/** Those that end by themselves when their cause goes. */
const undismissable: readonly conversations.AlarmType[] = ["resyncing", "rolledBack"];

const presentAlarm = (alarm: conversations.Alarm): Alarm => ({
  alarm: alarm.type as string as AlarmRef,
  since: alarm.at,
  what: words[alarm.type](alarm.count),
  dismissable: !undismissable.includes(alarm.type),
});

/** The id in a ref, as the core keys by it; null where the ref is not of 16 bytes. */
export function hexOfRef(ref: string): Hex | null {
  const bytes = bytesOfRef(ref);
  return bytes?.length === 16 ? toHex(bytes) : null;
}
export function bytesOfRef(ref: string): Uint8Array<ArrayBuffer> | null {
  const bytes = fromBase64Url(ref);
  return bytes.ok ? bytes.value : null;
}
