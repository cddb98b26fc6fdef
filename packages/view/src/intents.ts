/**
 * Everything a tab may ask of the core. The interface is the protocol: one argument and one answer each, both structured-clonable. [U2]
 *
 * An answer comes when the core has decided and made it durable, not when the other side has it. A fault of the worker itself is no error here:
 * the session becomes `broken`.
 */
import type { Instant, Result } from "@megachat/base";
import type { InvitationSeen } from "./contact.ts";
import type { MessagePage, PageWish } from "./message.ts";
import type { AccountRef, AlarmRef, CallRef, ConversationRef, InvitationRef, MessageRef } from "./refs.ts";
import type { Settings } from "./settings.ts";

type Answer<T, E> = Promise<Result<T, E>>;
type Done<E> = Answer<null, E>;

export interface Intents {
  // Account
  readonly signUp: (ask: SignUp) => Done<SignUpError>;
  readonly signIn: (ask: { readonly handle: string; readonly password: string }) => Done<SignInError>;
  /** Calls off the sign-up or sign-in under way, in whichever tab it was asked; it then answers `cancelled`. Too late, it changes nothing. */
  readonly cancelWork: (ask: Nothing) => Promise<null>;
  /** Ends the session here. `forget` also deletes this browser's database: the account then lives nowhere else until it is recovered. */
  readonly signOut: (ask: { readonly forget: boolean }) => Done<Offline>;
  /** How guessable it is. Local: nothing leaves the worker. Answers in < 50 ms; the screen asks at most every 150 ms. */
  readonly checkPassword: (ask: { readonly password: string; readonly handle: string }) => Promise<PasswordStrength>;
  /** Five random words (≥ 64 bits), drawn anew each time. */
  readonly suggestPassword: (ask: Nothing) => Promise<{ readonly words: readonly string[] }>;
  readonly setDisplayName: (ask: {
    readonly displayName: string;
  }) => Done<{ readonly type: "tooLong"; readonly limit: number } | { readonly type: "empty" }>;

  // Recovery key
  /** The words, and which of them (positions from 0) `confirmRecoveryKey` will want. After the first showing the password may be needed again. */
  readonly showRecoveryKey: (ask: { readonly password: string | null }) => Answer<RecoveryWords, RecoveryError>;
  readonly confirmRecoveryKey: (ask: {
    readonly words: readonly { readonly position: number; readonly word: string }[];
  }) => Done<{ readonly type: "wrong"; readonly positions: readonly number[] }>;
  readonly postponeRecoveryKey: (ask: Nothing) => Promise<null>;

  // People
  /** Who has exactly this handle. Counted and limited by the server. */
  readonly lookUp: (ask: { readonly handle: string }) => Answer<Found, LookUpError>;
  /** `text` ≤ 500 characters. `invitation` is a fragment that vouches for the other side and for us. */
  readonly sendRequest: (ask: {
    readonly account: AccountRef;
    readonly text: string;
    readonly invitation: string | null;
  }) => Done<RequestError>;
  readonly withdrawRequest: (ask: { readonly account: AccountRef }) => Done<Offline>;
  readonly acceptRequest: (ask: {
    readonly account: AccountRef;
  }) => Answer<{ readonly conversation: ConversationRef }, AcceptError>;
  /** Says nothing to the other side. */
  readonly declineRequest: (ask: { readonly account: AccountRef; readonly block: boolean }) => Done<never>;
  readonly block: (ask: { readonly account: AccountRef }) => Done<never>;
  readonly unblock: (ask: { readonly account: AccountRef }) => Done<never>;
  /** Takes the person off the list and ends the conversation; the history stays here. */
  readonly removeContact: (ask: { readonly account: AccountRef }) => Done<never>;

  // Trust
  /** 60 digits, the same on both sides. */
  readonly safetyNumber: (ask: { readonly account: AccountRef }) => Answer<{ readonly digits: string }, NoKeys>;
  /** Names the digits that were compared: a key that changed meanwhile is not verified by it. */
  readonly markVerified: (ask: {
    readonly account: AccountRef;
    readonly digits: string;
  }) => Done<NoKeys | { readonly type: "changedMeanwhile" }>;
  readonly clearVerified: (ask: { readonly account: AccountRef }) => Done<never>;
  /** Goes on with the changed key without comparing; the mark "verified" is gone. Names the new digits for the same reason. */
  readonly acceptChangedKey: (ask: {
    readonly account: AccountRef;
    readonly digits: string;
  }) => Done<NoKeys | { readonly type: "changedMeanwhile" }>;

