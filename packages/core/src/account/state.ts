/**
 * What a device knows of its own account. Plain data; `at-rest.ts` is its form on disk. [R15–R26]
 *
 * The account log is the truth about everything that all devices of an account share; the parts of the core hold its
 * fold. Entries of ours apply at once and wait in the outbox, in order, until the server has given them a position.
 */
import type { Instant } from "@megachat/base";
import type { RecoveryKey } from "@megachat/crypto";
import type { AccountEntry } from "@megachat/wire";
import type { KeyPackageStock } from "./key-packages.ts";
import type { Self } from "./self.ts";

export interface AccountState {
  readonly self: Self;
  readonly log: AccountLog;
  /** Oldest first. */
  readonly outbox: readonly QueuedRow[];
  readonly profile: Profile;
  readonly stock: KeyPackageStock;
  readonly live: AccountLive;
}

/** How far the log has been read. Below this the device never goes back. */
export interface AccountLog {
  readonly position: number;
  readonly hash: Uint8Array<ArrayBuffer>;
  /** Of our newest row, queued ones included. */
  readonly sequence: number;
  /** Of the newest row of each other device: a row of theirs that is stored again is none. */
  readonly heard: readonly { readonly device: Uint8Array<ArrayBuffer>; readonly sequence: number }[];
  readonly alarms: readonly AccountAlarm[];
}

/** What is wrong with the own account log. One of a type stands at a time, since `at`, and counts what it saw. */
export interface AccountAlarm {
  readonly type: AccountAlarmType;
  readonly at: Instant;
  readonly count: number;
}
export const accountAlarmTypes = [
  /** The server gives an older state than this device has seen. Nothing is written meanwhile. */
  "rolledBack",
  /** Rows are missing between those the server gives. */
  "gap",
  /** A row in this device's name that it did not write: a copy of this browser, or a forger. */
  "ownCopy",
  /** A row that no standing device signed, or one moved from elsewhere. */
  "foreignRow",
  /** A device of this account read another log than we did. */
  "fork",
  /** A Welcome from somebody we asked for nothing. */
  "strangerWelcome",
  /** The server gave something forged in answer to a question. */
  "notAuthentic",
] as const;
export type AccountAlarmType = (typeof accountAlarmTypes)[number];

/** Entries of ours that have no position yet. Sealed when they are first to go, and then these bytes and no others. */
export interface QueuedRow {
  readonly sequence: number;
  readonly entries: readonly AccountEntry[];
  readonly sealed: SealedRow | null;
}
export interface SealedRow {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly bodyHash: Uint8Array<ArrayBuffer>;
}

/** The account's own face and choices. */
export interface Profile {
  /** Null until the user chose one. */
  readonly displayName: string | null;
  readonly recovery: Recovery;
  readonly settings: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}
export type Recovery =
  | { readonly at: "pending" }
  | { readonly at: "postponed"; readonly since: Instant }
  | { readonly at: "confirmed"; readonly since: Instant };

/** Known only to this run. */
export interface AccountLive {
  readonly online: boolean;
  /** A `fetchRows` is on its way. */
  readonly fetching: boolean;
  /** The log has been read to its end since the connection came. */
  readonly current: boolean;
  /** The sequence whose append is on its way. */
  readonly asked: number | null;
  readonly publishing: boolean;
  /** Not before this time: the server asked us to wait. */
  readonly notBefore: Instant;
  /** In memory between sign-up and confirmation, or after the password was given again. */
  readonly recoveryKey: RecoveryKey | null;
  /** Which words, from 0, were asked for. */
  readonly wordsAsked: readonly number[];
  /** The intent whose sign-out is on its way. */
  readonly leaving: string | null;
}

export const calmAccount: AccountLive = {
  online: false,
  fetching: false,
  current: false,
  asked: null,
  publishing: false,
  notBefore: 0 as Instant,
  recoveryKey: null,
  wordsAsked: [],
  leaving: null,
};

/** An entry that takes effect in every part of the core: ours at once, and all in the order of the log. */
export interface Fold {
  readonly entry: AccountEntry;
  /** Null for one of ours that the server has not stored yet. */
  readonly position: number | null;
  /** When the server stored it; for one of ours that it has not, when we wrote it. */
  readonly time: Instant;
  /** This device wrote it: it is not judged again. */
  readonly own: boolean;
}
