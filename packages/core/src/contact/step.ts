/** One step over people: the inbox, replies, and what the user asks. [F1–F24] */
import { bytesEqual, ok, toHex, type Instant } from "@megachat/base";
import type { InboxItem, Reply } from "@megachat/wire";
import { NOT_YET } from "../account/log.ts";
import { shownName } from "../account/profile.ts";
import type { Fold } from "../account/state.ts";
import type { Input, Powers, Timed } from "../step.ts";
import { delivered, deliver, entryFor, lookedUpForRequest, sendRequest, withdraw } from "./ask-them.ts";
import {
  acceptRequest,
  acceptWaiting,
  checked,
  decline,
  keyPackagesCame,
  lookedUpForAccept,
  receive,
  throwAway,
} from "./asked-by-them.ts";
import { entryOf, forgotten, fragmentOf, MAX_OPEN, newInvitation, stateOf } from "./invitation.ts";
import { invitationLookedUp, lookedUp, lookUp, noteKey, notAuthentic, openInvitation, readFound, takeNote } from "./look-up.ts";
import { calmContacts, type Asked, type ContactsState } from "./state.ts";
import { contactOf, safetyNumberOf } from "./trust.ts";
import {
  answer,
  ask,
  begin,
  done,
  failed,
  finish,
  fold,
  isAsked,
  live,
  putOff,
  write,
  type ContactContext,
  type ContactStep,
  type Work,
} from "./work.ts";
import type { ContactWish } from "./wishes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Inputs that are not this part's change nothing. */
export function stepContacts(
  powers: Powers,
  state: ContactsState,
  context: ContactContext,
  timed: Timed<Input<ContactWish>>,
): ContactStep {
  const { now, input } = timed;
  const work = begin(powers, state, context, now);
  switch (input.type) {
    case "link":
      live(work, { ...calmContacts, looked: state.live.looked, doubted: state.live.doubted, online: input.online });
      if (input.online) fetchInbox(work, 0);
      break;
    case "reply":
      replied(work, input.key, input.reply);
      break;
    case "unanswered":
      unanswered(work, input.key);
      break;
    case "push":
      if (input.push.type === "inboxPush") takeItem(work, input.push.item);
      break;
    case "intent":
      wished(work, input.intent, input.wish);
      break;
    case "timeIs":
      forgetOld(work);
      break;
    case "media":
    case "recalled":
      break;
  }
  pump(work);
  return finish(work);
}

/** Entries of the account log, from the account part: ours with their positions, and other devices'. */
export function foldIntoContacts(
  powers: Powers,
  state: ContactsState,
  context: ContactContext,
  folds: readonly Fold[],
  now: Instant,
): ContactStep {
  const work = begin(powers, state, context, now);
  for (const each of folds) fold(work, each);
  return finish(work);
}

/** We were brought into the conversation with this account: they took our request. */
export function welcomed(
  powers: Powers,
  state: ContactsState,
  context: ContactContext,
  account: Uint8Array,
  now: Instant,
): ContactStep {
  const work = begin(powers, state, context, now);
  tookOurs(work, account);
  return finish(work);
}

/** Reads the inbox again: what was not pushed is there all the same. */
export function lookAgain(powers: Powers, state: ContactsState, context: ContactContext, now: Instant): ContactStep {
  const work = begin(powers, state, context, now);
  if (state.live.online && !isAsked(work, "inbox", "")) fetchInbox(work, 0);
  return finish(work);
}

/** A Welcome came that is none. */
export function spoilt(
  powers: Powers,
  state: ContactsState,
  context: ContactContext,
  item: InboxItem["item"],
  now: Instant,
): ContactStep {
  const work = begin(powers, state, context, now);
  throwAway(work, item);
  return finish(work);
}

/** A row of this account opened in the direct conversation: who asked them again, and hears from them, has been answered. */
export const heardFrom: typeof welcomed = (powers, state, context, account, now) => welcomed(powers, state, context, account, now);

