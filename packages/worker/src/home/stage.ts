/** Who is signed in here and how far along that is, and what a tab is shown of it. [V40, V49] */
import { toHex, type Instant } from "@megachat/base";
import type { account as accounts, conversation as conversations, CoreState, CoreWish } from "@megachat/core";
import type { Engine } from "@megachat/group";
import {
  emptySnapshot,
  type Broken,
  type Link,
  type Session,
  type SignedIn,
  type SignedOutBecause,
  type SignUpRule,
  type Snapshot,
} from "@megachat/view";
import type { Driver } from "../driver/driver.ts";
import { presentSnapshot } from "../present/index.ts";

export type Header = accounts.VaultHeader;

export type Stage =
  | { readonly at: "starting" }
  | { readonly at: "signedOut"; readonly lastHandle: string | null; readonly because: SignedOutBecause | null }
  /** The server's share is awaited. */
  | { readonly at: "opening"; readonly header: Header }
  /** The share does not open the database; the password does. */
  | { readonly at: "locked"; readonly header: Header }
  | (Extract<Session, { readonly at: "working" }> & { readonly work: "signUp" | "signIn" })
  | Inside
  | { readonly at: "broken"; readonly reason: Broken };

export interface Inside {
  readonly at: "signedIn";
  readonly header: Header;
  readonly driver: Driver<CoreState, CoreWish>;
  /** The engine of the core's present life. */
  readonly engine: () => Engine;
  readonly storage: SignedIn["storage"];
}

export interface Around {
  readonly now: Instant;
  readonly link: Link;
  readonly signUp: SignUpRule;
  /** The tab that it is for. */
  readonly tab: string;
}

export function snapshotOf(stage: Stage, around: Around): Snapshot {
  if (stage.at !== "signedIn") return { ...emptySnapshot, session: sessionOf(stage, around) };
  const state = stage.driver.state();
  const seen = (id: Uint8Array): Seen => see(state.conversations.get(toHex(id)), stage.engine());
  const { session, ...parts } = presentSnapshot(state, {
    now: around.now,
    tab: around.tab,
    inDoubt: (id) => seen(id).doubt,
    standing: (id) => seen(id).standing,
  });
  return { ...parts, listsReady: true, session: { at: "signedIn", ...session, link: around.link, storage: stage.storage } };
}

/** What the engine alone knows of a conversation. */
interface Seen {
  readonly doubt: boolean;
  readonly standing: readonly { readonly account: Uint8Array; readonly device: Uint8Array }[];
}
const unknown: Seen = { doubt: false, standing: [] };

/** The engine is asked once per state of a conversation: its answer changes only when a row was read or written. */
const known = new WeakMap<conversations.Conversation, Seen>();
function see(conversation: conversations.Conversation | undefined, engine: Engine): Seen {
  if (!conversation) return unknown;
  const before = known.get(conversation);
  if (before) return before;
  const state = engine.state(conversation.id);
  const seen = state
    ? { doubt: state.doubt !== undefined, standing: state.members.map(({ certificate }) => certificate) }
    : unknown;
  known.set(conversation, seen);
  return seen;
}

function sessionOf(stage: Exclude<Stage, Inside>, { link, signUp }: Around): Session {
  switch (stage.at) {
    case "signedOut":
      return { at: "signedOut", lastHandle: stage.lastHandle, because: stage.because, signUp };
    case "locked":
    case "opening":
      return { at: stage.at, handle: stage.header.handle, link };
    case "starting":
    case "working":
    case "broken":
      return stage;
  }
}

/** Whether an intent of somebody signed in can still be carried out soon. */
export const isUndecided = (stage: Stage): boolean => stage.at === "starting" || stage.at === "opening" || stage.at === "working";
