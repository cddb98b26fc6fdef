/**
 * The contract between the core's worker and what a screen shows.
 *
 * The worker pushes, each tab keeps a {@link Snapshot} by {@link applyPush}, and asks by {@link Intents}. Everything that crosses is structured-clonable data
 * without keys or ciphertext; the only secrets among it are those that the user must see: recovery words and the fragments of own invitations. [U1] Pushes and answers reach one tab over one ordered channel: an answer is never seen before the pushes that the core made before it. [U2]
 */
import type { AccountRef, ConversationRef, MessageRef } from "./refs.ts";
import type { AccountAlarm } from "./account-alarm.ts";
import type { Call } from "./call.ts";
import type { Contact, Invitation } from "./contact.ts";
import type { Conversation } from "./conversation.ts";
import type { Intents } from "./intents.ts";
import type { Message } from "./message.ts";
import type { Session } from "./session.ts";
import { defaultSettings, type Settings } from "./settings.ts";

/** All that a tab shows, but for the pages of messages it asked for. */
export interface Snapshot {
  readonly session: Session;
  /** False until contacts and conversations have been read from the disk. */
  readonly listsReady: boolean;
  readonly contacts: ReadonlyMap<AccountRef, Contact>;
  readonly conversations: ReadonlyMap<ConversationRef, Conversation>;
  readonly invitations: readonly Invitation[];
  /** The one call there is, also when it rings or has just ended. */
  readonly call: Call | null;
  readonly settings: Settings;
  /** Newest first; none when all is well. */
  readonly accountAlarms?: readonly AccountAlarm[];
}

export type Push =
  /** The first push to a tab, and again whenever the worker started anew. */
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "session"; readonly session: Session }
  | { readonly type: "contacts"; readonly put: readonly Contact[]; readonly gone: readonly AccountRef[] }
  | { readonly type: "conversations"; readonly put: readonly Conversation[]; readonly gone: readonly ConversationRef[] }
  | { readonly type: "listsReady" }
  | { readonly type: "invitations"; readonly invitations: readonly Invitation[] }
  | { readonly type: "call"; readonly call: Call | null }
  | { readonly type: "settings"; readonly settings: Settings }
  | { readonly type: "accountAlarms"; readonly alarms: readonly AccountAlarm[] }
  /** New and changed lines of a conversation that this tab shows. Changed ones are pushed whole. */
  | {
      readonly type: "messages";
      readonly conversation: ConversationRef;
      readonly put: readonly Message[];
      readonly gone: readonly MessageRef[];
    }
  /** Something to say once, in passing. */
  | { readonly type: "notice"; readonly notice: Notice };

export type Notice =
  | { readonly type: "requestAccepted"; readonly account: AccountRef }
  | { readonly type: "requestReceived"; readonly account: AccountRef }
  /** For the sound and the page's attention; the line itself comes as a message. */
  | { readonly type: "messageReceived"; readonly conversation: ConversationRef; readonly message: MessageRef }
  | { readonly type: "storageLow" };

/** What a tab holds: pushes in, intents out. The composition root builds it around the worker's port. */
export interface Client {
  readonly intents: Intents;
  /** Calls `listener` for each push from now on, beginning with a `snapshot`. Returns the way to stop. */
  readonly subscribe: (listener: (push: Push) => void) => () => void;
}

export const emptySnapshot: Snapshot = {
  session: { at: "starting" },
  listsReady: false,
  contacts: new Map(),
  conversations: new Map(),
  invitations: [],
  call: null,
  settings: defaultSettings,
};

/** The session that a push brings, alone or within a snapshot; null for any other. */
export const sessionIn = (push: Push): Session | null =>
  push.type === "snapshot" ? push.snapshot.session : push.type === "session" ? push.session : null;

/** The snapshot after a push. What the push does not touch stays identical, so that a screen redraws only what changed. [U10] */
export function applyPush(snapshot: Snapshot, push: Push): Snapshot {
  switch (push.type) {
    case "snapshot":
      return push.snapshot;
    case "session":
      return { ...snapshot, session: push.session };
    case "contacts":
      return { ...snapshot, contacts: merge(snapshot.contacts, push.put, (contact) => contact.account, push.gone) };
    case "conversations":
      return {
        ...snapshot,
        conversations: merge(snapshot.conversations, push.put, (conversation) => conversation.conversation, push.gone),
      };
    case "listsReady":
      return { ...snapshot, listsReady: true };
    case "invitations":
      return { ...snapshot, invitations: push.invitations };
    case "call":
      return { ...snapshot, call: push.call };
    case "settings":
      return { ...snapshot, settings: push.settings };
    case "accountAlarms":
      return { ...snapshot, accountAlarms: push.alarms };
    case "messages":
    case "notice":
      return snapshot;
  }
}

function merge<K, V>(old: ReadonlyMap<K, V>, put: readonly V[], keyOf: (value: V) => K, gone: readonly K[]): ReadonlyMap<K, V> {
  const next = new Map(old);
  for (const value of put) next.set(keyOf(value), value);
  for (const key of gone) next.delete(key);
  return next;
}