/** They told us, in the conversation, what they call themself. */
export function heardName(
  powers: Powers,
  state: ContactsState,
  context: ContactContext,
  said: { readonly account: Uint8Array; readonly displayName: string },
  now: Instant,
): ContactStep {
  const work = begin(powers, state, context, now);
  const contact = contactOf(state, said.account);
  const displayName = shownName(said.displayName);
  if (contact?.relation === "contact" && displayName !== null && displayName !== contact.displayName) {
    write(work, entryFor({ ...contact, displayName }, "contact"));
  }
  return finish(work);
}

/** A conversation showed another identity of this account than the pinned one. */
export function noteIdentity(
  powers: Powers,
  state: ContactsState,
  context: ContactContext,
  seen: { readonly account: Bytes; readonly n: number; readonly identityKey: Bytes },
  now: Instant,
): ContactStep {
  const work = begin(powers, state, context, now);
  noteKey(work, seen.account, seen.n, seen.identityKey);
  return finish(work);
}

/** A message named a version of its sender's device list. One that we do not know is fetched, and must be what it said. */
export function noteList(
  powers: Powers,
  state: ContactsState,
  context: ContactContext,
  told: { readonly account: Bytes; readonly version: number; readonly hash: Bytes },
  now: Instant,
): ContactStep {
  const work = begin(powers, state, context, now);
  const { account, version, hash } = told;
  const contact = contactOf(state, account);
  if (contact?.list && version === contact.list.version && !bytesEqual(hash, contact.list.hash)) {
    notAuthentic(work, account, "forkedList");
  } else if (contact && version > (contact.list?.version ?? 0) && state.live.online && !isAsked(work, "refresh", toHex(account))) {
    ask(work, toHex(account), { for: "refresh", account, told: { version, hash } }, { type: "lookUpAccount", account });
  }
  return finish(work);
}

function tookOurs(work: Work, account: Uint8Array): void {
  const contact = contactOf(work.state, account);
  if (contact?.relation !== "requestSent" || contact.blockedOn !== null) return;
  write(work, entryFor(contact, "contact"));
  work.happenings.push({ type: "becameContact", account: contact.account, byThem: true });
}

// —— The inbox ———————————————————————————————————————————————————————————————————————————————————————————

const MAX_HANDLED = 4096;

function takeItem(work: Work, item: InboxItem): void {
  if (work.state.live.handled.has(item.item)) return;
  const handled = new Set(work.state.live.handled).add(item.item);
  // A server can bring ever more: of the oldest it need not be known that they were brought.
  const [oldest] = handled.size > MAX_HANDLED ? handled : [];
  if (oldest !== undefined) handled.delete(oldest);
  live(work, { handled });
  if (item.kind === "request") receive(work, item);
  else work.welcomes.push(item);
}

function inboxCame(work: Work, reply: Reply): void {
  if (reply.type !== "inbox") return putOff(work, reply);
  for (const item of reply.items) takeItem(work, item);
  const last = reply.items.at(-1);
  if (reply.more && last) fetchInbox(work, last.item);
}
const fetchInbox = (work: Work, after: number): void => ask(work, "", { for: "inbox" }, { type: "fetchInbox", after });

/** What goes on by itself: requests of ours, requests that need no question, and what the server had put off. */
function pump(work: Work): void {
  const { online, notBefore } = work.state.live;
  if (!online || work.now < notBefore) return;
  if (notBefore > 0) {
    live(work, { notBefore: calmContacts.notBefore });
    if (!isAsked(work, "inbox", "")) fetchInbox(work, 0);
  }
  for (const contact of work.state.contacts.values()) {
    if (contact.outgoing && !contact.outgoing.delivered) deliver(work, null, contact.account);
  }
  acceptWaiting(work);
}

// —— Replies —————————————————————————————————————————————————————————————————————————————————————————————

