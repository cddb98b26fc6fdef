/**
 * What trust allows. It refuses nothing to others: it holds back our own sending, and says who may ring, be seen, or
 * bring us into a conversation. [F13–F16] [F24]
 */
import { bytesEqual, toHex } from "@megachat/base";
import { identityHash, safetyNumber, type Identity } from "@megachat/crypto";
import type { WelcomeFacts } from "@megachat/group";
import type { RosterAccount } from "@megachat/wire";
import type { Self } from "../account/self.ts";
import type { Contact, ContactsState } from "./state.ts";

export const contactOf = (state: ContactsState, account: Uint8Array): Contact | undefined => state.contacts.get(toHex(account));

export const isBlocked = (contact: Contact | undefined): boolean => contact !== undefined && contact.blockedOn !== null;

/** True while a changed key of a verified contact holds back all sending and calling. */
export const isHeldBack = (contact: Contact): boolean => contact.changed?.wasVerified === true;

/** Whether we may send to this account, and if not, why. */
export function maySend(state: ContactsState, account: Uint8Array): "yes" | "blocked" | "keysChanged" | "removed" {
  const contact = contactOf(state, account);
  if (isBlocked(contact)) return "blocked";
  if (contact?.relation !== "contact") return "removed";
  return isHeldBack(contact) ? "keysChanged" : "yes";
}

/** Whether what this account says is shown and counted. */
export const mayShow = (state: ContactsState, account: Uint8Array): boolean => {
  const contact = contactOf(state, account);
  return contact !== undefined && contact.blockedOn === null && contact.relation !== "stranger";
};

/** Whether a call of this account rings. Only contacts ring, and none whose key we could not answer for. */
export const mayRing = (state: ContactsState, account: Uint8Array): boolean => maySend(state, account) === "yes";

/** How a person is called: by their own name, else by their handle. */
export const nameOf = (state: ContactsState, account: Uint8Array): string | null => {
  const contact = contactOf(state, account);
  return contact ? (contact.displayName ?? contact.handle) : null;
};

/** The digits that the two compare. While a changed key waits for a decision they are those of the changed key. */
export function safetyNumberOf(self: Self, contact: Contact): string {
  const { n, identityKey } = contact.changed ?? contact;
  return safetyNumber(ownIdentity(self), { account: contact.account, n, identityKey });
}

export const ownIdentity = (self: Self): Identity => ({ account: self.account, n: self.n, identityKey: self.identityKey });

/** How a key looks: a hue in degrees, and eight digits in two groups, for telling two people of like names apart. */
export function lookOf(identityKey: Uint8Array): { readonly hue: number; readonly shortCode: string } {
  const hash = identityHash(identityKey);
  const view = new DataView(hash.buffer);
  const digits = (view.getUint32(4) % 100_000_000).toString().padStart(8, "0");
  return { hue: view.getUint16(0) % 360, shortCode: `${digits.slice(0, 4)} ${digits.slice(4)}` };
}

/** What trust says to being brought into a conversation. */
export type WelcomeJudgement =
  | { readonly type: "accept"; readonly account: Uint8Array<ArrayBuffer> }
  | {
      readonly type: "refuse";
      readonly why:
        /** Not a conversation of exactly the two of us as equals. */
        | "notDirect"
        /** From somebody whom we asked for nothing and who is no contact. */
        | "notAsked"
        | "blocked"
        /** Their key is not the pinned one. */
        | "otherKey";
      /** Who, as far as the conversation itself says so. */
      readonly account: Uint8Array<ArrayBuffer> | null;
    };

/** Only an answer to a request of ours, or a contact's new conversation, takes us in, and only under the pinned key. */
export function judgeWelcome(state: ContactsState, self: Self, facts: Pick<WelcomeFacts, "roster" | "sender">): WelcomeJudgement {
  const { accounts } = facts.roster;
  const ours = accounts.find((each) => bytesEqual(each.account, self.account));
  const theirs = accounts.find((each) => !bytesEqual(each.account, self.account));
  if (!ours || !theirs || accounts.length !== 2 || !isDirect(facts.roster, ours, theirs)) {
    return { type: "refuse", why: "notDirect", account: theirs?.account ?? null };
  }
  const { account } = theirs;
  const refuse = (why: "notDirect" | "notAsked" | "blocked" | "otherKey"): WelcomeJudgement => ({ type: "refuse", why, account });
  if (!isOf(ours, ownIdentity(self)) || !bytesEqual(facts.sender.certificate.account, account)) return refuse("notDirect");
  const contact = contactOf(state, account);
  if (isBlocked(contact)) return refuse("blocked");
  if (!contact || (contact.relation !== "requestSent" && contact.relation !== "contact")) return refuse("notAsked");
  return isOf(theirs, contact) ? { type: "accept", account } : refuse("otherKey");
}

/** Nobody over the other, and nobody else ever. */
const isDirect = (roster: WelcomeFacts["roster"], ...both: readonly RosterAccount[]): boolean =>
  both.every((each) => each.role === "member") &&
  roster.rules.addAccounts === "nobody" &&
  roster.rules.removeAccounts === "nobody" &&
  roster.rules.changeRoles === "nobody" &&
  roster.rules.changeRules === "nobody";

const isOf = (entry: RosterAccount, identity: Omit<Identity, "account">): boolean =>
  entry.n === identity.n && bytesEqual(entry.identityKey, identity.identityKey);
