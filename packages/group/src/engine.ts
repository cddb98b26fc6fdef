/**
 * What the rest of the product may ask of MLS: the engine's interface, in our words. [G1–G30]
 *
 * Synchronous and without I/O. Rules for whoever holds an engine: one call at a time; after each call
 * {@link Engine.takeChanges} and write the rows in one transaction, before anything is sent, shown or acknowledged;
 * or {@link Engine.rollback}, after which the engine is as it was before the call.
 */
import type { Instant, Result, Secret } from "@megachat/base";
import type { Certificate, CommitData, Roster, RowKind } from "@megachat/wire";

/** Our own numbers: 1 = X-Wing, AES-256-GCM, SHA-384, Ed25519 (MLS 0x004E, provisional); 2 = MLS 0x0001. */
export type Suite = 1 | 2;
/** 16 bytes. The MLS group id. */
export type ConversationId = Uint8Array;

/** The device that speaks. */
export interface Device {
  /** `Signed` with a {@link Certificate} in it, as bytes. */
  readonly certificate: Uint8Array;
  /** The Ed25519 seed (RFC 8032 §5.1.5), 32 bytes, of the certificate's signature key. */
  readonly signatureSeed: Secret<Uint8Array>;
}

/** One stored row. Keys are opaque, at most 256 bytes. */
export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
/** A row to write, or to delete where `value` is undefined. */
export interface RowChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** One leaf of a conversation. */
export interface Member {
  readonly leaf: number;
  readonly certificate: Certificate;
}

/** What a conversation is in its present epoch. */
export interface ConversationState {
  readonly conversation: ConversationId;
  readonly suite: Suite;
  readonly epoch: number;
  /** RFC 9420 §8.7. Equal for all who agree on members, roster and history of commits. */
  readonly authenticator: Uint8Array;
  readonly roster: Roster;
  readonly members: readonly Member[];
  readonly ownLeaf: number;
  /** A commit of ours that is built, stored and not yet adopted or dropped. */
  readonly pending: PendingKind | undefined;
  /** Why this device cannot be sure that the others are in the same epoch; {@link Engine.seal} refuses meanwhile. */
  readonly doubt: Doubt | undefined;
  /** After a resync: the state from before is still kept; {@link Engine.confirmResync} drops it. */
  readonly unconfirmed: boolean;
}
export type PendingKind = "create" | "change" | "external";
/** `pathFailed`: a commit's path secret did not open for us alone. `removed`: a commit took our leaf out. */
export type Doubt = "pathFailed" | "removed";

/** A commit of ours, before the server has taken it. Send these bytes, again and again the same. */
export interface Pending {
  /** The log row's body. Of an external commit the caller seals it under the conversation key. */
  readonly commit: Uint8Array;
  /** The row kind it must have. */
  readonly kind: Extract<RowKind, "commit" | "externalCommit">;
  /** For the added devices' inboxes; undefined when none was added. */
  readonly welcome: Uint8Array | undefined;
  /** Of the epoch that the commit starts; the caller seals it. Undefined for an external commit: ask again once adopted. */
  readonly groupInfo: Uint8Array | undefined;
  /** What the server must be told: devices added and removed, and the time. */
  readonly data: CommitData;
  /** The epoch that the commit starts. */
  readonly epoch: number;
}

/** What a commit did. */
export interface Change {
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
  readonly before: Roster;
  readonly after: Roster;
  /** The committer's clock. */
  readonly time: Instant;
  /** A device joined or replaced its own leaf by itself. */
  readonly external: boolean;
}

/** What became of a log row. Exactly one of these, whatever the bytes. */
export type Opened =
  | {
      readonly type: "message";
      readonly sender: Member;
      readonly plaintext: Uint8Array;
      readonly data: Uint8Array;
      readonly epoch: number;
    }
  /** An application row that we sent. Its content is in the outbox. */
  | { readonly type: "ownRow" }
  /** A commit took effect. `lostPending`: a commit of ours was built on the old epoch and is gone; build it again. */
  | {
      readonly type: "committed";
      readonly by: Member;
      readonly own: boolean;
      readonly change: Change;
      readonly epoch: number;
      readonly lostPending: boolean;
    }
  /** A commit took our leaf out. The old state is kept until {@link Engine.forget}, in case the others skip the commit. */
  | { readonly type: "removed"; readonly by: Member; readonly change: Change; readonly epoch: number }
  /** Everyone skips this row; the engine is exactly as before. The author is named where the signature proved one. */
  | { readonly type: "skipped"; readonly reason: SkipReason; readonly author: Member | undefined }
  /** The row cannot be judged here. The engine is exactly as before. */
  | { readonly type: "failed"; readonly reason: FailReason; readonly epoch: number };