function take(work: Work, key: string): Asked | undefined {
  const asked = work.state.live.asked.get(key);
  if (!asked) return undefined;
  const rest = new Map(work.state.live.asked);
  rest.delete(key);
  live(work, { asked: rest });
  return asked;
}

function replied(work: Work, key: string, reply: Reply): void {
  const asked = take(work, key);
  switch (asked?.for) {
    case "lookUp":
      return lookedUp(work, asked, reply);
    case "openInvitation":
      return invitationLookedUp(work, asked, reply);
    case "sendRequest":
      return lookedUpForRequest(work, asked, reply);
    case "deliver":
      return delivered(work, asked, reply);
    case "check":
      return checked(work, asked, reply);
    case "accept":
      return lookedUpForAccept(work, asked, reply);
    case "found":
      return keyPackagesCame(work, asked, reply);
    case "refresh":
      return refreshed(work, asked, reply);
    case "inbox":
      return inboxCame(work, reply);
    case "clear":
    case undefined:
      return;
  }
}

/** The newest list must be the one that its owner has spoken of, or newer. */
function refreshed(work: Work, asked: Extract<Asked, { readonly for: "refresh" }>, reply: Reply): void {
  if (reply.type !== "found") return;
  const { account, told } = asked;
  const faces = readFound(reply, { account });
  if (!faces.ok) return notAuthentic(work, account, faces.error.face);
  const { version, hash } = faces.value.list;
  if (version < told.version || (version === told.version && !bytesEqual(hash, told.hash))) {
    return notAuthentic(work, account, "withheldList");
  }
  takeNote(work, faces.value);
}

/** The connection is gone. What a person waits for is told; the rest begins again with the next one. */
function unanswered(work: Work, key: string): void {
  const asked = take(work, key);
  live(work, { online: false });
  const offline = failed({ type: "offline" });
  switch (asked?.for) {
    case "lookUp":
      return answer(work, "lookUp", asked.intent, offline);
    case "openInvitation":
      return answer(work, "openInvitation", asked.intent, offline);
    case "sendRequest":
      return answer(work, "sendRequest", asked.intent, offline);
    // It is on disk and goes out by itself.
    case "deliver":
      return answer(work, "sendRequest", asked.intent, done);
    case "accept":
    case "found":
      return answer(work, "acceptRequest", asked.intent, offline);
    default:
      return;
  }
}

// —— Wishes ——————————————————————————————————————————————————————————————————————————————————————————————

function wished(work: Work, intent: string, wish: ContactWish): void {
  switch (wish.type) {
    case "lookUp":
      return lookUp(work, intent, wish.handle);
    case "openInvitation":
      return openInvitation(work, intent, wish);
    case "sendRequest":
      return sendRequest(work, intent, wish);
    case "withdrawRequest":
      return withdraw(work, intent, wish.account);
    case "acceptRequest":
      return acceptRequest(work, intent, wish.account);
    case "declineRequest":
      return decline(work, intent, wish.account, wish.block);
    case "block":
      return block(work, intent, wish.account);
    case "unblock":
      return unblock(work, intent, wish.account);
    case "removeContact":
      return remove(work, intent, wish.account);
    case "safetyNumber": {
      const contact = contactOf(work.state, wish.account);
      const digits = contact && safetyNumberOf(work.context.self, contact);
      return answer(work, wish.type, intent, digits === undefined ? failed({ type: "unknownAccount" }) : ok({ digits }));
    }
    case "markVerified":
    case "acceptChangedKey":
      return decideOnKey(work, intent, wish.type, wish.account, wish.digits);
    case "clearVerified":
      return clearVerified(work, intent, wish.account);
    case "createInvitation":
      return createInvitation(work, intent);
    case "revokeInvitation": {
      const invitation = work.state.invitations.get(toHex(wish.invitation));
      if (invitation && invitation.state !== "revoked") write(work, entryOf(invitation, { state: "revoked" }));
      return answer(work, wish.type, intent, done);
    }
  }
}

