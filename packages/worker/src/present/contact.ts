/** People and invitations of the core as the view has them. [N3] */
import { days, instant, type Instant } from "@megachat/base";
import { contact as contacts, conversationWith, type CoreState } from "@megachat/core";
import {
  refOf,
  type AccountRef,
  type Contact,
  type ConversationRef,
  type Invitation,
  type InvitationRef,
  type Relation,
  type Trust,
} from "@megachat/view";

/** Null for people whom no list shows: known by their key, and no more than that. */
export function presentContact(state: CoreState, contact: contacts.Contact): Contact | null {
  const relation = relationOf(state, contact);
  if (!relation) return null;
  const { hue, shortCode } = contacts.lookOf(contact.identityKey);
  const conversation = conversationWith(state, contact.account);
  return {
    account: refOf<AccountRef>(contact.account),
    handle: contact.handle,
    displayName: contact.displayName,
    hue,
    shortCode,
    relation,
    trust: trustOf(contact),
    conversation: conversation ? refOf<ConversationRef>(conversation.id) : null,
    addedAt: contact.since,
  };
}

function relationOf(state: CoreState, contact: contacts.Contact): Relation | null {
  if (contact.blockedOn !== null)
    return { at: "blocked", on: contact.blockedOn, was: contact.relation === "contact" ? "contact" : "stranger" };
  switch (contact.relation) {
    case "contact":
      return conversationWith(state, contact.account) ? { at: "contact" } : { at: "accepting" };
    case "requestReceived":
      return contact.incoming?.accept
        ? { at: "accepting" }
        : {
            at: "requestReceived",
            text: contact.text,
            sentAt: contact.since,
            byInvitation: contact.incoming?.byInvitation ?? "no",
          };
    case "requestSent":
      return {
        at: "requestSent",
        text: contact.text,
        sentAt: contact.since,
        state: contact.outgoing?.delivered ? "waiting" : "sending",
      };
    case "removed":
      return { at: "removed", on: contact.since };
    case "stranger":
      return null;
  }
}

function trustOf({ changed, verifiedOn, via }: contacts.Contact): Trust {
  if (changed) return { at: "changed", on: changed.on, wasVerified: changed.wasVerified };
  return verifiedOn === null ? { at: "unverified", invited: via === "invitation" } : { at: "verified", on: verifiedOn };
}

/** Days that a link is good for. */
const LASTS = days(7);

export function presentInvitation(state: CoreState, invitation: contacts.Invitation, now: Instant): Invitation {
  const at = contacts.invitationState(invitation, now);
  return {
    invitation: refOf<InvitationRef>(invitation.id),
    fragment: at === "open" || at === "used" ? contacts.fragmentOf(state.account.self, invitation) : null,
    createdAt: instant(invitation.expiresAt - LASTS),
    expiresAt: invitation.expiresAt,
    state: at,
    usedBy: invitation.usedBy.map((account) => refOf<AccountRef>(account)),
  };
}
