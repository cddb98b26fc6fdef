/** What the user may ask of the own account, named like the screen's intents, and the answers. [R22–R26] */
import type { RecoveryKey } from "@megachat/crypto";
import type { Result } from "@megachat/base";
import type { NameError } from "./profile.ts";
import type { Settings } from "./settings.ts";

export type AccountWish =
  | { readonly type: "setDisplayName"; readonly displayName: string }
  /** `key` when the password has just brought it back; null asks for the one still in memory. */
  | { readonly type: "showRecoveryKey"; readonly key: RecoveryKey | null }
  | { readonly type: "confirmRecoveryKey"; readonly words: readonly { readonly position: number; readonly word: string }[] }
  | { readonly type: "postponeRecoveryKey" }
  | { readonly type: "changeSettings"; readonly settings: Partial<Settings> }
  /** What becomes of the disk is the worker's business; the step ends the session. */
  | { readonly type: "signOut" };

export const accountWishes: ReadonlySet<string> = new Set<AccountWish["type"]>([
  "setDisplayName",
  "showRecoveryKey",
  "confirmRecoveryKey",
  "postponeRecoveryKey",
  "changeSettings",
  "signOut",
]);

export interface AccountAnswers {
  readonly setDisplayName: Result<null, NameError>;
  readonly showRecoveryKey: Result<ShownWords, { readonly type: "passwordNeeded" }>;
  readonly confirmRecoveryKey: Result<null, { readonly type: "wrong"; readonly positions: readonly number[] }>;
  readonly postponeRecoveryKey: null;
  readonly changeSettings: null;
  readonly signOut: Result<null, { readonly type: "offline" }>;
}
export interface ShownWords {
  readonly words: readonly string[];
  /** Positions from 0 that the confirmation will want. */
  readonly ask: readonly number[];
}
