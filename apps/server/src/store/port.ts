/**
 * What the server asks of its storage: short transactions, each one story. [S1] [S3]
 *
 * A promise that resolves means the change survives any crash. Adapters: SQLite here; PostgreSQL later, by the same
 * contract suite. Arguments and answers are plain data, so that an adapter may live in another thread or process.
 */
import type { Instant } from "@megachat/base";
import type { RowKind } from "@megachat/wire";

export type Id = Uint8Array<ArrayBuffer>;
export type Bytes = Uint8Array<ArrayBuffer>;

// —— Accounts ————————————————————————————————————————————————————————————————————————————————————————————

export interface NewAccount {
  readonly account: Id;
  readonly handle: string;
  readonly identityHash: Bytes;
  readonly setup: Id;
  readonly record: Bytes;
  readonly accountRecord: Bytes;
  readonly address: Bytes;
  readonly deviceList: Bytes;
  readonly wraps: { readonly password: Bytes; readonly recovery: Bytes; readonly accountSecret: Bytes };
  readonly device: Id;
  readonly certificate: Bytes;
  readonly signatureKey: Bytes;
  readonly rows: readonly Bytes[];
  readonly keyPackages: readonly Bytes[];
  readonly lastResort: Bytes | null;
  /** Of everything above: tells a repetition after a lost reply from another account. */
  readonly signUpHash: Bytes;
  /** Null where sign-up is open. */
  readonly invitationHash: Bytes | null;
}
export interface NewSession {
  readonly session: Id;
  readonly tokenHash: Bytes;
  readonly share: Bytes;
  readonly knownHash: Bytes;
}
export type SignedUp =
  | { readonly type: "signedUp" }
  | { readonly type: "nameTaken" }
  | { readonly type: "invitationInvalid" }
  /** An id or the identity key is somebody's already. */
  | { readonly type: "taken" };

/** What a login needs to know about a name. */
export interface LoginRecord {
  readonly account: Id;
  readonly setup: Id;
  readonly record: Bytes;
}
/** What a proved password gives. */
export interface LoginFaces {
  readonly account: Id;
  readonly handle: string;
  readonly disabled: boolean;
  readonly accountRecord: Bytes;
  readonly deviceList: Bytes;
  readonly wraps: { readonly password: Bytes; readonly accountSecret: Bytes };
}
export interface SessionFacts {
  readonly account: Id;
  readonly device: Id;
  readonly handle: string;
  readonly share: Bytes;
  readonly tokenHash: Bytes;
  readonly disabled: boolean;
}
export interface Faces {
  readonly account: Id;
  readonly handle: string;
  readonly accountRecord: Bytes;
  readonly address: Bytes;
  readonly deviceList: Bytes;
  readonly certificates: readonly Bytes[];
}

// —— Logs ————————————————————————————————————————————————————————————————————————————————————————————————

export interface StoredRow {
  readonly position: number;
  readonly turn: number;
  readonly time: number;
  readonly kind: RowKind;
  readonly device: Id;
  readonly sequence: number;
  readonly body: Bytes;
}
export interface Draft {
  readonly log: Id;
  readonly generation: number;
  readonly turn: number;
  readonly kind: RowKind;
  readonly sequence: number;
  readonly body: Bytes;
  readonly bodyHash: Bytes;
  readonly welcome: Bytes | null;
  readonly groupInfo: Bytes | null;
  /** What the commit's authenticated data names; empty for other kinds. */
  readonly added: readonly Id[];
  readonly removed: readonly Id[];
}
/** Who is speaking: the device of a session. */
export interface Speaker {
  readonly account: Id;
  readonly device: Id;
}
export interface Appended {
  readonly type: "appended";
  readonly row: StoredRow;
  /** False for a repetition: it was delivered before. */
  readonly fresh: boolean;
  /** The devices that get the row. */
  readonly devices: readonly Id[];
  readonly welcomes: readonly InboxDelivery[];
}
export type AppendOutcome =
  | Appended
  | { readonly type: "staleTurn"; readonly turn: number; readonly position: number }
  | { readonly type: "outOfSequence"; readonly last: number }
  | { readonly type: "exists"; readonly log: Id }
  | { readonly type: "refused"; readonly reason: "notMember" | "invalid" | "unknownDevice" | "full" | "notFound" };

export interface Page {
  readonly rows: readonly StoredRow[];
  readonly head: number;
  readonly turn: number;
}
export interface Head {
  readonly log: Id;
  readonly head: number;
  readonly turn: number;
  readonly cursor: number;
  readonly sequence: number;
}

// —— Inboxes —————————————————————————————————————————————————————————————————————————————————————————————

export interface InboxItem {
  readonly item: number;
  readonly kind: "request" | "welcome";
  readonly from: Id;
  readonly log: Id | null;
  readonly position: number | null;
  readonly body: Bytes;
}
export interface InboxDelivery {
  readonly devices: readonly Id[];
  readonly item: InboxItem;
}
export type RequestOutcome =
  | { readonly type: "sent"; readonly delivery: InboxDelivery | null }
  | { readonly type: "refused"; readonly reason: "notFound" | "requestPending" | "full" | "invalid" };

export interface Invitation {
  readonly id: string;
  readonly usesLeft: number;
  readonly expires: number;
}

