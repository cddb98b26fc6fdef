/**
 * Where in the app a person is, as the part of the address behind `#`: it names the place by opaque refs, so Back works and nothing of it reaches a server. [U3]
 */
import { parseRef, type AccountRef, type ConversationRef } from "./refs.ts";

export type Place =
  | { readonly at: "chats" }
  | { readonly at: "conversation"; readonly conversation: ConversationRef }
  | { readonly at: "person"; readonly account: AccountRef }
  | { readonly at: "contacts" }
  | { readonly at: "invite" }
  /** Someone followed an invitation; `fragment` is its secret part. */
  | { readonly at: "invitation"; readonly handle: string; readonly fragment: string };

export function placeToHash(place: Place): string {
  switch (place.at) {
    case "chats":
      return "#/";
    case "conversation":
      return `#/c/${place.conversation}`;
    case "contacts":
      return "#/people";
    case "person":
      return `#/people/${place.account}`;
    case "invite":
      return "#/invite";
    case "invitation":
      return `#/i/${encodeURIComponent(place.handle)}/${place.fragment}`;
  }
}

const handleShape = /^[a-z0-9._-]{1,64}$/u;
const fragmentShape = /^[A-Za-z0-9_-]{1,512}$/u;

/** Total: what is no place of ours is the chat list. */
export function hashToPlace(hash: string): Place {
  const [, kind = "", first = "", second = ""] = hash.replace(/^#/u, "").split("/");
  if (kind === "c") {
    const conversation = parseRef<ConversationRef>(first);
    if (conversation !== null) return { at: "conversation", conversation };
  }
  if (kind === "people") {
    const account = parseRef<AccountRef>(first);
    return account === null ? { at: "contacts" } : { at: "person", account };
  }
  if (kind === "invite") return { at: "invite" };
  if (kind === "i" && handleShape.test(first.toLowerCase()) && fragmentShape.test(second)) {
    return { at: "invitation", handle: first.toLowerCase(), fragment: second };
  }
  return { at: "chats" };
}
