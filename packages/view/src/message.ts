/** The lines of a conversation and the pages they come in. [U7] */
import type { Duration, Instant } from "@megachat/base";
import type { ConversationRef, MessageRef } from "./refs.ts";

export interface Message {
  readonly message: MessageRef;
  /**
   * Ascending within the conversation, unique, an integer < 2^53. Unsent messages order after all stored ones; when one is stored its order may change,
   * and the message is pushed again under the same ref.
   */
  readonly order: number;
  readonly from: "self" | "peer" | "system";
  /** The sender's time, sanity-checked. Order is by `order`, never by this. */
  readonly sentAt: Instant;
  readonly body: MessageBody;
}

export type MessageBody =
  | { readonly type: "text"; readonly text: string; readonly state: DeliveryState | null }
  | { readonly type: "system"; readonly event: SystemEvent }
  | { readonly type: "call"; readonly call: CallLine }
  /** Content of a newer version: kept, shown as such, opened after an update. */
  | { readonly type: "updateNeeded" };

/** Of our own messages; null for the other side's. */
export type DeliveryState =
  | { readonly at: "sending" }
  | { readonly at: "stored" }
  | { readonly at: "delivered" }
  | { readonly at: "read" }
  | { readonly at: "failed"; readonly reason: SendFailure; readonly canRetry: boolean };

export type SendFailure = "refusedByServer" | "keysChanged" | "blocked" | "conversationEnded" | "limited" | "storageFull";

/** What happened to people and devices. `who` is the one whose devices, keys or names are meant. */
export type SystemEvent =
  | { readonly type: "started"; readonly by: "self" | "peer"; readonly byInvitation: boolean }
  | { readonly type: "deviceAdded"; readonly who: "self" | "peer"; readonly device: string }
  | { readonly type: "deviceRemoved"; readonly who: "self" | "peer"; readonly device: string }
  | { readonly type: "keysChanged"; readonly wasVerified: boolean }
  | { readonly type: "verified"; readonly on: boolean }
  | { readonly type: "nameChanged"; readonly from: string | null; readonly to: string }
  | { readonly type: "blocked"; readonly on: boolean }
  | { readonly type: "rejoined"; readonly who: "self" | "peer" }
  /** `count` rows that no member can have meant were skipped. */
  | { readonly type: "junkSkipped"; readonly count: number }
  /** `count` messages of this place never came. */
  | { readonly type: "missing"; readonly count: number };

/** A {@link SystemEvent} in short, as the list has it: not which device and not how many. */
export type SystemGist =
  /** Nothing has been written yet. */
  | { readonly type: "started" }
  | { readonly type: "deviceAdded" | "deviceRemoved" | "rejoined"; readonly who: "self" | "peer" }
  | { readonly type: "keysChanged" | "junkSkipped" | "missing" }
  | { readonly type: "verified" | "blocked"; readonly on: boolean };

export interface CallLine {
  readonly direction: "outgoing" | "incoming";
  readonly media: "audio" | "video";
  readonly outcome:
    | { readonly at: "ringing" }
    | { readonly at: "ongoing"; readonly since: Instant }
    | { readonly at: "finished"; readonly duration: Duration }
    | { readonly at: "missed" }
    | { readonly at: "declined" }
    | { readonly at: "cancelled" }
    | { readonly at: "noAnswer" }
    | { readonly at: "busy" }
    | { readonly at: "failed" };
}

/** Which page to read. `limit` ≤ 200; a page has up to `limit` messages, ascending. */
export type PageWish =
  /** The newest ones. */
  | { readonly from: "latest"; readonly limit: number }
  /** Around the first unread one (half before, half after); as `latest` when nothing is unread. */
  | { readonly from: "firstUnread"; readonly limit: number }
  | { readonly from: "around"; readonly message: MessageRef; readonly limit: number }
  /** Strictly older, or strictly newer, than `order`. */
  | { readonly from: "before"; readonly order: number; readonly limit: number }
  | { readonly from: "after"; readonly order: number; readonly limit: number };

export interface MessagePage {
  readonly conversation: ConversationRef;
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  /** Where "New" stands when this page was read. */
  readonly firstUnread: MessageRef | null;
}
