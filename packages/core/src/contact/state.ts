/**
 * People: whom this account knows, by which key, and how far each of them may reach us. [F1–F24]
 *
 * Plain data. What all devices share is the fold of the account log's entries (`fold.ts`); the rest is this device's.
 * An account once seen stays here with its pinned key, also as a `stranger` whom no list shows.
 */
import type { Instant } from "@megachat/base";
import type { Hex } from "../step.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface ContactsState {
  readonly contacts: ReadonlyMap<Hex, Contact>;
  readonly invitations: ReadonlyMap<Hex, Invitation>;
  /** Nonces of requests that were shown or answered: a request counts once. */
  readonly seen: ReadonlyMap<Hex, SeenRequest>;
  readonly live: ContactsLive;
}

export type Relation = "contact" | "requestSent" | "requestReceived" | "removed" | "stranger";

export interface Contact {
  readonly account: Bytes;
  readonly handle: string;
  /** What they call themself; null until they told us. */
  readonly displayName: string | null;
  /** The pinned identity. */
  readonly n: number;
  readonly identityKey: Bytes;
  /** How the pin came about. */
  readonly via: "handle" | "invitation" | "request";
  readonly relation: Relation;
  readonly since: Instant;
  /** Of the request, theirs or ours. */
  readonly text: string;
  readonly blockedOn: Instant | null;
  readonly verifiedOn: Instant | null;
  /** A key other than the pinned one that was shown to us. */
  readonly changed: KeyChange | null;
  /** The highest version of their device list that we have checked. */
  readonly list: SeenList | null;
  /** Positions in the account log of the entries that a loosening one would have to name; 0 where none is stored. */
  readonly at: { readonly pin: number; readonly block: number; readonly change: number };
  /** Their request, while it waits for an answer. */
  readonly incoming: Incoming | null;
  /** Our request, while it waits. */
  readonly outgoing: Outgoing | null;
}
export interface KeyChange {
  readonly n: number;
  readonly identityKey: Bytes;
  readonly on: Instant;
  readonly wasVerified: boolean;
}
export interface SeenList {
  readonly version: number;
  readonly hash: Bytes;
}
export interface Incoming {
  readonly byInvitation: "no" | "first" | "again";
  /** To be accepted without asking, as soon as the server can be reached: our link brought them, or both asked at once. */
  readonly accept: boolean;
}
export interface Outgoing {
  /** These bytes and no others, until the server has them. */
  readonly sealed: Bytes;
  readonly delivered: boolean;
}

/** A link of ours. The secret is in its fragment and reaches no server. */
export interface Invitation {
  readonly id: Bytes;
  readonly secret: Bytes;
  readonly expiresAt: Instant;
  readonly state: "open" | "used" | "revoked";
  readonly usedBy: readonly Bytes[];
}

export interface SeenRequest {
  readonly nonce: Bytes;
  readonly from: Bytes;
}

/** Known only to this run. */
export interface ContactsLive {
  readonly online: boolean;
  /** What was asked of the server, by the request's key. */
  readonly asked: ReadonlyMap<string, Asked>;
  /** People looked up and not yet asked, newest last. */
  readonly looked: ReadonlyMap<Hex, Looked>;
  /** Inbox items handled over this connection: a push and a page may bring one twice. */
  readonly handled: ReadonlySet<number>;
  /** Inbox items that made no sense once: the second time they are thrown away. */
  readonly doubted: ReadonlySet<number>;
  /** Not before this time: the server asked us to wait. */
  readonly notBefore: Instant;
}

/** An account as the server showed it, after all checks: what a request to it is sealed to. */
export interface Looked {
  readonly account: Bytes;
  readonly handle: string;
  readonly n: number;
  readonly identityKey: Bytes;
  readonly list: SeenList;
  readonly address: { readonly m: number; readonly hpkeKey: Bytes };
}

/** Why something was asked. `intent` is the one that waits for the outcome; null when nobody does. */
export type Asked =
  | { readonly for: "lookUp"; readonly intent: string; readonly handle: string }
  | { readonly for: "openInvitation"; readonly intent: string; readonly identityHash: Bytes; readonly handle: string }
  | {
      readonly for: "sendRequest";
      readonly intent: string;
      readonly account: Bytes;
      readonly text: string;
      readonly invitation: string | null;
    }
  | { readonly for: "deliver"; readonly intent: string | null; readonly account: Bytes; readonly sealed: Bytes }
  | { readonly for: "check"; readonly item: number; readonly account: Bytes; readonly body: Bytes }
  | { readonly for: "accept"; readonly intent: string | null; readonly account: Bytes }
  | {
      readonly for: "found";
      readonly intent: string | null;
      readonly account: Bytes;
      readonly handle: string;
      readonly list: Bytes;
    }
  | { readonly for: "refresh"; readonly account: Bytes; readonly told: SeenList }
  | { readonly for: "inbox" }
  | { readonly for: "clear"; readonly item: number };

export const calmContacts: ContactsLive = {
  online: false,
  asked: new Map(),
  looked: new Map(),
  handled: new Set(),
  doubted: new Set(),
  notBefore: 0 as Instant,
};
export const noContacts: ContactsState = { contacts: new Map(), invitations: new Map(), seen: new Map(), live: calmContacts };
