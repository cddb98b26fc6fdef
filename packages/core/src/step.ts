/**
 * The client's mind works in steps: `(state, input) → [state, effects]`, without I/O, time or chance of its own. [Y1–Y6]
 *
 * Whoever drives it gives inputs one at a time and carries out the effects of each step in this order: all `store`
 * effects of the step and the engine's changed rows in ONE transaction; only when that is on disk the rest, in order.
 * A driver that could not write throws the state away and starts again from disk. So nothing is sent or shown that a
 * crash could take back. [Note: Persist before send]
 */
import type { Instant, Log, Random } from "@megachat/base";
import type { Engine } from "@megachat/group";
import type { MediaEvent, Push, Reply, Request } from "@megachat/wire";

/** What every step may use. The engine is the one mutable thing: it changes within the step's transaction. */
export interface Powers {
  readonly engine: Engine;
  readonly random: Random;
  readonly log: Log;
}

/** A 16-byte id in hexadecimal: what maps are keyed by. */
export type Hex = string;

// —— Effects —————————————————————————————————————————————————————————————————————————————————————————————

/** A state object at rest: `space` is a word of ours, `key` an id, `value` an encoded object; null deletes. */
export interface PutRow {
  readonly type: "store";
  readonly put: "row";
  readonly space: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/** A line of a conversation at rest: a message or an event, at a log position, never rewritten. */
export interface PutLine {
  readonly type: "store";
  readonly put: "line";
  readonly conversation: Uint8Array;
  readonly position: number;
  /** Several lines may stand at one position (a commit's events): 0, 1, … */
  readonly part: number;
  /** For deduplication by (conversation, sender, message): a second line with the same triple is not stored. */
  readonly sender: Uint8Array | null;
  readonly messageId: Uint8Array | null;
  /** The encoded line, as the view reads it. */
  readonly body: Uint8Array;
}

/**
 * Reads lines of a conversation back, both positions included, the oldest first and at most `limit`. They come as an input
 * with the same key, which says how far it got.
 */
export interface Recall {
  readonly type: "recall";
  readonly key: string;
  readonly conversation: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

/** Asks the server. The reply comes back as an input with the same `key`; a lost connection as `unanswered`. */
export interface Ask {
  readonly type: "ask";
  readonly key: string;
  readonly request: Request;
}

export type Effect =
  | PutRow
  | PutLine
  | Ask
  | Recall
  /** Give a `timeIs` input at this time or soon after. The earliest wish stands; there is one alarm per core. */
  | { readonly type: "wakeAt"; readonly time: Instant }
  /** The outcome of an intent. Its shape is the view contract's business. */
  | { readonly type: "answer"; readonly intent: string; readonly result: unknown }
  /** Something that tabs show has changed: push a new snapshot. `conversation` when lines of it changed. */
  | { readonly type: "changed"; readonly conversation?: Hex }
  /** Something to say once, in passing, to every tab. */
  | { readonly type: "notice"; readonly notice: Notice }
  /** For the call's media, in the tab that has the call. */
  | { readonly type: "media"; readonly command: unknown }
  /** The session is over: drop keys from memory, ask for the password. */
  | { readonly type: "leave"; readonly why: "signedOut" | "sessionEnded" | "disabled" };

export type Notice =
  | { readonly type: "requestReceived" | "requestAccepted"; readonly account: Uint8Array<ArrayBuffer> }
  | { readonly type: "messageReceived"; readonly conversation: Uint8Array<ArrayBuffer>; readonly messageId: Uint8Array };

/** A line as it was read back. */
export interface RecalledLine {
  readonly position: number;
  readonly body: Uint8Array;
}

/** Everything from the one position to the other; null where the disk would not give it. */
export interface Recalled {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly RecalledLine[] | null;
}

// —— Inputs ——————————————————————————————————————————————————————————————————————————————————————————————

export type Input<Intent> =
  | { readonly type: "intent"; readonly intent: string; readonly from: string; readonly wish: Intent }
  | { readonly type: "reply"; readonly key: string; readonly reply: Reply }
  /** The connection broke before the reply came: the request may or may not have been carried out. */
  | { readonly type: "unanswered"; readonly key: string }
  | { readonly type: "push"; readonly push: Push }
  | ({ readonly type: "recalled"; readonly key: string } & Recalled)
  /** `online` only after the session was resumed. */
  | { readonly type: "link"; readonly online: boolean }
  | { readonly type: "media"; readonly event: FromTab }
  | { readonly type: "timeIs" };

/** What tabs say about themselves and the media of a call they have. */
export type FromTab =
  | { readonly type: "event"; readonly page: string; readonly call: Hex; readonly event: MediaEvent }
  /** After the core has started anew: this tab has that call's media. */
  | { readonly type: "has"; readonly page: string; readonly call: Hex }
  /** The tab is gone, or has been reloaded. */
  | { readonly type: "gone"; readonly page: string };

/** An input and when it came. Every step sees the clock through this alone. */
export interface Timed<I> {
  readonly now: Instant;
  readonly input: I;
}

export type Stepped<S> = readonly [S, readonly Effect[]];