function block(work: Work, intent: string, account: Bytes): void {
  const contact = contactOf(work.state, account);
  if (contact && contact.blockedOn === null) {
    write(work, { type: "blockEntry", account, blocked: true, loosens: null });
    work.happenings.push({ type: "blocked", account });
  }
  answer(work, "block", intent, done);
}

function unblock(work: Work, intent: string, account: Bytes): void {
  const contact = contactOf(work.state, account);
  if (contact && contact.blockedOn !== null) {
    write(work, { type: "blockEntry", account, blocked: false, loosens: contact.at.block === 0 ? NOT_YET : contact.at.block });
    work.happenings.push({ type: "unblocked", account });
  }
  answer(work, "unblock", intent, done);
}

function remove(work: Work, intent: string, account: Bytes): void {
  const contact = contactOf(work.state, account);
  if (contact?.relation === "contact") {
    write(work, entryFor(contact, "removed"));
    work.happenings.push({ type: "removed", account });
  }
  answer(work, "removeContact", intent, done);
}

/** Verifying, and going on with a changed key, name the digits that the user saw: another key than that is not decided about. */
function decideOnKey(work: Work, intent: string, wish: "markVerified" | "acceptChangedKey", account: Bytes, digits: string): void {
  const contact = contactOf(work.state, account);
  if (!contact) return answer(work, wish, intent, failed({ type: "unknownAccount" }));
  if (safetyNumberOf(work.context.self, contact) !== digits.replace(/\s/gu, "")) {
    return answer(work, wish, intent, failed({ type: "changedMeanwhile" }));
  }
  const { changed } = contact;
  if (changed) {
    const { n, identityKey } = changed;
    write(work, { type: "keyAcceptEntry", account, n, identityKey, loosens: contact.at.change });
    work.happenings.push({ type: "keysAccepted", account });
  }
  if (wish === "markVerified") verify(work, account);
  answer(work, wish, intent, done);
}

function verify(work: Work, account: Bytes): void {
  const contact = contactOf(work.state, account);
  if (!contact || contact.verifiedOn !== null) return;
  const { n, identityKey, at } = contact;
  write(work, { type: "verifyEntry", account, identityKey, n, verified: true, loosens: at.pin === 0 ? NOT_YET : at.pin });
  work.happenings.push({ type: "verified", account });
}

function clearVerified(work: Work, intent: string, account: Bytes): void {
  const contact = contactOf(work.state, account);
  if (contact && contact.verifiedOn !== null) {
    const { n, identityKey } = contact;
    write(work, { type: "verifyEntry", account, identityKey, n, verified: false, loosens: null });
    work.happenings.push({ type: "unverified", account });
  }
  answer(work, "clearVerified", intent, done);
}

function createInvitation(work: Work, intent: string): void {
  const open = [...work.state.invitations.values()].filter((each) => stateOf(each, work.now) === "open");
  const oldest = open.reduce<Instant | null>((a, b) => (a !== null && a < b.expiresAt ? a : b.expiresAt), null);
  if (open.length >= MAX_OPEN && oldest !== null) {
    return answer(work, "createInvitation", intent, failed({ type: "limited", retryAt: oldest }));
  }
  const invitation = newInvitation(work.powers.random, work.now);
  write(work, entryOf(invitation, {}));
  const fragment = fragmentOf(work.context.self, invitation);
  answer(work, "createInvitation", intent, ok({ invitation: invitation.id, fragment }));
}

/** Links that have been over for long are forgotten here; the account log keeps its entries. */
function forgetOld(work: Work): void {
  const old = forgotten(work.state, work.now);
  if (old.length === 0) return;
  const invitations = new Map(work.state.invitations);
  for (const invitation of old) invitations.delete(toHex(invitation.id));
  work.state = { ...work.state, invitations };
}
