/** One row of the chat list and the head of an open conversation. Texts of messages are elsewhere (`message.ts`). [U6] */
import type { Instant } from "@megachat/base";
import type { CallLine, SystemGist } from "./message.ts";
import type { AccountRef, AlarmRef, ConversationRef, MessageRef } from "./refs.ts";

export interface Conversation {
  readonly conversation: ConversationRef;
  /** The other side; its name, trust and relation stand in the contact. */
  readonly contact: AccountRef;
  readonly last: LastLine | null;
  /** When the conversation last moved: the list is sorted by it, newest first. */
  readonly movedAt: Instant;
  readonly unread: number;
  readonly firstUnread: MessageRef | null;
  readonly draft: string;
  /** No sound and no title count; the row's own count stays. */
  readonly muted: boolean;
  /** The other side is writing now. */
  readonly typing: boolean;
  readonly sending: Sending;
  readonly freshness: Freshness;
  /** Newest first; empty when all is well. */
  readonly alarms: readonly Alarm[];
}

/** The last line of the list: text cut by the core to ≤ 200 characters. */
export type LastLine =
  | { readonly type: "text"; readonly from: "self" | "peer"; readonly text: string; readonly at: Instant; readonly failed: boolean }
  | { readonly type: "call"; readonly call: CallLine; readonly at: Instant }
  /** Null is what this version has no words for. */
  | { readonly type: "system"; readonly gist: SystemGist | null; readonly at: Instant }
  | { readonly type: "updateNeeded"; readonly at: Instant };

/** Whether something can be sent now. `waiting` keeps what is written and sends it later by itself. */
export type Sending =
  | { readonly at: "open" }
  | { readonly at: "waiting"; readonly reason: "joining" | "resyncing" | "notYetConfirmed" }
  | { readonly at: "held"; readonly reason: "keysChanged" | "blocked" | "removed" | "peerLeft" };

/** Whether somebody else confirmed that nothing is withheld. Measured only while the conversation is on a screen or in a call. */
export type Freshness =
  | { readonly at: "notWatched" }
  | { readonly at: "checking"; readonly since: Instant }
  | { readonly at: "confirmed"; readonly asOf: Instant }
  /** No signed head for 60 s: the other side may just be away. */
  | { readonly at: "notConfirmed"; readonly since: Instant };

export interface Alarm {
  readonly alarm: AlarmRef;
  readonly since: Instant;
  readonly what: AlarmWhat;
  /** The user may put it away (`dismissAlarm`); others go when their cause goes. */
  readonly dismissable: boolean;
}

export type AlarmWhat =
  /** Messages that the sender counted have not come. */
  | { readonly type: "gap"; readonly missing: number }
  /** The other side was shown another history than we were. */
  | { readonly type: "fork" }
  /** A message of our own epoch does not open: a suspected fork. */
  | { readonly type: "doesNotOpen"; readonly count: number }
  /** Someone sent in this browser's name: a copy of it, or a forger. */
  | { readonly type: "ownCopy" }
  /** A browser of theirs spoke that its account had cut off, or under an older device list. */
  | { readonly type: "staleDevice" }
  | { readonly type: "keysChanged"; readonly wasVerified: boolean }
  /** Two different successors of one identity key exist. */
  | { readonly type: "twoHeirs" }
  /** Our state was damaged and is being rebuilt with help of the other side. */
  | { readonly type: "resyncing" }
  /** Rebuilt; messages of this time may be missing until the sender sends them again. */
  | { readonly type: "resynced" }
  /** The server gives an older state of this conversation than we have seen. */
  | { readonly type: "rolledBack" };
