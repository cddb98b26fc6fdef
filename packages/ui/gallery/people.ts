/** The people, conversations and messages of the gallery. */
import { instant, minutes, type Instant } from "@megachat/base";
import type {
  AccountRef,
  CallLine,
  Contact,
  Conversation,
  ConversationRef,
  DeliveryState,
  Message,
  MessageRef,
  SignedIn,
  SystemEvent,
} from "@megachat/view";

export const now = instant(new Date(2026, 4, 20, 14, 40).getTime());
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
export const ago = (ms: number): Instant => instant(now - ms);
export const time = { minute, hour, day };

export const bob: SignedIn = {
  at: "signedIn",
  account: "me" as AccountRef,
  handle: "bob",
  displayName: "Bob",
  hue: 30,
  link: { at: "online" },
  storage: "persistent",
  recovery: { at: "confirmed", on: ago(9 * day) },
};

export const person = (handle: string, displayName: string | null, hue: number, change: Partial<Contact> = {}): Contact => ({
  account: handle as AccountRef,
  handle,
  displayName,
  hue,
  shortCode: `${String(1000 + ((hue * 17) % 9000)).padStart(4, "0")} ${String(1000 + ((hue * 29) % 9000)).padStart(4, "0")}`,
  relation: { at: "contact" },
  trust: { at: "unverified", invited: false },
  conversation: `c-${handle.replaceAll(/[^a-z0-9]/gu, "-")}` as ConversationRef,
  addedAt: ago(30 * day),
  ...change,
});

export const talk = (contact: Contact, movedAt: Instant, change: Partial<Conversation> = {}): Conversation => ({
  conversation: contact.conversation ?? (`c-${contact.handle}` as ConversationRef),
  contact: contact.account,
  last: null,
  movedAt,
  unread: 0,
  firstUnread: null,
  draft: "",
  muted: false,
  typing: false,
  sending: { at: "open" },
  freshness: { at: "confirmed", asOf: now },
  alarms: [],
  ...change,
});

let order = 0;
const line = (from: Message["from"], sentAt: Instant, body: Message["body"]): Message => {
  order += 1;
  return { message: `m-${order}` as MessageRef, order, from, sentAt, body };
};
export const said = (sentAt: Instant, text: string): Message => line("peer", sentAt, { type: "text", text, state: null });
export const wrote = (sentAt: Instant, text: string, state: DeliveryState = { at: "read" }): Message =>
  line("self", sentAt, { type: "text", text, state });
export const changed = (sentAt: Instant, event: SystemEvent): Message => line("system", sentAt, { type: "system", event });
export const called = (sentAt: Instant, call: CallLine): Message => line("system", sentAt, { type: "call", call });
export const newer = (sentAt: Instant): Message => line("peer", sentAt, { type: "updateNeeded" });

export const alice = person("alice", "Alice", 160, { trust: { at: "verified", on: ago(20 * day) } });
export const carol = person("carol", "Carol Ferreira", 20);
export const dave = person("dave", "Dave", 320, { trust: { at: "unverified", invited: true } });
export const erin = person("erin.lindqvist", null, 90);
export const mallory = person("mallory", "Mallory", 260, { trust: { at: "changed", on: ago(hour), wasVerified: true } });
export const yasmin = person("yasmin", "ياسمين العمري", 285);
export const longName = person(
  "wolfeschlegelsteinhausenbergerdorff",
  "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff the Elder of Philadelphia and Bergen",
  220,
);
export const zalgo = person("zalgo", `Z${"\u0351\u036e\u0365".repeat(60)}a${"\u034e\u0349".repeat(60)}lgo`, 50);
export const override = person("trick", "\u202eecila\u202c \u2067x", 200);
export const requester = person("grace", null, 240, {
  conversation: null,
  relation: {
    at: "requestReceived",
    text: "Hello Bob, it's Grace from the boat club. We met on Sunday.",
    sentAt: ago(2 * hour),
    byInvitation: "no",
  },
});
export const lookAlike = person("аlice", "Аlice", 5, {
  handle: "a1ice",
  account: "a1ice" as AccountRef,
  conversation: null,
  relation: {
    at: "requestReceived",
    text: "It's me, new phone. Can you send me the code from your bank?",
    sentAt: ago(hour),
    byInvitation: "no",
  },
});
export const asked = person("heidi", null, 130, {
  conversation: null,
  relation: { at: "requestSent", text: "Hi, it's Bob.", sentAt: ago(day), state: "waiting" },
});
export const blocked = person("ivan", "Ivan", 0, { relation: { at: "blocked", on: ago(4 * day), was: "contact" } });
export const removed = person("judy", "Judy", 75, { relation: { at: "removed", on: ago(8 * day) } });

export const withAlice: readonly Message[] = [
  changed(ago(20 * day), { type: "started", by: "peer", byInvitation: true }),
  changed(ago(20 * day - minute), { type: "verified", on: true }),
  said(ago(2 * day), "Are you coming on Thursday?"),
  wrote(
    ago(2 * day - 3 * minute),
    "Yes, by the early train. Shall I bring the plans? They are here: https://example.org/plans/flats?floor=2.",
  ),
  said(ago(day + 2 * hour), "Please. And the keys, if you still have them"),
  called(ago(day), { direction: "incoming", media: "audio", outcome: { at: "missed" } }),
  said(ago(38 * minute), "Did you get the pictures of the two flats?"),
  said(ago(38 * minute - 4000), "I can call the owner this afternoon if one of them is right"),
  wrote(ago(20 * minute), "Looking now. The kitchen in the first is tiny"),
  changed(ago(18 * minute), { type: "deviceAdded", who: "peer", device: "Firefox on Linux" }),
  called(ago(16 * minute), { direction: "outgoing", media: "video", outcome: { at: "finished", duration: minutes(12) } }),
  said(ago(9 * minute), "True, but the light is better there"),
  wrote(ago(8 * minute), "The second one, with the red door", { at: "read" }),
  wrote(
    ago(7 * minute),
    "I will write to the owner tonight, so that she knows we are serious. Is there anything else that you want me to ask her?",
    { at: "delivered" },
  ),
  wrote(ago(2 * minute), "Maybe about the bicycle room", { at: "stored" }),
  wrote(ago(20_000), "And the cellar", { at: "sending" }),
];
