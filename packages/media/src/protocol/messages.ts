/** What the page and the media worker say to each other. Structured-clonable; keys pass sealed. [M11] [M14] */
import type { SealedToWorker } from "@megachat/wire";

/** Of a sender or of a receiver, in one connection. */
export interface TransformOptions {
  readonly id: number;
  readonly side: "send" | "receive";
  readonly track: "microphone" | "camera";
}

/** What has gone through one transform since it started. */
export interface TransformCounts extends TransformOptions {
  /** Frames that came in. */
  readonly seen: number;
  /** Frames that went on: sealed, or opened. */
  readonly passed: number;
  /** Frames that did not, by reason. They sum up with `passed` to `seen`, but for those in work. */
  readonly refused: Readonly<Record<string, number>>;
}

export type ToWorker =
  /** `call` is the 16-byte id that the keys were sealed for. */
  | { readonly type: "keys"; readonly call: Uint8Array<ArrayBuffer>; readonly sealed: readonly SealedToWorker[] }
  | { readonly type: "count"; readonly ask: number }
  /** Ask the other side for a whole picture. */
  | { readonly type: "wantKeyFrame" }
  /** Let our own encoder make one. */
  | { readonly type: "forceKeyFrame" };

export type FromWorker =
  /** X25519, 32 bytes, drawn by this worker for its life. */
  | { readonly type: "ready"; readonly workerKey: Uint8Array<ArrayBuffer> }
  /** The transform has its streams: from here on frames go through the worker or nowhere. */
  | { readonly type: "started"; readonly id: number }
  | { readonly type: "counts"; readonly ask: number; readonly counts: readonly TransformCounts[] }
  /** The first frame of the other side has opened. */
  | { readonly type: "opened" }
  /** This browser forces key frames by the sender's parameters only; the page has the sender. */
  | { readonly type: "forceKeyFrame"; readonly id: number };