  // Invitations
  readonly createInvitation: (
    ask: Nothing,
  ) => Answer<{ readonly invitation: InvitationRef; readonly fragment: string }, Offline | Limited>;
  readonly revokeInvitation: (ask: { readonly invitation: InvitationRef }) => Done<Offline>;
  /** What a followed link means; works before any account. */
  readonly openInvitation: (ask: { readonly handle: string; readonly fragment: string }) => Answer<InvitationSeen, InvitationError>;

  // Conversations
  /**
   * This tab shows the conversation: from now on it gets its `messages` pushes. `visible` is false while the tab is hidden; heads pass, and read marks count, only while it is true.
   * Asked again whenever `visible` changes.
   */
  readonly showConversation: (ask: { readonly conversation: ConversationRef; readonly visible: boolean }) => Promise<null>;
  readonly hideConversation: (ask: { readonly conversation: ConversationRef }) => Promise<null>;
  readonly loadMessages: (ask: {
    readonly conversation: ConversationRef;
    readonly page: PageWish;
  }) => Answer<MessagePage, { readonly type: "unknownConversation" }>;
  /** Everything up to and with this message has been on a visible screen. */
  readonly markRead: (ask: { readonly conversation: ConversationRef; readonly upTo: MessageRef }) => Promise<null>;
  /** On success the message is in the outbox, on disk, and the draft is empty, in one transaction. */
  readonly send: (ask: {
    readonly conversation: ConversationRef;
    readonly text: string;
  }) => Answer<{ readonly message: MessageRef }, SendError>;
  readonly retry: (ask: { readonly conversation: ConversationRef; readonly message: MessageRef }) => Done<SendError>;
  /** Only of a message that has not been sent. */
  readonly discard: (ask: {
    readonly conversation: ConversationRef;
    readonly message: MessageRef;
  }) => Done<{ readonly type: "alreadySent" }>;
  readonly saveDraft: (ask: { readonly conversation: ConversationRef; readonly text: string }) => Promise<null>;
  /** The user is writing; the screen asks at most every 3 s, and nothing is told when the setting is off. */
  readonly typing: (ask: { readonly conversation: ConversationRef }) => Promise<null>;
  readonly setMutedConversation: (ask: { readonly conversation: ConversationRef; readonly muted: boolean }) => Promise<null>;
  readonly dismissAlarm: (ask: { readonly conversation: ConversationRef; readonly alarm: AlarmRef }) => Promise<null>;

  // Calls. The tab's client applies mute and camera to the tracks first, where they run here, and then passes the intent on.
  readonly startCall: (ask: {
    readonly conversation: ConversationRef;
    readonly media: "audio" | "video";
  }) => Answer<{ readonly call: CallRef }, StartCallError>;
  readonly acceptCall: (ask: { readonly call: CallRef; readonly media: "audio" | "video" }) => Done<CallGone>;
  /** With a text the reply is sent as a message. */
  readonly declineCall: (ask: { readonly call: CallRef; readonly text: string | null }) => Done<CallGone>;
  /** Cancels an outgoing one, ends a running one. */
  readonly hangUp: (ask: { readonly call: CallRef }) => Done<CallGone>;
  readonly setMuted: (ask: { readonly call: CallRef; readonly muted: boolean }) => Done<CallGone>;
  readonly setCamera: (ask: { readonly call: CallRef; readonly on: boolean }) => Done<CallGone>;
  /** Puts the summary of an ended call away. */
  readonly dismissCall: (ask: { readonly call: CallRef }) => Promise<null>;

  // Settings
  readonly changeSettings: (ask: Partial<Settings>) => Promise<null>;
}

/** An intent that needs no more than its name. */
export type Nothing = Record<never, never>;

export interface SignUp {
  readonly handle: string;
  readonly password: string;
  readonly displayName: string | null;
  /** The operator's code, where sign-up is by invitation. */
  readonly signUpCode: string | null;
}

export type Offline = { readonly type: "offline" };
export type Limited = { readonly type: "limited"; readonly retryAt: Instant };
export type CallGone = { readonly type: "callGone" };
export type NoKeys = { readonly type: "unknownAccount" };
/** What the server answered does not hold together: a key, a list or a signature that was made up. An alarm, not a mishap. */
export type NotAuthentic = { readonly type: "notAuthentic" };
type NoStorage = { readonly type: "storageRefused" } | { readonly type: "storageFull" };

export type SignUpError =
  | { readonly type: "handleTaken" }
  | { readonly type: "handleInvalid" }
  | { readonly type: "passwordWeak" }
  | { readonly type: "signUpClosed" }
  | { readonly type: "codeNeeded" }
  | { readonly type: "codeInvalid" }
  | NotAuthentic
  | Limited
  | Offline
  | NoStorage
  /** The person called it off: nothing was changed. */
  | { readonly type: "cancelled" }
  /** Someone is signed in here already (another tab was quicker). */
  | { readonly type: "alreadySignedIn" };