/** Why nobody takes a row. `rule` is the guard's. */
export type SkipReason =
  | { readonly type: "malformed" }
  | { readonly type: "wrongKind" }
  | { readonly type: "refusedByMls"; readonly kind: string }
  | { readonly type: "invalid"; readonly rule: RuleId }
  /** In our leaf's name and not from our outbox: a copy of this device, or a forged sender. An alarm. */
  | { readonly type: "forgedOwn" }
  /** Of an epoch that is over. The server must not deliver such a row. */
  | { readonly type: "pastEpoch" }
  /** A message that was opened before. */
  | { readonly type: "replayed" };
/**
 * `futureEpoch`: commits are missing here. `undecryptable`: of our own epoch and does not open: junk, or a fork.
 * `pathFailed`: the commit may be good for others; see {@link Doubt}. `damaged`: our own rows cannot be read: join again.
 */
export type FailReason = "futureEpoch" | "undecryptable" | "pathFailed" | "damaged";
/** A rule of spec/group.md. */
export type RuleId = `G${number}`;

/** A joiner's view before joining: what trust decisions need. */
export interface WelcomeFacts extends Omit<ConversationState, "pending" | "doubt" | "unconfirmed"> {
  /** Who added us. */
  readonly sender: Member;
  /** Our last-resort key package was used: make a new one. */
  readonly lastResort: boolean;
}
export type WelcomeError =
  | { readonly type: "malformed" }
  /** None of our key packages fits: used up, replaced, or somebody else's. */
  | { readonly type: "notForUs" }
  /** We are or were in this conversation at that epoch or later. */
  | { readonly type: "stale"; readonly epoch: number; readonly ours: number }
  | { readonly type: "refusedByMls"; readonly kind: string }
  | { readonly type: "invalid"; readonly rule: RuleId };

export interface KeyPackage {
  readonly bytes: Uint8Array;
  /** Names it in {@link Engine.forgetKeyPackage} (RFC 9420 §5.2, KeyPackageRef). */
  readonly reference: Uint8Array;
}
export interface KeyPackageFacts {
  readonly suite: Suite;
  readonly certificate: Certificate;
  readonly lastResort: boolean;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}
export type KeyPackageError =
  | { readonly type: "malformed" }
  | { readonly type: "refusedByMls"; readonly kind: string }
  | { readonly type: "wrongSuite" }
  /** Not valid at `now`, or for longer than allowed. */
  | { readonly type: "lifetime" }
  /** The certificate is not signed by that identity, or does not fit the leaf. */
  | { readonly type: "certificate" }
  /** Of another account or device than was asked for. */
  | { readonly type: "unexpected" };

/** What a key package must be, so that a server cannot hand out somebody else's. */
export interface KeyPackageExpectation {
  readonly now: Instant;
  readonly suite: Suite;
  readonly account: Uint8Array;
  readonly n: number;
  readonly identityKey: Uint8Array;
  /** Whether the serial stands, by the device list that the caller has checked. */
  readonly stands: (certificate: Certificate) => boolean;
}

export interface NewConversation {
  readonly conversation: ConversationId;
  readonly suite: Suite;
  readonly roster: Roster;
  /** Of the other devices, already checked. */
  readonly keyPackages: readonly Uint8Array[];
  readonly now: Instant;
}
export interface ConversationChange {
  readonly add?: readonly Uint8Array[];
  /** Leaves to take out. */
  readonly remove?: readonly number[];
  /** The roster afterwards. */
  readonly roster?: Roster;
  readonly now: Instant;
}
export interface ExternalJoin {
  readonly conversation: ConversationId;
  /** As a member posted it, unsealed. */
  readonly groupInfo: Uint8Array;
  /** The lowest epoch acceptable: the highest that the account has seen. */
  readonly floor: number;
  readonly now: Instant;
}

export type CommitError =
  | { readonly type: "unknownConversation" }
  | { readonly type: "exists" }
  | { readonly type: "pending" }
  | { readonly type: "inDoubt" }
  | { readonly type: "malformed" }
  | { readonly type: "refusedByMls"; readonly kind: string }
  /** The others would skip it. */
  | { readonly type: "invalid"; readonly rule: RuleId };
export type JoinError =
  | CommitError
  /** The GroupInfo is of another conversation. */
  | { readonly type: "wrongConversation" }
  /** The GroupInfo is older than what we have seen: withheld commits, or a stale copy. */
  | { readonly type: "stale"; readonly epoch: number; readonly floor: number };
