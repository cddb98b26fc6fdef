/** The core's state in the view's words, and the view's wishes in the core's. Pure; no key and no ciphertext passes. [N1–N6] */
import { days, after, type Instant } from "@megachat/base";
import { account as accounts, contact as contacts, type CoreState } from "@megachat/core";
import {
  type AccountRef,
  type AlarmRef,
  type Contact,
  type Conversation,
  type ConversationRef,
  type Recovery,
  type SignedIn,
  type Snapshot,
} from "@megachat/view";
import { presentCall, type Standing } from "./call.ts";
import { presentContact, presentInvitation } from "./contact.ts";
import { presentConversation, type Around } from "./conversation.ts";
import { selfRef } from "./wishes.ts";

export { bytesOfRef, hexOfRef } from "./conversation.ts";
export { presentAnswer, presentNotice, wishOf } from "./wishes.ts";

/** What a tab shows of a signed-in core. Link and storage are the worker's to add. */
export type PresentedSnapshot = Omit<Snapshot, "session" | "listsReady"> & {
  readonly session: Pick<SignedIn, "account" | "handle" | "displayName" | "hue" | "recovery">;
};
export interface Viewer {
  readonly now: Instant;
  readonly tab: string;
  /** Whether the engine doubts the epoch of a conversation. */
  readonly inDoubt: (conversation: Uint8Array) => boolean;
  /** The devices of a conversation's present epoch. */
  readonly standing: (conversation: Uint8Array) => readonly Standing[];
}

export function presentSnapshot(state: CoreState, { now, tab, inDoubt, standing }: Viewer): PresentedSnapshot {
  const { self, profile } = state.account;
  const contactList = [...state.contacts.contacts.values()].flatMap((contact) => presentContact(state, contact) ?? []);
  const conversationList = [...state.conversations.values()].map((conversation) => {
    const around: Around = { now, held: heldOf(state, conversation.with), doubt: inDoubt(conversation.id) };
    return presentConversation(self.account, conversation, around);
  });
  const invitations = [...state.contacts.invitations.values()].map((each) => presentInvitation(state, each, now));
  return {
    session: {
      account: selfRef(state),
      handle: self.handle,
      displayName: profile.displayName,
      hue: contacts.lookOf(self.identityKey).hue,
      recovery: recoveryOf(profile),
    },
    contacts: new Map<AccountRef, Contact>(contactList.map((contact) => [contact.account, contact])),
    conversations: new Map<ConversationRef, Conversation>(conversationList.map((each) => [each.conversation, each])),
    accountAlarms: state.account.log.alarms.map(({ type, at }) => ({ alarm: type as string as AlarmRef, since: at, type })),
    invitations: invitations.toSorted((a, b) => b.createdAt - a.createdAt),
    call: presentCall(state, tab, standing),
    settings: accounts.settingsOf(profile),
  };
}

function heldOf(state: CoreState, account: Uint8Array): Around["held"] {
  const may = contacts.maySend(state.contacts, account);
  return may === "yes" ? null : may;
}

/** A postponed recovery key is spoken of again after this long. */
const REMIND_AFTER = days(3);

function recoveryOf({ recovery }: accounts.Profile): Recovery {
  switch (recovery.at) {
    case "pending":
      return { at: "pending" };
    case "postponed":
      return { at: "postponed", remindAt: after(recovery.since, REMIND_AFTER) };
    case "confirmed":
      return { at: "confirmed", on: recovery.since };
  }
}
