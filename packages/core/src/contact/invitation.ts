/**
 * Invitation links. The fragment names the inviter's identity key and holds a secret; a request that proves the secret
 * is from somebody to whom we gave the link. It pins, it does not verify. [F7] [F8]
 */
import { bytesEqual, days, after, Secret, type Instant, type Random } from "@megachat/base";
import { encodeFragment, identityHash, invitationTag } from "@megachat/crypto";
import type { AccountEntry } from "@megachat/wire";
import type { Self } from "../account/self.ts";
import type { Contact, ContactsState, Invitation } from "./state.ts";
import { ownIdentity } from "./trust.ts";

/** How long a link works. */
export const LIFETIME = days(7);
/** Links that may be open at once. */
export const MAX_OPEN = 50;
/** How long a link that is over is remembered, so that a late request by it is told from a forged one. */
const REMEMBERED = days(90);

export const newInvitation = (random: Random, now: Instant): Invitation => ({
  id: random.bytes(16),
  secret: random.bytes(16),
  expiresAt: after(now, LIFETIME),
  state: "open",
  usedBy: [],
});

/** What goes behind `#`. */
export const fragmentOf = (self: Self, invitation: Invitation): string => {
  using secret = new Secret(invitation.secret.slice());
  return encodeFragment({ identityHash: identityHash(self.identityKey), secret });
};

/** How a link stands now. */
export const stateOf = (invitation: Invitation, now: Instant): Invitation["state"] | "expired" =>
  invitation.state !== "revoked" && now >= invitation.expiresAt ? "expired" : invitation.state;

export const entryOf = (
  invitation: Invitation,
  change: Partial<{ readonly state: Invitation["state"]; readonly usedBy: Uint8Array<ArrayBuffer> }>,
): AccountEntry => ({
  type: "invitationEntry",
  id: invitation.id,
  secret: invitation.secret,
  expiresAt: invitation.expiresAt,
  state: change.state ?? invitation.state,
  usedBy: change.usedBy ?? null,
});

/** What the tag of a request says. */
export type TagJudgement =
  | { readonly type: "none" }
  /** Of an open link, for the first time, or again by the same person. */
  | { readonly type: "first"; readonly invitation: Invitation }
  /** Of a link that somebody else has used: the user is asked. */
  | { readonly type: "again"; readonly invitation: Invitation }
  /** Of a link that is over: a request like any other. */
  | { readonly type: "over" }
  /** Of no link of ours: no honest program makes one. */
  | { readonly type: "foreign" };

export function judgeTag(
  state: ContactsState,
  self: Self,
  from: Pick<Contact, "account" | "n" | "identityKey">,
  tag: Uint8Array | null,
  now: Instant,
): TagJudgement {
  if (!tag) return { type: "none" };
  const invitation = [...state.invitations.values()].find((each) => {
    using secret = new Secret(each.secret.slice());
    return bytesEqual(invitationTag(secret, ownIdentity(self), from), tag);
  });
  if (!invitation) return { type: "foreign" };
  const stands = stateOf(invitation, now);
  if (stands === "revoked" || stands === "expired") return { type: "over" };
  const others = invitation.usedBy.some((user) => !bytesEqual(user, from.account));
  return { type: others ? "again" : "first", invitation };
}

/** Links that nobody needs to remember any more. */
export const forgotten = (state: ContactsState, now: Instant): readonly Invitation[] =>
  [...state.invitations.values()].filter((each) => now >= after(each.expiresAt, REMEMBERED));
