/** What the user may ask about people, named like the screen's intents, and the answers. [F7–F16] [F21] */
import type { Instant, Result } from "@megachat/base";
import type { NotAuthentic } from "../account/faces.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export type ContactWish =
  | { readonly type: "lookUp"; readonly handle: string }
  /** `invitation` is a fragment that vouches for the other side and for us. */
  | { readonly type: "sendRequest"; readonly account: Bytes; readonly text: string; readonly invitation: string | null }
  | { readonly type: "withdrawRequest"; readonly account: Bytes }
  | { readonly type: "acceptRequest"; readonly account: Bytes }
  | { readonly type: "declineRequest"; readonly account: Bytes; readonly block: boolean }
  | { readonly type: "block"; readonly account: Bytes }
  | { readonly type: "unblock"; readonly account: Bytes }
  | { readonly type: "removeContact"; readonly account: Bytes }
  | { readonly type: "safetyNumber"; readonly account: Bytes }
  /** Names the digits that were compared: a key that changed meanwhile is not verified by it. */
  | { readonly type: "markVerified"; readonly account: Bytes; readonly digits: string }
  | { readonly type: "clearVerified"; readonly account: Bytes }
  | { readonly type: "acceptChangedKey"; readonly account: Bytes; readonly digits: string }
  | { readonly type: "createInvitation" }
  | { readonly type: "revokeInvitation"; readonly invitation: Bytes }
  | { readonly type: "openInvitation"; readonly handle: string; readonly fragment: string };

export const contactWishes: ReadonlySet<string> = new Set<ContactWish["type"]>([
  "lookUp",
  "sendRequest",
  "withdrawRequest",
  "acceptRequest",
  "declineRequest",
  "block",
  "unblock",
  "removeContact",
  "safetyNumber",
  "markVerified",
  "clearVerified",
  "acceptChangedKey",
  "createInvitation",
  "revokeInvitation",
  "openInvitation",
]);

export type Offline = { readonly type: "offline" };
export type Limited = { readonly type: "limited"; readonly retryAt: Instant };
export type NoKeys = { readonly type: "unknownAccount" };
type Done<E> = Result<null, E>;

/** Somebody found, as the screen shows them before anything is asked of them. */
export interface FoundPerson {
  readonly account: Bytes;
  readonly handle: string;
  readonly identityKey: Bytes;
  readonly relation: "stranger" | "self" | "contact" | "requestSent" | "requestReceived" | "blocked";
}
/** What someone sees who followed a link. */
export interface InvitationSeen {
  readonly account: Bytes;
  readonly handle: string;
  readonly relation: "stranger" | "contact" | "requested" | "self";
}

export type LookUpError = { readonly type: "notFound" } | { readonly type: "handleInvalid" } | NotAuthentic | Limited | Offline;
export type InvitationError =
  | { readonly type: "malformed" }
  /** The server names other keys than the link vouches for: someone stands in between, or the account is new. */
  | { readonly type: "keysDiffer" }
  | { readonly type: "notFound" }
  | Limited
  | Offline;
export type RequestError =
  | { readonly type: "tooLong"; readonly limit: number }
  | { readonly type: "alreadyPending" }
  | { readonly type: "alreadyContact" }
  | { readonly type: "notFound" }
  | { readonly type: "blocked" }
  | { readonly type: "self" }
  /** The account shows another key than the one that is pinned for it. */
  | { readonly type: "keysChanged" }
  | NotAuthentic
  | InvitationError;
/** `gone`: there is no such request any more. */
export type AcceptError = { readonly type: "gone" } | { readonly type: "notAuthentic" } | Limited | Offline;

export interface ContactAnswers {
  readonly lookUp: Result<FoundPerson, LookUpError>;
  readonly sendRequest: Done<RequestError>;
  readonly withdrawRequest: Done<Offline>;
  readonly acceptRequest: Result<{ readonly conversation: Bytes }, AcceptError>;
  readonly declineRequest: Done<never>;
  readonly block: Done<never>;
  readonly unblock: Done<never>;
  readonly removeContact: Done<never>;
  readonly safetyNumber: Result<{ readonly digits: string }, NoKeys>;
  readonly markVerified: Done<NoKeys | { readonly type: "changedMeanwhile" }>;
  readonly clearVerified: Done<never>;
  readonly acceptChangedKey: Done<NoKeys | { readonly type: "changedMeanwhile" }>;
  readonly createInvitation: Result<{ readonly invitation: Bytes; readonly fragment: string }, Limited>;
  readonly revokeInvitation: Done<never>;
  readonly openInvitation: Result<InvitationSeen, InvitationError>;
}
