/**
 * The fold of the account log's entries about people. [F17] [F19] [A9]
 *
 * What tightens takes effect at once and always; what loosens (unblocking, verifying, taking a changed key) counts only
 * if it names the very entry it loosens, so that no old row, stored again or brought late, opens a door.
 */
import { bytesEqual, instant, toHex } from "@megachat/base";
import type { AccountEntry } from "@megachat/wire";
import type { Fold } from "../account/state.ts";
import type { Contact, ContactsState, Invitation } from "./state.ts";

type EntryOf<T extends AccountEntry["type"]> = Extract<AccountEntry, { readonly type: T }>;

/** People who may have used one link. */
const MAX_USERS = 1000;

/** The people after an entry; the same object when the entry is about something else, or counts for nothing. */
export function foldContacts(state: ContactsState, fold: Fold): ContactsState {
  const { entry } = fold;
  switch (entry.type) {
    case "contactEntry":
      return put(state, foldContact(state.contacts.get(toHex(entry.account)), entry, fold));
    case "blockEntry":
      return update(state, entry.account, (contact) => foldBlock(contact, entry, fold));
    case "verifyEntry":
      return update(state, entry.account, (contact) => foldVerify(contact, entry, fold));
    case "keyChangeEntry":
      return update(state, entry.account, (contact) => foldKeyChange(contact, entry, fold));
    case "keyAcceptEntry":
      return update(state, entry.account, (contact) => foldKeyAccept(contact, entry, fold));
    case "invitationEntry":
      return foldInvitation(state, entry);
    case "requestSeenEntry": {
      const hex = toHex(entry.nonce);
      if (state.seen.has(hex)) return state;
      return { ...state, seen: new Map(state.seen).set(hex, { nonce: entry.nonce, from: entry.from }) };
    }
    default:
      return state;
  }
}

const put = (state: ContactsState, contact: Contact): ContactsState => ({
  ...state,
  contacts: new Map(state.contacts).set(toHex(contact.account), contact),
});

function update(state: ContactsState, account: Uint8Array, change: (contact: Contact) => Contact): ContactsState {
  const contact = state.contacts.get(toHex(account));
  if (!contact) return state;
  const next = change(contact);
  return next === contact ? state : put(state, next);
}

/** A position, once there is one, in place of what stood before. */
const positionOr = (fold: Fold, before: number): number => fold.position ?? before;

function foldContact(before: Contact | undefined, entry: EntryOf<"contactEntry">, fold: Fold): Contact {
  const { handle, n, identityKey, via, text } = entry;
  const displayName = entry.displayName === "" ? null : entry.displayName;
  // Someone forgotten again and never verified is met for the first time again.
  const fresh = !before || (before.relation === "stranger" && before.verifiedOn === null && before.changed === null);
  const relation =
    entry.state === "removed" && (!before || before.relation !== "contact") && before?.relation !== "removed"
      ? "stranger"
      : entry.state;
  if (fresh) {
    return {
      account: entry.account,
      handle,
      displayName,
      n,
      identityKey,
      via,
      relation,
      since: fold.time,
      text,
      blockedOn: before?.blockedOn ?? null,
      verifiedOn: null,
      changed: null,
      list: before && bytesEqual(before.identityKey, identityKey) ? before.list : null,
      at: { pin: positionOr(fold, 0), block: before?.at.block ?? 0, change: 0 },
      incoming: relation === "requestReceived" ? (before?.incoming ?? null) : null,
      outgoing: relation === "requestSent" ? (before?.outgoing ?? null) : null,
    };
  }
  const same = before.n === n && bytesEqual(before.identityKey, identityKey);
  const moved: Contact = {
    ...before,
    handle,
    displayName: displayName ?? before.displayName,
    relation,
    since: relation === before.relation ? before.since : fold.time,
    text,
    at: same && before.at.pin === 0 ? { ...before.at, pin: positionOr(fold, 0) } : before.at,
    incoming: relation === "requestReceived" ? before.incoming : null,
    outgoing: relation === "requestSent" ? before.outgoing : null,
  };
  // A pin is never replaced by the way: another key is a change, to be decided about.
  return same ? moved : withChange(moved, n, identityKey, fold);
}