/** An external commit, and the conversation it joins as its members' GroupInfo shows it. */
export interface ExternalPending extends Pending {
  readonly joins: Omit<WelcomeFacts, "sender" | "lastResort">;
}
export type SealError = { readonly type: "unknownConversation" } | { readonly type: "inDoubt" } | { readonly type: "pending" };
export interface Sealed {
  /** The log row's body. */
  readonly body: Uint8Array;
  readonly epoch: number;
}
export interface Engine {
  /** Rows changed since the last call. Write them in ONE transaction before anything leaves or is shown. */
  readonly takeChanges: () => readonly RowChange[];
  /** Undoes everything since the last {@link takeChanges}. */
  readonly rollback: () => void;
  /** Brings rows in from disk: at start, or of one conversation that was unloaded. */
  readonly loadRows: (rows: Iterable<Row>) => void;
  /** Whose row this is; undefined for the device's own. For loading conversations one by one. */
  readonly conversationOfRow: (key: Uint8Array) => ConversationId | undefined;
  /** Frees the memory of a conversation whose rows are on disk. {@link loadRows} brings it back. */
  readonly unload: (conversation: ConversationId) => void;

  /** Makes a key package, valid from 7 days before to 90 days after `now`. */
  readonly keyPackage: (wanted: { readonly suite: Suite; readonly lastResort: boolean; readonly now: Instant }) => KeyPackage;
  /** Destroys a key package's private keys. */
  readonly forgetKeyPackage: (reference: Uint8Array) => void;
  /** Judges somebody else's key package against the real clock. The adder alone does this. */
  readonly checkKeyPackage: (bytes: Uint8Array, expected: KeyPackageExpectation) => Result<KeyPackageFacts, KeyPackageError>;

  readonly state: (conversation: ConversationId) => ConversationState | undefined;
  readonly createConversation: (wanted: NewConversation) => Result<Pending, CommitError>;
  readonly commitChange: (conversation: ConversationId, change: ConversationChange) => Result<Pending, CommitError>;
  /** Joins, or joins again, by an external commit. The old state, if any, is kept until {@link confirmResync}. */
  readonly externalCommit: (wanted: ExternalJoin) => Result<ExternalPending, JoinError>;
  /** The server took our pending commit. {@link open} of its row does the same. */
  readonly adoptPending: (conversation: ConversationId) => Result<Change, CommitError>;
  /** The server refused it for good: everything is as before it was built. */
  readonly dropPending: (conversation: ConversationId) => void;
  /**
   * Goes on in the present epoch in spite of a {@link Doubt}: after a bounded wait in which no row told which epoch the
   * others are in. Junk must not silence anybody. Should the doubt prove right after all (a row of a future epoch), what
   * was sealed meanwhile was skipped by the others and must be sealed again after the resync.
   */
  readonly carryOn: (conversation: ConversationId) => void;
  /** Another leaf confirmed the epoch we joined: the state from before the resync is destroyed. */
  readonly confirmResync: (conversation: ConversationId) => void;
  /** The epoch we joined proved wrong: back to the state from before the resync. False if none is kept. */
  readonly revertResync: (conversation: ConversationId) => boolean;

  /** Looks into a Welcome. Follow with {@link adoptWelcome} or {@link dropWelcome}. */
  readonly stageWelcome: (bytes: Uint8Array) => Result<WelcomeFacts, WelcomeError>;
  readonly adoptWelcome: () => ConversationState;
  readonly dropWelcome: () => void;

  readonly seal: (conversation: ConversationId, plaintext: Uint8Array, data: Uint8Array) => Result<Sealed, SealError>;
  readonly open: (conversation: ConversationId, row: { readonly kind: RowKind; readonly body: Uint8Array }) => Opened;
  /** A fresh GroupInfo of the present epoch, for the caller to seal and post. */
  readonly groupInfo: (conversation: ConversationId) => Result<Uint8Array, { readonly type: "unknownConversation" }>;
  /** RFC 9420 §8.5. `of: "pending"` is the epoch that our pending commit will start. */
  readonly exportSecret: (wanted: {
    readonly conversation: ConversationId;
    readonly label: string;
    readonly context: Uint8Array;
    readonly length: number;
    readonly of?: "present" | "pending";
  }) => Result<Uint8Array, { readonly type: "unknownConversation" }>;

  /** Destroys a conversation's keys. That we were there, and until which epoch, is remembered: see {@link stageWelcome}. */
  readonly forget: (conversation: ConversationId) => void;
  /** Releases the engine's memory. Using it afterwards is a bug. */
  readonly dispose: () => void;
}