export type SignInError =
  /** Wrong name, wrong password, or no such account: one answer on purpose. */
  | { readonly type: "refused" }
  /** Right name and password, but the account lives in another browser. Nothing was changed there. */
  | { readonly type: "livesElsewhere" }
  | { readonly type: "disabled" }
  /** The database of this account in this browser cannot be read any more. */
  | { readonly type: "damaged" }
  | NotAuthentic
  | Limited
  | Offline
  | NoStorage
  | { readonly type: "cancelled" }
  | { readonly type: "alreadySignedIn" };

export interface PasswordStrength {
  /** 0 unusable … 4 very strong; below 3 it is refused. */
  readonly score: 0 | 1 | 2 | 3 | 4;
  readonly accepted: boolean;
  readonly weakness: "tooShort" | "common" | "containsName" | "pattern" | "guessable" | null;
}

export interface RecoveryWords {
  readonly words: readonly string[];
  readonly ask: readonly number[];
}

export type RecoveryError = { readonly type: "passwordNeeded" } | { readonly type: "refused" } | Limited | Offline;

export interface Found {
  readonly account: AccountRef;
  readonly handle: string;
  readonly hue: number;
  readonly shortCode: string;
  readonly relation: "stranger" | "self" | "contact" | "requestSent" | "requestReceived" | "blocked";
}

export type LookUpError = { readonly type: "notFound" } | { readonly type: "handleInvalid" } | NotAuthentic | Limited | Offline;

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
  | InvitationError
  | Limited
  | Offline;

export type AcceptError = { readonly type: "gone" } | NotAuthentic | Limited | Offline;

export type InvitationError =
  | { readonly type: "malformed" }
  | { readonly type: "expired" }
  | { readonly type: "revoked" }
  /** The server names other keys than the link vouches for: someone stands in between, or the account is new. */
  | { readonly type: "keysDiffer" }
  | { readonly type: "notFound" }
  | Limited
  | Offline;

export type SendError =
  /** Of UTF-8, both in bytes. The draft is kept. */
  | { readonly type: "tooLong"; readonly bytes: number; readonly limit: number }
  | { readonly type: "empty" }
  | { readonly type: "held"; readonly reason: "keysChanged" | "blocked" | "removed" | "peerLeft" }
  | { readonly type: "unknownConversation" }
  | { readonly type: "storageFull" };

export type StartCallError =
  | { readonly type: "inCall" }
  | { readonly type: "held"; readonly reason: "keysChanged" | "blocked" | "removed" | "peerLeft" }
  | { readonly type: "unknownConversation" }
  | Offline;

export type IntentName = keyof Intents;
export type Ask<N extends IntentName> = Parameters<Intents[N]>[0];
export type AnswerOf<N extends IntentName> = Awaited<ReturnType<Intents[N]>>;

/** One intent as it crosses from tab to worker. */
export type Intent = { readonly [N in IntentName]: { readonly type: N; readonly ask: Ask<N> } }[IntentName];

const names: { readonly [N in IntentName]: true } = {
  signUp: true,
  signIn: true,
  cancelWork: true,
  signOut: true,
  checkPassword: true,
  suggestPassword: true,
  setDisplayName: true,
  showRecoveryKey: true,
  confirmRecoveryKey: true,
  postponeRecoveryKey: true,
  lookUp: true,
  sendRequest: true,
  withdrawRequest: true,
  acceptRequest: true,
  declineRequest: true,
  block: true,
  unblock: true,
  removeContact: true,
  safetyNumber: true,
  markVerified: true,
  clearVerified: true,
  acceptChangedKey: true,
  createInvitation: true,
  revokeInvitation: true,
  openInvitation: true,
  showConversation: true,
  hideConversation: true,
  loadMessages: true,
  markRead: true,
  send: true,
  retry: true,
  discard: true,
  saveDraft: true,
  typing: true,
  setMutedConversation: true,
  dismissAlarm: true,
  startCall: true,
  acceptCall: true,
  declineCall: true,
  hangUp: true,
  setMuted: true,
  setCamera: true,
  dismissCall: true,
  changeSettings: true,
};

/** Every intent's name, for the one generic file that turns the interface into messages. */
export const intentNames = Object.keys(names) as readonly IntentName[];
/** Whether `name`, from another agent, is an intent. */
export const isIntentName = (name: unknown): name is IntentName => typeof name === "string" && Object.hasOwn(names, name);
