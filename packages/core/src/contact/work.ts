/** The workbench of one step over people: what they become, what shall be done, what others should hear of. */
import { seconds, toHex, type Instant } from "@megachat/base";
import type { AccountEntry, InboxItem, Reply, Request } from "@megachat/wire";
import type { Fold, Profile } from "../account/state.ts";
import type { Self } from "../account/self.ts";
import { retryAfter } from "../patience.ts";
import type { Effect, Powers } from "../step.ts";
import { contactRows } from "./at-rest.ts";
import { foldContacts } from "./fold.ts";
import type { Found } from "./found.ts";
import type { Asked, Contact, ContactsLive, ContactsState } from "./state.ts";
import { contactOf } from "./trust.ts";
import type { ContactAnswers } from "./wishes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What people need to know of the rest of the account. */
export interface ContactContext {
  readonly self: Self;
  readonly profile: Pick<Profile, "displayName">;
  /** The direct conversation with an account, if there is one on this device. */
  readonly conversationWith: (account: Uint8Array) => Bytes | null;
}

/** What other parts of the core, and the screen, should hear of. `account` is the person concerned. */
export type ContactHappening =
  | { readonly type: "requestReceived"; readonly account: Bytes }
  /** They took our request, or we theirs. */
  | { readonly type: "becameContact"; readonly account: Bytes; readonly byThem: boolean }
  | { readonly type: "removed"; readonly account: Bytes }
  | { readonly type: "blocked"; readonly account: Bytes }
  | { readonly type: "unblocked"; readonly account: Bytes }
  | { readonly type: "verified"; readonly account: Bytes }
  | { readonly type: "unverified"; readonly account: Bytes }
  | { readonly type: "keysChanged"; readonly account: Bytes; readonly wasVerified: boolean }
  | { readonly type: "keysAccepted"; readonly account: Bytes }
  /**
   * A contact asks to be one: it had removed us. There is a conversation already; saying anything in it (a receipt will
   * do) is the answer.
   */
  | { readonly type: "askedAgain"; readonly account: Bytes }
  /** Something forged came from the server. */
  | { readonly type: "notAuthentic"; readonly account: Bytes | null };

export interface ContactStep {
  readonly state: ContactsState;
  readonly effects: readonly Effect[];
  /** For the account log. This part has folded them already. */
  readonly entries: readonly AccountEntry[];
  /** Conversations to be founded, in this same step. */
  readonly found: readonly Found[];
  /** Welcomes out of the inbox, for the conversation part to stage; it clears them itself. */
  readonly welcomes: readonly InboxItem[];
  readonly happenings: readonly ContactHappening[];
}

export interface Work {
  readonly before: ContactsState;
  state: ContactsState;
  readonly powers: Powers;
  readonly context: ContactContext;
  readonly now: Instant;
  readonly effects: Effect[];
  readonly entries: AccountEntry[];
  readonly found: Found[];
  readonly welcomes: InboxItem[];
  readonly happenings: ContactHappening[];
}

export const begin = (powers: Powers, before: ContactsState, context: ContactContext, now: Instant): Work => ({
  before,
  state: before,
  powers,
  context,
  now,
  effects: [],
  entries: [],
  found: [],
  welcomes: [],
  happenings: [],
});

export function finish(work: Work): ContactStep {
  const { before, state, entries, found, welcomes, happenings } = work;
  const rows = contactRows(before, state);
  const shown = before.contacts !== state.contacts || before.invitations !== state.invitations;
  const effects: readonly Effect[] = [...rows, ...work.effects, ...(shown ? [{ type: "changed" } as const] : [])];
  return { state, effects, entries, found, welcomes, happenings };
}

/** Writes entries of ours and folds them at once. */
export function write(work: Work, ...entries: readonly AccountEntry[]): void {
  work.entries.push(...entries);
  for (const entry of entries) fold(work, { entry, position: null, time: work.now, own: true });
}
export const fold = (work: Work, each: Fold): void => {
  work.state = foldContacts(work.state, each);
};

/** Changes what this device alone knows of a contact. */
export function change(work: Work, account: Uint8Array, to: Partial<Contact>): void {
  const contact = contactOf(work.state, account);
  if (!contact) return;
  work.state = { ...work.state, contacts: new Map(work.state.contacts).set(toHex(account), { ...contact, ...to }) };
}
export const live = (work: Work, to: Partial<ContactsLive>): void => {
  work.state = { ...work.state, live: { ...work.state.live, ...to } };
};

/** Keys of this part's requests begin with this. */
export const CONTACT_KEYS = "contact:";

/** Asks the server; the reply finds its way back by `why`. `name` tells apart what may be on its way at once. */
export function ask(work: Work, name: string, why: Asked, request: Request): void {
  const key = `${CONTACT_KEYS}${why.for}:${name}`;
  live(work, { asked: new Map(work.state.live.asked).set(key, why) });
  work.effects.push({ type: "ask", key, request });
}
export const isAsked = (work: Work, kind: Asked["for"], name: string): boolean =>
  work.state.live.asked.has(`${CONTACT_KEYS}${kind}:${name}`);

/** Answers the intent, if one waits. */
export function answer<W extends keyof ContactAnswers>(
  work: Work,
  _wish: W,
  intent: string | null,
  result: ContactAnswers[W],
): void {
  if (intent !== null) work.effects.push({ type: "answer", intent, result });
}

export const done = { ok: true, value: null } as const;
export const failed = <const E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });

/** After an answer that gives no time of its own. */
const RETRY = seconds(30);

/** When to try again what the server put off. */
export function retryAt(work: Work, reply: Reply): Instant {
  return retryAfter(work.now, reply.type === "slowDown" ? reply.retryAfterMs : RETRY);
}
/** Nothing that needs no intent is asked before then. */
export function putOff(work: Work, reply?: Reply): void {
  const time = reply ? retryAt(work, reply) : retryAfter(work.now, RETRY);
  live(work, { notBefore: time });
  work.effects.push({ type: "wakeAt", time });
}
