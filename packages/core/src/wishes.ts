/** Everything the user may ask of the core, by the names of the screen's intents. */
import type { AccountWish } from "./account/index.ts";
import type { ContactWish } from "./contact/index.ts";
import type { Hex } from "./step.ts";

export type ConversationWish =
  | { readonly type: "showConversation"; readonly conversation: Hex; readonly visible: boolean }
  | { readonly type: "hideConversation"; readonly conversation: Hex }
  /** Everything up to this position has been on a visible screen. */
  | { readonly type: "markRead"; readonly conversation: Hex; readonly position: number }
  | { readonly type: "send"; readonly conversation: Hex; readonly text: string }
  | { readonly type: "retry" | "discard"; readonly conversation: Hex; readonly messageId: Uint8Array }
  | { readonly type: "saveDraft"; readonly conversation: Hex; readonly text: string }
  | { readonly type: "typing"; readonly conversation: Hex }
  | { readonly type: "setMutedConversation"; readonly conversation: Hex; readonly muted: boolean }
  | { readonly type: "dismissAlarm"; readonly conversation: Hex; readonly alarm: string };

export type CallWish =
  | { readonly type: "startCall"; readonly conversation: Hex; readonly media: "audio" | "video" }
  | { readonly type: "acceptCall"; readonly call: Hex; readonly media: "audio" | "video" }
  /** With a text the reply is sent as a message. */
  | { readonly type: "declineCall"; readonly call: Hex; readonly text: string | null }
  | { readonly type: "hangUp" | "dismissCall"; readonly call: Hex }
  | { readonly type: "setMuted"; readonly call: Hex; readonly muted: boolean }
  | { readonly type: "setCamera"; readonly call: Hex; readonly on: boolean };

export type CoreWish = AccountWish | ContactWish | ConversationWish | CallWish;

const callWishes: ReadonlySet<string> = new Set<CallWish["type"]>([
  "startCall",
  "acceptCall",
  "declineCall",
  "hangUp",
  "dismissCall",
  "setMuted",
  "setCamera",
]);
export const isCallWish = (wish: CoreWish): wish is CallWish => callWishes.has(wish.type);
