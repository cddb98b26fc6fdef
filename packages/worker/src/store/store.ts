/**
 * What the core keeps on the disk of one account: rows of its state, rows of the MLS engine, and the lines of
 * conversations. One transaction per write, durable before it is answered. [V20–V25]
 */
import type { Result } from "@megachat/base";
import type { PutLine, PutRow } from "@megachat/core";
import type { StoreFault } from "./sql.ts";

export interface StoredRow {
  readonly space: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
/** A line's place: its log position, and its part where several lines stand at one. */
export interface Place {
  readonly position: number;
  readonly part: number;
}
export interface StoredLine extends Place {
  readonly sender: Uint8Array | null;
  readonly messageId: Uint8Array | null;
  readonly body: Uint8Array;
}

/** Lines passed over: those at `from` and behind it that have a sender other than `but`. */
export interface Hidden {
  readonly from: number;
  readonly but: Uint8Array;
}

/** Which lines of a conversation to read. At most {@link MAX_PAGE} are given, ascending by place. */
export type LineWish = { readonly conversation: Uint8Array; readonly limit: number; readonly hidden: Hidden | null } & (
  | { readonly from: "latest" }
  /** Strictly before, or strictly after. */
  | { readonly from: "before" | "after"; readonly place: Place }
  /** Half before `place`, the rest from it on. */
  | { readonly from: "around"; readonly place: Place }
);
export interface LinePage {
  readonly lines: readonly StoredLine[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}
export const MAX_PAGE = 500;

/** Lines counted: those beyond `after` that have a sender other than `except`. */
export interface CountWish {
  readonly conversation: Uint8Array;
  readonly after: Place;
  readonly except: Uint8Array | null;
}

export type Stored<T> = Promise<Result<T, StoreFault>>;

export interface Store {
  /** All of it or nothing. A line whose place, or whose (sender, message id), is taken is left as it was. */
  readonly write: (changes: readonly (PutRow | PutLine)[]) => Stored<null>;
  /** The rows of one space, ascending by key. */
  readonly rows: (space: string) => Stored<readonly StoredRow[]>;
  /** Every row but those of `except`, by space and key: what a core starts from. */
  readonly allRows: (except: readonly string[]) => Stored<readonly StoredRow[]>;
  readonly lines: (wish: LineWish) => Stored<LinePage>;
  /** Where a message stands, by its id and whoever sent it; the oldest if several senders claim the id. */
  readonly placeOf: (conversation: Uint8Array, messageId: Uint8Array) => Stored<Place | null>;
  readonly count: (wish: CountWish) => Stored<number>;
  /** Nothing may be asked afterwards. */
  readonly close: () => Promise<void>;
}

/** The first place of a conversation, before every line. */
export const START: Place = { position: -1, part: 0 };
