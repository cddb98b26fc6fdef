/** Who is signed in here, how far along that is, and how the connection and the storage are doing. [U4] */
import type { Instant } from "@megachat/base";
import type { AccountRef } from "./refs.ts";

export type Session =
  /** Nothing is known yet. Shown as nothing for 200 ms, then as a skeleton. */
  | { readonly at: "starting" }
  /** This browser holds no account, or was signed out of it. */
  | {
      readonly at: "signedOut";
      readonly lastHandle: string | null;
      readonly because: SignedOutBecause | null;
      readonly signUp: SignUpRule;
    }
  /** This browser holds an account's database, and only the password opens it: the server's share for it is gone. `signIn` with this handle opens it. */
  | { readonly at: "locked"; readonly handle: string; readonly link: Link }
  /** This browser holds an account's database and waits for the server's share to open it. Offline it says so and goes on trying. */
  | { readonly at: "opening"; readonly handle: string | null; readonly link: Link }
  /** A sign-up, sign-in or sign-out under way, in whichever tab it was asked. */
  | {
      readonly at: "working";
      readonly work: "signUp" | "signIn" | "signOut";
      readonly stage: WorkStage;
      /** When the server lets this stage go on at the earliest; null where nobody has said. */
      readonly until: Instant | null;
      /** Whether `cancelWork` still ends it: until something is written. */
      readonly cancellable: boolean;
    }
  | SignedIn
  /** Nothing can go on in this page. */
  | { readonly at: "broken"; readonly reason: Broken };

export interface SignedIn {
  readonly at: "signedIn";
  readonly account: AccountRef;
  readonly handle: string;
  /** Null until the user chose one; the screen then shows the handle. */
  readonly displayName: string | null;
  /** Degrees, 0–359, derived from the account's identity key: the colour of its initials. */
  readonly hue: number;
  readonly link: Link;
  /**
   * persistent: the browser promised to keep it. evictable: it may delete it when space runs out (`persist()` was refused). temporary: gone when this window closes.
   * seemsTemporary: it says nothing of the kind, but behaves like that.
   */
  readonly storage: "persistent" | "evictable" | "seemsTemporary" | "temporary";
  readonly recovery: Recovery;
}

export type SignedOutBecause =
  | { readonly type: "asked" }
  | { readonly type: "fromElsewhere" }
  | { readonly type: "disabled" }
  /** The database here could not be opened any more and is of no use. */
  | { readonly type: "damaged" };

/** What the server says about new accounts; null while it has not answered. */
export type SignUpRule = "open" | "byInvitation" | "closed" | null;

/** The steps of a sign-up or sign-in, in this order; a stage that has no figure is short. */
export type WorkStage =
  /** The program behind the form (crypto, WASM, database) is still loading. */
  | "loading"
  | "stretchingPassword"
  /** The server asked for a puzzle, or for waiting, because many passwords were tried for this name. */
  | "solvingPuzzle"
  | "makingKeys"
  | "askingServer"
  | "openingDatabase"
  | "catchingUp"
  | "closing";

/** The recovery key: pending until seen, then confirmed, or postponed knowingly with a reminder from `remindAt` on. */
export type Recovery =
  | { readonly at: "pending" }
  | { readonly at: "postponed"; readonly remindAt: Instant }
  | { readonly at: "confirmed"; readonly on: Instant };

/** The connection to the server, as it is true now. */
export type Link =
  | { readonly at: "online" }
  | { readonly at: "connecting"; readonly since: Instant }
  /** The last try failed; the next is at `retryAt`. `since` is when it was last online or first tried. */
  | { readonly at: "waiting"; readonly since: Instant; readonly retryAt: Instant }
  /** The browser itself says that there is no network. */
  | { readonly at: "offline"; readonly since: Instant };

export type Broken =
  /** Page and server, or page and worker, speak different versions: reload. */
  | { readonly type: "versionChanged" }
  | { readonly type: "workerCrashed" }
  /** The browser lets this page store nothing (blocked cookies and site data, or none left). */
  | { readonly type: "storageRefused" }
  | { readonly type: "storageFull" }
  /** Not a secure context: plain HTTP off localhost. */
  | { readonly type: "insecureOrigin" }
  /** Missing in this browser, in the standard's names, e.g. "RTCRtpScriptTransform". */
  | { readonly type: "browserTooOld"; readonly missing: readonly string[] };
