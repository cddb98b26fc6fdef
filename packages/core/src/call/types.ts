/**
 * The one call of this device: its states, what moves them, and what they cause. [L5–L16]
 *
 * Data only. The table itself is in `step.ts` and the files it names; `index.ts` says how the core feeds it.
 */
import type { Instant } from "@megachat/base";
import type {
  CallAccept,
  CallEvent,
  CallSignal,
  CallStart,
  Candidate,
  IceServerList,
  MediaCommand,
  MediaEvent,
  MediaQuality,
} from "@megachat/wire";

/** 16 bytes in hexadecimal: a call, a conversation, a device. */
export type Hex = string;
/** A tab, by the name that the core's client has for it. */
export type Page = string;
export type CallMedia = CallStart["media"];

/** What one side sends. */
export interface Side {
  readonly microphone: boolean;
  readonly camera: boolean;
  /** In the camera's place. */
  readonly screen: boolean;
  /** On hold: silence is sent, and nothing is heard. */
  readonly held: boolean;
}
export const allOff: Side = { microphone: false, camera: false, screen: false, held: false };

/** Somebody's start, neither ended nor answered. It rings only while it is renewed. [L5] */
export interface Offer {
  readonly conversation: Hex;
  readonly device: Hex;
  readonly position: number;
  /** When we read it in the log, by our own clock. */
  readonly notedAt: Instant;
  readonly start: CallStart;
  /** The highest number of its ringings; 0 before the first. */
  readonly heard: number;
  /** Candidates that came late. */
  readonly candidates: readonly Candidate[];
}

interface Common {
  readonly id: Hex;
  readonly conversation: Hex;
  readonly media: CallMedia;
  readonly since: Instant;
  readonly self: Side;
}

/** We call. No media of ours leaves before the accept. */
export interface Outgoing extends Common {
  readonly at: "outgoing";
  readonly page: Page;
  /** `preparing`: nothing has been said yet. `sent`: the start is on its way. `stored`: it is in the log. */
  readonly stage: "preparing" | "sent" | "stored";
  readonly start: CallStart | null;
  readonly join: Uint8Array<ArrayBuffer>;
  /** For answering the other's call, when both call at once: each join has bytes of its own. */
  readonly spareJoin: Uint8Array<ArrayBuffer>;
  readonly relayOnly: boolean;
  readonly position: number | null;
  /** A device of theirs has said that it rings: true until then, unless it says so again. */
  readonly alertingUntil: Instant | null;
  readonly ringNumber: number;
  readonly nextRing: Instant | null;
  readonly until: Instant;
  readonly workerKey: Uint8Array<ArrayBuffer> | null;
  /** Our candidates that came late. */
  readonly candidates: readonly Candidate[];
}

/** It rings here. Nothing is captured, no connection exists. */
export interface Incoming extends Common {
  readonly at: "incoming";
  readonly offer: Offer;
  readonly until: Instant;
}

/** The user has clicked. Media is sent once our accept has won and the caller has confirmed it. [L6] [L7] */
export interface Answering extends Common {
  readonly at: "answering";
  readonly page: Page;
  readonly offer: Offer;
  readonly join: Uint8Array<ArrayBuffer>;
  readonly relayOnly: boolean;
  readonly accept: CallAccept | null;
  readonly answerAsked: boolean;
  readonly won: boolean;
  readonly live: boolean;
  /** The path stands already. */
  readonly connected: boolean;
  readonly until: Instant;
  readonly workerKey: Uint8Array<ArrayBuffer> | null;
  readonly candidates: readonly Candidate[];
}

/** Both have agreed. */
export interface Running extends Common {
  readonly at: "running";
  readonly role: "caller" | "callee";
  readonly page: Page;
  readonly device: Hex;
  readonly start: CallStart;
  readonly accept: CallAccept;
  readonly workerKey: Uint8Array<ArrayBuffer>;
  readonly peer: Side;
  /** Null until the path stands and has proved itself. */
  readonly connectedAt: Instant | null;
  readonly silentSince: Instant | null;
  /** Of ICE, counted from 0. */
  readonly generation: number;
  /** When the next restart may be tried; null when none is wanted. */
  readonly nextRestart: Instant | null;
  readonly lastRestart: Instant | null;
  /** Callee: when the caller last offered one. */
  readonly lastOffer: Instant | null;
  /** Caller: when the confirmation is said again; null once connected. */
  readonly nextLive: Instant | null;
  /** Until when the path must stand, or stand again. */
  readonly until: Instant | null;
  readonly nextSide: Instant | null;
  /** When the server is asked for ICE servers again. */
  readonly nextPath: Instant;
  readonly sideNumber: number;
  readonly peerSideNumber: number;
  readonly candidates: readonly Candidate[];
  /** Of the start in the log; null when the core started anew since. */
  readonly position: number | null;
  /** When the first frame of theirs opened. */
  readonly openedAt: Instant | null;
  readonly quality: MediaQuality | null;
  /** The tab was there when the core started anew; null when it never had to ask. [L16] */
  readonly pageUntil: Instant | null;
}

