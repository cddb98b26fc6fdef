/**
 * What a device remembers of one conversation besides its messages: how far it has read the log, what it still has to
 * send, and what is wrong. Plain data; {@link encodeConversation} is its form at rest. [C1–C29]
 */
import type { Instant } from "@megachat/base";
import type { Hex } from "../step.ts";

export interface Conversation {
  readonly id: Uint8Array<ArrayBuffer>;
  readonly with: Uint8Array<ArrayBuffer>;
  readonly suite: 1 | 2;
  readonly conversationKey: Uint8Array<ArrayBuffer>;
  /** The position of the commit that brought us in. Rows up to here are chained and counted, never opened. */
  readonly joinedAt: number;
  /** The last row processed, the commits among the rows so far, and the chain's hash there. */
  readonly position: number;
  readonly turn: number;
  readonly hash: Uint8Array<ArrayBuffer>;
  /** Chain hashes of the newest rows, oldest first: what heads and messages are compared with. */
  readonly recent: readonly Seen[];
  /** The highest (turn, epoch) written to the account log: this account never goes back below. */
  readonly floor: { readonly turn: number; readonly epoch: number; readonly writtenAt: Instant };
  /** Sequence of our newest row in the log, and the counter of our newest message. */
  readonly sequence: number;
  readonly counter: number;
  /** When our counter gets here, our leaf renews its keys. */
  readonly renewAt: number;
  readonly outbox: readonly Outgoing[];
  readonly peers: ReadonlyMap<Hex, Peer>;
  readonly receipts: Receipts;
  /** Where the unread lines of others stand, oldest first; beyond {@link MAX_UNREAD} the oldest are no longer told apart. */
  readonly unreadAt: readonly number[];
  /** The first line that came while its sender was not to be shown; it and what followed are kept, and given back. */
  readonly hiddenFrom: number | null;
  readonly lastLine: LastLine | null;
  /** Notes written behind the row at `position`. */
  readonly notes: number;
  readonly draft: string;
  /** No sound, no title count. */
  readonly muted: boolean;
  readonly alarms: readonly Alarm[];
  readonly resync: Resync;
  readonly resend: Resend;
  readonly groupInfo: Posting;
  /** A commit did not take effect here, and may have for others; a message that opens settles it. */
  readonly suspect: boolean;
  /** Our leaf was taken out: nothing can be sent or opened any more. */
  readonly ended: boolean;
  readonly live: Live;
}

export interface Seen {
  readonly position: number;
  readonly hash: Uint8Array<ArrayBuffer>;
}

/** One device of another account: its own counts, which a server cannot forge. */
export interface Peer {
  readonly counter: number;
  readonly sequence: number;
  /** The position of the commit that brought it in; 0 where it was here from the beginning. */
  readonly since: number;
  /** Where it joined again and has not asked yet for what it missed; 0 for nowhere. */
  readonly rejoinedAt: number;
  /** The last position of those at which it has said something that it said again. */
  readonly repeated: number;
  /** Messages of it that did not open, and of which it is known where they stand: they are no gap. */
  readonly excused: number;
}

/** Positions of the log, both ends included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}
/** Messages that did not open: when the first of them was stored, whose the server says they are, and how many. */
export interface Missed extends Stretch {
  readonly since: Instant;
  readonly device: Uint8Array<ArrayBuffer>;
  readonly rows: number;
}

/** What is to be said again after somebody joined again. */
export interface Resend {
  /** What has not opened since our state last fitted. */
  readonly missed: readonly Missed[];
  /** What we have asked for, oldest first. */
  readonly asked: readonly Missed[];
  /** What others have asked us for and shall get, in order. */
  readonly owed: readonly Stretch[];
  /** The next answer begins then. */
  readonly restUntil: Instant;
}

/** The GroupInfo by which others join: an external commit brings none, so somebody posts one. [C29] */
export interface Posting {
  readonly wanted: boolean;
  /** SHA-256 of the newest one that we have posted. */
  readonly own: Uint8Array<ArrayBuffer> | null;
}

/** All are log positions. */
export interface Receipts {
  readonly peerDelivered: number;
  readonly peerRead: number;
  /** The newest line of another's that is on our disk, and that our user has seen. */
  readonly ownDelivered: number;
  readonly ownRead: number;
  /** What our last receipt row said. */
  readonly sentDelivered: number;
  readonly sentRead: number;
}

export interface LastLine {
  readonly position: number;
  readonly own: boolean;
  readonly at: Instant;
  /** The first characters of the text, or a word for what else it is. */
  readonly text: string;
  readonly kind: "text" | "call" | "system" | "updateNeeded";
  /** Of a call. */
  readonly call: { readonly video: boolean; readonly outcome: CallOutcome; readonly duration: number | null } | null;
}
export const callOutcomes = [
  "ringing",
  "ongoing",
  "finished",
  "missed",
  "declined",
  "cancelled",
  "noAnswer",
  "busy",
  "failed",
] as const;
export type CallOutcome = (typeof callOutcomes)[number];