function foldBlock(contact: Contact, entry: EntryOf<"blockEntry">, fold: Fold): Contact {
  if (entry.blocked) {
    // A request that waits, theirs or ours, is over with the block.
    const waiting = contact.relation === "requestReceived" || contact.relation === "requestSent";
    return {
      ...contact,
      blockedOn: contact.blockedOn ?? fold.time,
      relation: waiting ? "stranger" : contact.relation,
      incoming: null,
      outgoing: null,
      at: { ...contact.at, block: positionOr(fold, contact.at.block) },
    };
  }
  const names = fold.own || (entry.loosens !== null && entry.loosens !== 0 && entry.loosens === contact.at.block);
  return names && contact.blockedOn !== null ? { ...contact, blockedOn: null } : contact;
}

function foldVerify(contact: Contact, entry: EntryOf<"verifyEntry">, fold: Fold): Contact {
  if (!entry.verified) return contact.verifiedOn === null ? contact : { ...contact, verifiedOn: null };
  // Digits of another key than the pinned one prove nothing about this one.
  const pinned = contact.n === entry.n && bytesEqual(contact.identityKey, entry.identityKey);
  const names = fold.own || (entry.loosens !== null && entry.loosens !== 0 && entry.loosens === contact.at.pin);
  return pinned && names && contact.changed === null ? { ...contact, verifiedOn: contact.verifiedOn ?? fold.time } : contact;
}

function foldKeyChange(contact: Contact, entry: EntryOf<"keyChangeEntry">, fold: Fold): Contact {
  if (contact.n === entry.n && bytesEqual(contact.identityKey, entry.identityKey)) return contact;
  const next = withChange(contact, entry.n, entry.identityKey, fold);
  return { ...next, at: { ...next.at, change: positionOr(fold, next.at.change) } };
}

function withChange(contact: Contact, n: number, identityKey: Uint8Array<ArrayBuffer>, fold: Fold): Contact {
  const { changed } = contact;
  if (changed && changed.n === n && bytesEqual(changed.identityKey, identityKey)) return contact;
  const wasVerified = contact.verifiedOn !== null || changed?.wasVerified === true;
  return { ...contact, changed: { n, identityKey, on: fold.time, wasVerified }, at: { ...contact.at, change: 0 } };
}

function foldKeyAccept(contact: Contact, entry: EntryOf<"keyAcceptEntry">, fold: Fold): Contact {
  const { changed } = contact;
  if (!changed || changed.n !== entry.n || !bytesEqual(changed.identityKey, entry.identityKey)) {
    // Ours, stored now: the pin it made has its position.
    const ours = fold.own && fold.position !== null && contact.n === entry.n && bytesEqual(contact.identityKey, entry.identityKey);
    return ours ? { ...contact, at: { ...contact.at, pin: fold.position } } : contact;
  }
  if (!fold.own && (entry.loosens === 0 || entry.loosens !== contact.at.change)) return contact;
  return {
    ...contact,
    n: entry.n,
    identityKey: entry.identityKey,
    // Whatever vouched for the old key says nothing of this one.
    via: "request",
    verifiedOn: null,
    changed: null,
    list: null,
    at: { ...contact.at, pin: positionOr(fold, 0), change: 0 },
  };
}

function foldInvitation(state: ContactsState, entry: EntryOf<"invitationEntry">): ContactsState {
  const hex = toHex(entry.id);
  const before = state.invitations.get(hex);
  // A link goes from open to used to revoked, and never back.
  const rank = { open: 0, used: 1, revoked: 2 } as const;
  const next = before && rank[before.state] > rank[entry.state] ? before.state : entry.state;
  const users = before?.usedBy ?? [];
  const { usedBy } = entry;
  const isNew = usedBy !== null && users.length < MAX_USERS && !users.some((user) => bytesEqual(user, usedBy));
  const invitation: Invitation = {
    id: entry.id,
    secret: before?.secret ?? entry.secret,
    expiresAt: before?.expiresAt ?? instant(entry.expiresAt),
    state: next,
    usedBy: isNew ? [...users, usedBy] : users,
  };
  return { ...state, invitations: new Map(state.invitations).set(hex, invitation) };
}
