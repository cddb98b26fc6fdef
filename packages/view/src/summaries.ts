/** Small sums over a snapshot that several places show. */
import type { Call } from "./call.ts";
import type { Contact } from "./contact.ts";
import type { Conversation } from "./conversation.ts";

/** What a message may weigh, in bytes of UTF-8. */
export const maxMessageBytes = 65_536;
/** What a request may say, in characters. */
export const maxRequestLength = 500;

/** For the title and the favicon: muted conversations do not count. */
export function unreadTotal(conversations: Iterable<Conversation>): number {
  let total = 0;
  for (const conversation of conversations) if (!conversation.muted) total += conversation.unread;
  return total;
}

export const requestsWaiting = (contacts: Iterable<Contact>): number =>
  [...contacts].filter((contact) => contact.relation.at === "requestReceived").length;

/** Newest first. */
export const byMovedAt = (conversations: Iterable<Conversation>): readonly Conversation[] =>
  [...conversations].sort((a, b) => b.movedAt - a.movedAt || (a.conversation < b.conversation ? -1 : 1));

/** The length of `text` in UTF-8, in bytes; a lone surrogate counts as the replacement character. */
export function utf8Length(text: string): number {
  let bytes = 0;
  // By index: a message is counted at each key, and stepping through code points takes ten times as long.
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (code >= 0x10000) at++;
  }
  return bytes;
}

/**
 * What may be said of a call's protection. A lock stands only for frames that did open under this peer's keys, and names how well those keys are known. [U16]
 */
export type CallTrust = "notMeasured" | "sealed" | "sealedVerified" | "keysChanged";

export function callTrust(call: Pick<Call, "quality">, contact: Pick<Contact, "trust"> | undefined): CallTrust {
  if (contact?.trust.at === "changed") return "keysChanged";
  if (call.quality === null || call.quality.framesOpened === 0) return "notMeasured";
  return contact?.trust.at === "verified" ? "sealedVerified" : "sealed";
}

/** Whether a call still takes the microphone or rings: everything but none and an ended one. */
export const isLive = (call: Call | null): call is Call => call !== null && call.state.at !== "ended";

/** Digits in groups, for reading aloud and comparing. */
export const inGroups = (digits: string, size: number): readonly string[] =>
  digits.match(new RegExp(`.{1,${String(size)}}`, "gu")) ?? [];