export interface Store {
  readonly signUp: (a: { readonly account: NewAccount; readonly session: NewSession; readonly now: Instant }) => Promise<SignedUp>;
  readonly isHandleTaken: (a: { readonly handle: string }) => Promise<boolean>;
  readonly isInvitationGood: (a: { readonly codeHash: Bytes; readonly now: Instant }) => Promise<boolean>;
  readonly loginRecord: (a: { readonly handle: string }) => Promise<LoginRecord | null>;
  readonly loginFaces: (a: { readonly account: Id }) => Promise<LoginFaces | null>;
  /** Whether the device has held the account of that name, by the secret it got with a session. */
  readonly isKnownBrowser: (a: { readonly handle: string; readonly device: Id; readonly secretHash: Bytes }) => Promise<boolean>;
  /** Ed25519 public key of a standing device of the account. */
  readonly deviceKey: (a: { readonly account: Id; readonly device: Id }) => Promise<Bytes | null>;
  /** Replaces the device's session, if it had one. */
  readonly openSession: (a: { readonly device: Id; readonly session: NewSession }) => Promise<void>;
  readonly session: (a: { readonly session: Id }) => Promise<SessionFacts | null>;
  readonly touchSession: (a: { readonly session: Id }) => Promise<void>;
  /** Session and share are gone together. */
  readonly endSession: (a: { readonly session: Id }) => Promise<void>;

  readonly facesByHandle: (a: { readonly handle: string }) => Promise<Faces | null>;
  readonly facesByIdentity: (a: { readonly identityHash: Bytes }) => Promise<Faces | null>;
  readonly facesByAccount: (a: { readonly account: Id }) => Promise<Faces | null>;

  readonly sendRequest: (a: {
    readonly from: Id;
    readonly to: Id;
    readonly sealed: Bytes;
    readonly bodyHash: Bytes;
  }) => Promise<RequestOutcome>;
  readonly inbox: (a: {
    readonly speaker: Speaker;
    readonly after: number;
    readonly maxBytes: number;
  }) => Promise<{ readonly items: readonly InboxItem[]; readonly more: boolean }>;
  readonly clearInbox: (a: { readonly speaker: Speaker; readonly item: number }) => Promise<void>;

  readonly publishKeyPackages: (a: {
    readonly device: Id;
    readonly keyPackages: readonly Bytes[];
    readonly lastResort: Bytes | null;
  }) => Promise<"published" | "full">;
  /** Null unless the two have to do with each other: same account, a request received, or a conversation. */
  readonly takeKeyPackages: (a: { readonly asker: Id; readonly account: Id }) => Promise<readonly Bytes[] | null>;

  readonly found: (a: {
    readonly speaker: Speaker;
    readonly with: Id;
    readonly suite: number;
    readonly draft: Draft;
    readonly now: Instant;
  }) => Promise<AppendOutcome>;
  readonly append: (a: { readonly speaker: Speaker; readonly draft: Draft; readonly now: Instant }) => Promise<AppendOutcome>;
  readonly rows: (a: {
    readonly speaker: Speaker;
    readonly log: Id;
    readonly after: number;
    readonly maxBytes: number;
  }) => Promise<Page | null>;
  /** False for who is no member. */
  readonly acknowledge: (a: { readonly speaker: Speaker; readonly log: Id; readonly position: number }) => Promise<boolean>;
  readonly heads: (a: { readonly speaker: Speaker; readonly after: Id | null; readonly limit: number }) => Promise<readonly Head[]>;
  /** Devices that stand in a log now; null unless the speaker's is one of them. */
  readonly membersOf: (a: { readonly speaker: Speaker; readonly log: Id }) => Promise<readonly Id[] | null>;
  readonly postGroupInfo: (a: {
    readonly speaker: Speaker;
    readonly log: Id;
    readonly turn: number;
    readonly groupInfo: Bytes;
  }) => Promise<"posted" | "notMember" | { readonly turn: number; readonly position: number }>;
  readonly groupInfos: (a: {
    readonly speaker: Speaker;
    readonly log: Id;
  }) => Promise<{ readonly turn: number; readonly groupInfos: readonly Bytes[] } | null>;

  /**
   * Removes what has served its time, a bounded piece of it. True when there is more to remove. Things age by running
   * time, of which `ranMs` has passed since it was last told.
   */
  readonly sweep: (a: { readonly ranMs: number }) => Promise<boolean>;
  /** Changes whenever another process wrote to the store. */
  readonly outsideChanges: () => Promise<number>;
  readonly fact: (a: { readonly name: string }) => Promise<string | null>;
  readonly setFact: (a: { readonly name: string; readonly value: string }) => Promise<void>;

  readonly createInvitation: (a: {
    readonly id: string;
    readonly codeHash: Bytes;
    readonly uses: number;
    readonly expires: Instant;
    readonly now: Instant;
  }) => Promise<void>;
  readonly invitations: (a: { readonly now: Instant }) => Promise<readonly Invitation[]>;
  readonly revokeInvitation: (a: { readonly id: string }) => Promise<boolean>;
  readonly setDisabled: (a: { readonly handle: string; readonly disabled: boolean }) => Promise<boolean>;
  readonly totals: () => Promise<{
    readonly accounts: number;
    readonly disabled: number;
    readonly sessions: number;
    readonly conversations: number;
    readonly rows: number;
  }>;
  /** SQLite's own check of the whole file; empty when it is sound. */
  readonly faults: () => Promise<readonly string[]>;

  readonly close: () => Promise<void>;
}