/** Something to send, in order. */
export interface Outgoing {
  /** 16 bytes, random: names it in the UI. For a message it is the MIMI salt. */
  readonly id: Uint8Array<ArrayBuffer>;
  /** `again`: a text of ours that another asked for a second time; here it is in its place already. */
  readonly kind: "found" | "update" | "content" | "again";
  /** MIMI content; empty for commits. */
  readonly content: Uint8Array<ArrayBuffer>;
  /** Where it stands in the log, of what is said again; 0 for all else. */
  readonly first: number;
  readonly queuedAt: Instant;
  readonly state: OutgoingState;
}
export type OutgoingState =
  | { readonly at: "queued" }
  /** Sealed and on disk: these bytes and no others go out under this sequence. */
  | {
      readonly at: "sealed";
      readonly turn: number;
      readonly sequence: number;
      readonly counter: number;
      readonly body: Uint8Array<ArrayBuffer>;
      readonly bodyHash: Uint8Array<ArrayBuffer>;
      readonly welcome: Uint8Array<ArrayBuffer> | null;
      readonly groupInfo: Uint8Array<ArrayBuffer> | null;
      /** The server has it, at this position; 0 until it says so. */
      readonly stored: number;
    }
  | { readonly at: "failed"; readonly reason: SendFailure };
export type SendFailure = "blocked" | "keysChanged" | "removed" | "ended" | "refused" | "tooLong";

/** What is wrong, as people are told it. One of a type stands at a time, since `at`, and counts what it saw. */
export interface Alarm {
  readonly type: AlarmType;
  readonly at: Instant;
  readonly count: number;
}
export const alarmTypes = [
  /** Messages that the other side counted have not come. */
  "gap",
  /** The other's log is not ours: two hashes at one position. */
  "fork",
  /** Messages of our own epoch that do not open: a suspected fork. */
  "doesNotOpen",
  /** Rows in our name that we did not send: a copy of this browser, or a forged sender. */
  "ownCopy",
  /** The server broke its own order: turns or sequences that cannot be. */
  "serverOrder",
  /** The server named another sender than the message proves. */
  "relabelled",
  /** A device spoke under an older device list than one we have seen. */
  "staleDevice",
  /** The server gives an older state than we have seen. */
  "rolledBack",
  "resyncing",
  "resynced",
] as const;
export type AlarmType = (typeof alarmTypes)[number];

/** Where the repair of a damaged or left-behind state stands. */
export type Resync =
  | { readonly at: "none" }
  | { readonly at: "needed"; readonly since: Instant; readonly tries: number; readonly notBefore: Instant }
  | {
      readonly at: "joining";
      readonly since: Instant;
      readonly tries: number;
      readonly body: Uint8Array<ArrayBuffer>;
      readonly sequence: number;
      readonly turn: number;
    };

/** Known only to this run: gone after a restart, and asked for again. */
export interface Live {
  /** The highest position heard of. */
  readonly head: number;
  /** Lines of ours are being read, to be said again. */
  readonly recalling: boolean;
  /** A `fetchRows` is on its way. */
  readonly fetching: boolean;
  /** Not before this time: the server gave none of the rows it has, or asked us to wait. */
  readonly fetchNotBefore: Instant;
  /** Appends on their way: sequence and hash of the bytes. */
  readonly asked: readonly string[];
  /** Not before this time: the server asked us to wait. */
  readonly notBefore: Instant;
  readonly acknowledged: number;
  readonly receiptAt: Instant | null;
  /** A receipt is wanted although it is no news. */
  readonly hello: boolean;
  /** On a screen in some tab, or in a call. */
  readonly shown: boolean;
  readonly headSentAt: Instant | null;
  /** When another member last proved that we are up to date. */
  readonly confirmedAt: Instant | null;
  /** Since when the conversation has been shown or unconfirmed. */
  readonly watchedSince: Instant | null;
  /** How far another's signed head, or the server's own word, says the log goes, and since when nothing new came of it. */
  readonly promised: { readonly position: number; readonly since: Instant } | null;
  /** Our heads of the last minute, oldest first: what an answer to one names. */
  readonly headsSent: readonly HeadSent[];
  /** The newest head of another, for ours to name. */
  readonly headHeard: { readonly session: Uint8Array<ArrayBuffer>; readonly counter: number } | null;
  /** Since when we have been in doubt which epoch the others are in. */
  readonly doubtSince: Instant | null;
  /** When this device last joined again: the next time waits. And how often it has. */
  readonly resyncedAt: Instant | null;
  readonly rejoins: number;
  /** A GroupInfo is on its way. */
  readonly posting: boolean;
  /** Counter of our transient messages in this run; windows of the others', by leaf and run. */
  readonly transientCounter: number;
  readonly windows: ReadonlyMap<string, Window>;
  readonly typingUntil: Instant | null;
  readonly typingSentAt: Instant | null;
}

/** `answers`: it went out because of another's, and wants no answer itself. */
export interface HeadSent {
  readonly counter: number;
  readonly at: Instant;
  readonly answers: boolean;
}

/** A sliding window over counters (RFC 6479's idea): the highest seen, and which of the 64 up to it were. */
export interface Window {
  readonly highest: number;
  readonly seen: bigint;
}

export const calmLive: Live = {
  head: 0,
  recalling: false,
  fetching: false,
  fetchNotBefore: 0 as Instant,
  asked: [],
  notBefore: 0 as Instant,
  acknowledged: 0,
  receiptAt: null,
  hello: false,
  shown: false,
  headSentAt: null,
  confirmedAt: null,
  watchedSince: null,
  promised: null,
  headsSent: [],
  headHeard: null,
  doubtSince: null,
  resyncedAt: null,
  rejoins: 0,
  posting: false,
  transientCounter: 0,
  windows: new Map(),
  typingUntil: null,
  typingSentAt: null,
};

/** How many chain hashes are kept: enough to compare with whoever was away for a while. */
export const RECENT = 1024;
export const MAX_UNREAD = 2000;
/** Devices of others whose counts are kept. */
export const MAX_PEERS = 1000;

export const hashAt = (conversation: Conversation, position: number): Uint8Array | undefined =>
  conversation.recent.find((seen) => seen.position === position)?.hash;
