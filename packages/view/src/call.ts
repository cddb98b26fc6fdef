/** The one call of this account, as the core's state table has it. Streams, levels and devices are the tab's own (`MediaSurface` in ui). [U8] */
import type { Duration, Instant } from "@megachat/base";
import type { AccountRef, CallRef, ConversationRef } from "./refs.ts";

export interface Call {
  readonly call: CallRef;
  readonly conversation: ConversationRef;
  readonly contact: AccountRef;
  readonly direction: "outgoing" | "incoming";
  /** What it was started as; cameras may come and go. */
  readonly media: "audio" | "video";
  readonly state: CallState;
  /** Where microphone and picture run: the core tells each tab for itself. `nowhere` before an answer. */
  readonly owner: "here" | "otherTab" | "nowhere";
  readonly self: CallSide;
  readonly peer: CallSide;
  /** 8 digits to read aloud; null until both sides' keys are known. */
  readonly code: string | null;
  /** Null until measured. */
  readonly quality: CallQuality | null;
  /** The browsers whose certificates stand in the conversation now, those in the call first; null until both sides' keys are known. */
  readonly browsers: readonly CallBrowser[] | null;
}

/** A browser by what its certificate says, which the identity key of its account has signed. */
export interface CallBrowser {
  readonly of: "self" | "peer";
  /** What the history calls it. */
  readonly name: string;
  /** False for another browser of one of the two: nothing of its sound or picture is opened. */
  readonly inCall: boolean;
}

export type CallState =
  /** Outgoing: not yet stored by the server. */
  | { readonly at: "placing"; readonly since: Instant }
  /** Outgoing: stored; no device of theirs has said that it rings. */
  | { readonly at: "calling"; readonly since: Instant }
  /** Outgoing: it rings there. Incoming: it rings here. */
  | { readonly at: "ringing"; readonly since: Instant }
  /** Answered; keys and path are being made. */
  | { readonly at: "connecting"; readonly since: Instant }
  | { readonly at: "connected"; readonly since: Instant }
  /** Nothing is heard since `silentSince`; the microphone is still sent unless muted. */
  | { readonly at: "reconnecting"; readonly since: Instant; readonly silentSince: Instant }
  /** Kept until `dismissCall` or the next call. */
  | { readonly at: "ended"; readonly on: Instant; readonly duration: Duration | null; readonly reason: CallEnd };

export type CallEnd =
  | { readonly type: "hungUp"; readonly by: "self" | "peer" }
  | { readonly type: "declined"; readonly by: "self" | "peer" }
  | { readonly type: "busy" }
  | { readonly type: "cancelled"; readonly by: "self" | "peer" }
  | { readonly type: "noAnswer" }
  | { readonly type: "answeredElsewhere" }
  /** Both called at once and the other call stands. */
  | { readonly type: "replaced" }
  | { readonly type: "failed"; readonly reason: CallFailure };

export type CallFailure =
  /** No direct path was found. `serverHasRelay` tells what to advise. */
  | { readonly type: "noPath"; readonly serverHasRelay: boolean }
  /** The account calls through the relay only, and this server has none. */
  | { readonly type: "noRelay" }
  | { readonly type: "connectionLost" }
  | { readonly type: "serverUnreachable" }
  /** Media would have gone out unsealed, or its worker died: ended rather than sent. */
  | { readonly type: "protectionLost" }
  /** The peer's answer did not prove its keys. */
  | { readonly type: "notAuthentic" }
  | { readonly type: "peerFailed" }
  /** The tab that held microphone and picture was closed or reloaded. */
  | { readonly type: "tabClosed" }
  | { readonly type: "browserFailed" };

export interface CallSide {
  readonly muted: boolean;
  readonly camera: boolean;
  /** A screen is shown in the camera's place. */
  readonly screen: boolean;
  /** On hold by this side: it sends silence and hears nothing. */
  readonly held: boolean;
}

/** Measured in the last seconds; null where nothing was measured. */
export interface CallQuality {
  readonly path: "direct" | "relay" | null;
  readonly roundTrip: Duration | null;
  /** Share of lost packets, 0–1, in the worse direction. */
  readonly loss: number | null;
  /** Bits per second. */
  readonly bitsIn: number | null;
  readonly bitsOut: number | null;
  readonly picture: { readonly width: number; readonly height: number; readonly framesPerSecond: number } | null;
  /** Frames that opened under keys of this peer: a lock is shown only when there are some. */
  readonly framesOpened: number;
  readonly framesRefused: number;
  readonly framesSealed: number;
  /** From the click to the first frame heard. */
  readonly setUp: Duration | null;
  readonly level: "good" | "weak" | "bad";
}