/** Kept until the user puts it away or the next call comes. */
export interface Ended extends Common {
  readonly at: "ended";
  readonly direction: "outgoing" | "incoming";
  readonly on: Instant;
  /** Milliseconds of being connected; null if it never was. */
  readonly duration: number | null;
  readonly outcome: Outcome;
  readonly quality: MediaQuality | null;
}

export type Call = Outgoing | Incoming | Answering | Running | Ended;

export type Outcome =
  | { readonly type: "hungUp"; readonly by: "self" | "peer" }
  | { readonly type: "declined"; readonly by: "self" | "peer" }
  | { readonly type: "busy" }
  | { readonly type: "cancelled"; readonly by: "self" | "peer" }
  | { readonly type: "noAnswer" }
  | { readonly type: "answeredElsewhere" }
  | { readonly type: "replaced" }
  | { readonly type: "failed"; readonly why: Failure };
export type Failure =
  | "noPath"
  /** We call through the relay only, and the server has none. */
  | "noRelay"
  | "connectionLost"
  | "serverUnreachable"
  | "protectionLost"
  | "notAuthentic"
  | "peerFailed"
  | "tabClosed"
  | "browserFailed";

/** A call as the conversation's history has it. Times are those of the log's messages. */
export interface CallRecord {
  readonly id: Hex;
  readonly conversation: Hex;
  /** Of the start. */
  readonly position: number;
  readonly at: Instant;
  readonly outgoing: boolean;
  readonly video: boolean;
  readonly acceptedAt: Instant | null;
  /** The log has said how it ended; nothing after that counts. */
  readonly closed: boolean;
  readonly outcome: "ringing" | "ongoing" | "finished" | "missed" | "declined" | "cancelled" | "noAnswer" | "busy" | "failed";
  /** Milliseconds, of a finished one. */
  readonly duration: number | null;
}

/** Everything the table knows. */
export interface Phone {
  readonly call: Call | null;
  /** The newest start per conversation. */
  readonly offers: readonly Offer[];
  /** Whether the server of the present call relays; null before it has said so. */
  readonly serverHasRelay: boolean | null;
  /** What the history says of the newest calls. */
  readonly records: readonly CallRecord[];
  /** 8 digits of the running call, as the core computed them. */
  readonly code: string | null;
}
export const newPhone: Phone = { call: null, offers: [], records: [], serverHasRelay: null, code: null };

// —— Inputs ——————————————————————————————————————————————————————————————————————————————————————————————

/** Who an event or signal is from, as signature and membership prove it. */
export interface Sender {
  readonly account: "own" | "peer";
  readonly device: Hex;
  readonly thisDevice: boolean;
}

export type CallIntent =
  | {
      readonly type: "start";
      readonly conversation: Hex;
      readonly media: CallMedia;
      readonly relayOnly: boolean;
      /** Three times 16 fresh random bytes. */
      readonly call: Uint8Array<ArrayBuffer>;
      readonly join: Uint8Array<ArrayBuffer>;
      readonly spareJoin: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly type: "accept";
      readonly call: Hex;
      readonly media: CallMedia;
      readonly relayOnly: boolean;
      /** 16 fresh bytes whose first four are not those of the start's join: {@link drawJoin}. */
      readonly join: Uint8Array<ArrayBuffer>;
    }
  | { readonly type: "decline"; readonly call: Hex }
  | { readonly type: "hangUp"; readonly call: Hex }
  | { readonly type: "microphone"; readonly call: Hex; readonly on: boolean }
  | { readonly type: "camera"; readonly call: Hex; readonly on: boolean }
  | { readonly type: "dismiss"; readonly call: Hex };

