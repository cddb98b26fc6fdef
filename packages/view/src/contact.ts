/** People: contacts, requests in both directions, the blocked and the removed, with what is known about their keys. [U5] */
import type { Instant } from "@megachat/base";
import type { AccountRef, ConversationRef, InvitationRef } from "./refs.ts";

export interface Contact {
  readonly account: AccountRef;
  /** The name the server knows: it proves nothing, the pinned keys do. */
  readonly handle: string;
  /** What that person calls themself, ≤ 80 characters, sealed content. Null until they told us. */
  readonly displayName: string | null;
  /** Degrees, 0–359, derived from the pinned identity key. */
  readonly hue: number;
  /** A short form of the pinned identity key, for telling two people of like names apart: 8 digits in two groups. */
  readonly shortCode: string;
  readonly relation: Relation;
  readonly trust: Trust;
  /** Exists once a request was accepted; kept when the person is blocked or removed. */
  readonly conversation: ConversationRef | null;
  readonly addedAt: Instant;
}

export type Relation =
  | { readonly at: "contact" }
  /** They ask us. `byInvitation` when the request proves our link's secret; a second use of one link says `again`. */
  | {
      readonly at: "requestReceived";
      readonly text: string;
      readonly sentAt: Instant;
      readonly byInvitation: "no" | "first" | "again";
    }
  /** We ask them. */
  | {
      readonly at: "requestSent";
      readonly text: string;
      readonly sentAt: Instant;
      readonly state: "sending" | "waiting" | "declined";
    }
  /** We accepted, and the conversation is being made. */
  | { readonly at: "accepting" }
  /** `was` says what comes back with unblocking. */
  | { readonly at: "blocked"; readonly on: Instant; readonly was: "contact" | "stranger" }
  | { readonly at: "removed"; readonly on: Instant };

export type Trust =
  /** Keys pinned at first sight, never compared. `invited` when a link's fragment vouched for them. */
  | { readonly at: "unverified"; readonly invited: boolean }
  | { readonly at: "verified"; readonly on: Instant }
  /** Their identity key changed. After a verified one nothing can be sent until the user decides. */
  | { readonly at: "changed"; readonly on: Instant; readonly wasVerified: boolean };

/** True while a changed key of a verified contact holds back all sending and calling. */
export const isHeldBack = (contact: Pick<Contact, "trust">): boolean => contact.trust.at === "changed" && contact.trust.wasVerified;

/** A link of ours. The fragment is a secret: it exists here only for showing and copying, and never leaves for the server. */
export interface Invitation {
  readonly invitation: InvitationRef;
  /** The secret part of the link (base64url), which the screen puts behind `#`; null when the invitation is over. */
  readonly fragment: string | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly state: "open" | "used" | "revoked" | "expired";
  /** The people whose requests proved this link. */
  readonly usedBy: readonly AccountRef[];
}

/** What someone sees who followed a link, before any account. */
export interface InvitationSeen {
  readonly account: AccountRef;
  /** As the server says; the key was checked against the link. */
  readonly handle: string;
  readonly relation: "stranger" | "contact" | "requested" | "self";
}
