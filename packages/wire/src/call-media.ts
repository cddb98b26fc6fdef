/**
 * What the core and the media of a call say to each other, over whatever ports lie between a worker and the tab that
 * has the call. Structured-clonable; no key in clear. [L8] [M11]
 */
import type { Candidate, SessionAnswer, SessionOffer } from "./call-objects.ts";
import type { IceServers } from "./transport.ts";
import type { ValueOf } from "./codec.ts";

export type IceServerList = ValueOf<typeof IceServers>["servers"];

/** How to reach the other side. */
export interface MediaPath {
  readonly iceServers: IceServerList;
  /** Only relayed candidates: the other side does not learn this network's addresses. */
  readonly relayOnly: boolean;
}

/** Something sealed to the media worker's one-time key (HPKE, DHKEM X25519): `enc` is 32 bytes. */
export interface SealedToWorker {
  readonly enc: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

export type MediaCommand =
  /**
   * Asks for microphone and, if wanted, camera. Only after a click of the user. Answered by `captured`. Where a call of
   * ours is being prepared, both called at once: its devices go on under the other's id, its connection does not.
   */
  | { readonly type: "capture"; readonly camera: boolean }
  /** Caller. Answered by `offered`. */
  | ({ readonly type: "offer" } & MediaPath)
  /** Callee, after the click. Answered by `answered`. */
  | ({ readonly type: "answer"; readonly offer: SessionOffer; readonly candidates: readonly Candidate[] } & MediaPath)
  /** Caller: the first accept's answer. */
  | { readonly type: "accepted"; readonly answer: SessionAnswer }
  /** Candidates of the other side. */
  | { readonly type: "candidates"; readonly generation: number; readonly candidates: readonly Candidate[] }
  /** Newer servers, or newer credentials for them: for restarts. */
  | { readonly type: "servers"; readonly iceServers: IceServerList }
  /** Each opens to a `FrameKey`. */
  | { readonly type: "keys"; readonly sealed: readonly SealedToWorker[] }
  /** From now on microphone and camera go to the other side. Before it nothing does. */
  | { readonly type: "send" }
  | { readonly type: "microphone"; readonly on: boolean }
  | { readonly type: "camera"; readonly on: boolean }
  /** Caller: an ICE restart. Answered by `restartOffered`. */
  | { readonly type: "restart"; readonly generation: number }
  | { readonly type: "restartOffer"; readonly generation: number; readonly offer: SessionOffer }
  | { readonly type: "restartAnswer"; readonly generation: number; readonly answer: SessionAnswer }
  /** Everything off: devices, connection, worker. */
  | { readonly type: "close" };

/**
 * Why there is no sound or picture of ours. `blocked`: by the user or a policy; `none`: no device; `inUse`: another
 * program or tab has it; `insecure`: not over HTTPS; `failed`: anything else.
 */
export type CaptureRefusal = "blocked" | "none" | "inUse" | "insecure" | "failed";
export type CaptureState =
  | { readonly at: "on" }
  | { readonly at: "off" }
  | { readonly at: "refused"; readonly why: CaptureRefusal };

/** What this side has to send. While a screen is shown it is sent in the camera's place. */
export interface SentSide {
  readonly microphone: CaptureState;
  readonly camera: CaptureState;
  readonly screen: boolean;
  /** On hold: the microphone sends silence, nothing else is sent, and nothing is played. */
  readonly held: boolean;
}

export type MediaFailure =
  /** Something left, or would have left, this machine unsealed, or the worker that seals died. */
  | "protectionLost"
  /** The other end of the path could not prove the fingerprint of its signed description. */
  | "notAuthentic"
  /** The browser refused a step that must work. */
  | "browserFailed";

/** Measured in the last second; null where nothing was. */
export interface MediaQuality {
  readonly path: "direct" | "relay" | null;
  /** Milliseconds. */
  readonly roundTrip: number | null;
  /** Share of lost packets, 0–1, in the worse direction. */
  readonly loss: number | null;
  /** Bits per second. */
  readonly bitsIn: number | null;
  readonly bitsOut: number | null;
  readonly picture: { readonly width: number; readonly height: number; readonly framesPerSecond: number } | null;
  /** Since the call began. */
  readonly framesOpened: number;
  readonly framesRefused: number;
  readonly framesSealed: number;
}

export type MediaEvent =
  | ({ readonly type: "captured" } & SentSide)
  /** `workerKey`: the media worker's one-time X25519 key, 32 bytes. */
  | { readonly type: "offered"; readonly offer: SessionOffer; readonly workerKey: Uint8Array<ArrayBuffer> }
  | { readonly type: "answered"; readonly answer: SessionAnswer; readonly workerKey: Uint8Array<ArrayBuffer> }
  | { readonly type: "candidates"; readonly generation: number; readonly candidates: readonly Candidate[] }
  /** The path stands and its other end has proved its fingerprint. */
  | { readonly type: "connected" }
  /** The first frame of the other side has opened. */
  | { readonly type: "opened" }
  /** No packet has come for `forMs`. */
  | { readonly type: "silent"; readonly forMs: number }
  | { readonly type: "heard" }
  /** ICE has given up on this generation. */
  | { readonly type: "noPath"; readonly generation: number }
  | { readonly type: "networkChanged" }
  | { readonly type: "restartOffered"; readonly generation: number; readonly offer: SessionOffer }
  | { readonly type: "restartAnswered"; readonly generation: number; readonly answer: SessionAnswer }
  /** What we send has changed by itself or by command: a device was taken away, a camera came on, a screen is shown. */
  | ({ readonly type: "side" } & SentSide)
  | { readonly type: "quality"; readonly quality: MediaQuality }
  /** The media has closed itself. */
  | { readonly type: "failed"; readonly why: MediaFailure };