export type CallInput =
  | { readonly type: "intent"; readonly page: Page; readonly intent: CallIntent }
  /** A call event of the log, in the log's order, own ones included. `mayRing`: the sender is a contact who is not blocked. */
  | {
      readonly type: "durable";
      readonly conversation: Hex;
      readonly position: number;
      /** The message's time, as the conversation shows it. */
      readonly at: Instant;
      readonly from: Sender;
      readonly event: CallEvent;
      readonly mayRing: boolean;
    }
  | { readonly type: "transient"; readonly conversation: Hex; readonly from: Sender; readonly signal: CallSignal }
  | { readonly type: "media"; readonly page: Page; readonly call: Hex; readonly event: MediaEvent }
  /** The answer to a `findPath` effect; `servers` is null when the server could not be asked. */
  | { readonly type: "path"; readonly call: Hex; readonly servers: IceServerList | null; readonly relay: boolean }
  /** The conversation has entered an epoch. `devices` are those that stand in it now. */
  | { readonly type: "epoch"; readonly conversation: Hex; readonly removal: boolean; readonly devices: readonly Hex[] }
  /** A durable event of ours was refused for good. */
  | { readonly type: "refused"; readonly conversation: Hex; readonly call: Hex }
  | { readonly type: "code"; readonly call: Hex; readonly digits: string }
  /** Our trust in this conversation's other account is gone: blocked, removed, or another key than the verified one. */
  | { readonly type: "distrusted"; readonly conversation: Hex; readonly why: "blocked" | "removed" | "keysChanged" }
  | { readonly type: "link"; readonly online: boolean }
  /** The account leaves this browser. `told` while the session can still say so. */
  | { readonly type: "leaving"; readonly told: boolean }
  | { readonly type: "pageGone"; readonly page: Page }
  /** A tab says, after the core has started anew, that it has this call's media. */
  | { readonly type: "pageHas"; readonly page: Page; readonly call: Hex }
  /** The core has started anew and finds what a `keep` effect had it keep. */
  | { readonly type: "restored"; readonly kept: Kept }
  | { readonly type: "timeIs" };

// —— Effects —————————————————————————————————————————————————————————————————————————————————————————————

/** What must survive a restart of the core: so that what rings goes on ringing, and a call is ended or goes on, never forgotten. [L16] */
export interface Kept {
  readonly offers: readonly Pick<Offer, "conversation" | "device" | "position" | "notedAt" | "start">[];
  readonly records: readonly CallRecord[];
  /** The call in which we have said something and that has not ended. */
  readonly call: {
    readonly conversation: Hex;
    readonly call: Uint8Array<ArrayBuffer>;
    /** Null while nothing has been agreed: after a restart the call is over. */
    readonly running: KeptRunning | null;
  } | null;
}
export type KeptRunning = Pick<
  Running,
  "role" | "device" | "start" | "accept" | "workerKey" | "generation" | "since" | "connectedAt"
> & {
  readonly code: string | null;
};

export type CallEffect =
  /** An ordered message of the conversation, through the outbox. */
  | { readonly type: "send"; readonly conversation: Hex; readonly event: CallEvent }
  /** A transient message: now or never. */
  | { readonly type: "signal"; readonly conversation: Hex; readonly signal: CallSignal }
  | { readonly type: "media"; readonly page: Page; readonly call: Hex; readonly command: MediaCommand }
  /** Ask the server for ICE servers. Comes back as `path`. */
  | { readonly type: "findPath"; readonly call: Hex }
  /**
   * Derive the frame keys of the conversation's present epoch, seal them to `workerKey` and give them to the media by
   * the command `keys`: ours for sending, that of `device` for receiving. See `frame-keys.ts`.
   */
  | {
      readonly type: "frameKeys";
      readonly conversation: Hex;
      readonly page: Page;
      readonly call: Uint8Array<ArrayBuffer>;
      readonly workerKey: Uint8Array<ArrayBuffer>;
      readonly join: Uint8Array<ArrayBuffer>;
      readonly peer: { readonly device: Hex; readonly join: Uint8Array<ArrayBuffer> };
      readonly removal: boolean;
    }
  /** Compute the security code under the present epoch. Comes back as `code`. */
  | { readonly type: "code"; readonly conversation: Hex; readonly start: CallStart; readonly accept: CallAccept }
  /** Keep this instead of what was kept before, in the same transaction as everything else of the step. */
  | { readonly type: "keep"; readonly kept: Kept }
  /** Show this line for the call instead of the one before. `position` is that of the event behind it. */
  | { readonly type: "line"; readonly conversation: Hex; readonly position: number; readonly line: CallRecord }
  /** The outcome of an intent. */
  | { readonly type: "outcome"; readonly outcome: "done" | "inCall" | "callGone" }
  /** Give `timeIs` at this time or soon after. */
  | { readonly type: "wakeAt"; readonly time: Instant };

export type Step = readonly [Phone, readonly CallEffect[]];
