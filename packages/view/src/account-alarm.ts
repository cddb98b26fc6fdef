/** What is wrong with the account as a whole: the server's log of it, or what came in its name. [U6] */
import type { Instant } from "@megachat/base";
import type { AlarmRef } from "./refs.ts";

export interface AccountAlarm {
  readonly alarm: AlarmRef;
  readonly since: Instant;
  readonly type:
    /** The server shows an older state of the account than was seen. */
    | "rolledBack"
    /** Entries of the account's log are missing. */
    | "gap"
    /** Two browsers were shown different logs. */
    | "fork"
    /** Someone wrote in the name of this browser. */
    | "ownCopy"
    /** An entry of a device that does not stand on the account's list. */
    | "foreignRow"
    /** Something was to be joined that nobody here asked for. */
    | "strangerWelcome"
    /** An entry or answer did not prove where it came from. */
    | "notAuthentic";
}
