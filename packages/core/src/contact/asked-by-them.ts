/** Requests to us: received, judged, accepted, declined. [F1–F8] [F12] [F21] [F22] */
import { ok, toHex } from "@megachat/base";
import { verifyDeviceList } from "@megachat/auth";
import type { AccountEntry, InboxItem, Reply } from "@megachat/wire";
import { askOnceMore, entryFor } from "./ask-them.ts";
import { foundDirect } from "./found.ts";
import { entryOf, judgeTag } from "./invitation.ts";
import { lookUpError, noteKey, notAuthentic, readFound, takeNote } from "./look-up.ts";
import { openRequest, type OpenedRequest } from "./request.ts";
import type { Faces } from "../account/faces.ts";
import type { Asked, Contact } from "./state.ts";
import { contactOf, isBlocked } from "./trust.ts";
import { answer, ask, change, done, failed, isAsked, live, putOff, retryAt, write, type Work } from "./work.ts";
import type { AcceptError } from "./wishes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A request out of the inbox. It stays there until it was judged to the end, and the outcome is on disk. */
export function receive(work: Work, item: InboxItem): void {
  const opened = openRequest(work.context.self, item.from, item.body);
  if (!opened.ok) return doubt(work, item.item, opened.error.why);
  const why = whyNot(work, opened.value);
  if (why) return drop(work, item.item, why);
  // The sender's word for their handle is not enough: anyone could sign a request as anybody's name.
  const { account } = opened.value.faces;
  if (isAsked(work, "check", `${item.item}`)) return;
  ask(work, `${item.item}`, { for: "check", item: item.item, account, body: item.body }, { type: "lookUpAccount", account });
}

/** Counted, cleared, and of no other effect. */
function drop(work: Work, item: number, why: string): void {
  work.powers.log.warn("requestDropped", { why });
  clear(work, item);
}
/** It may have been spoilt on its way here, and lie in the inbox as it was sent. */
function doubt(work: Work, item: number, why: string): void {
  work.powers.log.warn("requestDropped", { why });
  throwAway(work, item);
}

/** Takes what makes no sense out of the inbox, the second time that it does: the first time the inbox is read again. [F25] */
export function throwAway(work: Work, item: number): void {
  const { doubted } = work.state.live;
  if (doubted.has(item)) return clear(work, item);
  live(work, { doubted: new Set([...doubted, item].slice(-MAX_DOUBTED)) });
  forget(work, item);
}
const MAX_DOUBTED = 256;

function clear(work: Work, item: number): void {
  ask(work, `${item}`, { for: "clear", item }, { type: "clearInbox", item });
}

function whyNot(work: Work, request: OpenedRequest): string | null {
  const { faces, nonce } = request;
  if (work.state.seen.has(toHex(nonce))) return "replayed";
  const contact = contactOf(work.state, faces.account);
  if (isBlocked(contact)) return "blocked";
  const tag = judgeTag(work.state, work.context.self, faces, request.invitationTag, work.now);
  return tag.type === "foreign" ? "foreignInvitation" : null;
}

/** The server's own word on who the sender is came. */
export function checked(work: Work, asked: Extract<Asked, { readonly for: "check" }>, reply: Reply): void {
  if (reply.type !== "found") {
    const gone = lookUpError(work, reply).type === "notFound";
    return gone ? doubt(work, asked.item, "gone") : forget(work, asked.item, reply);
  }
  const opened = openRequest(work.context.self, asked.account, asked.body);
  const faces = readFound(reply, { account: asked.account });
  if (!opened.ok) return drop(work, asked.item, opened.error.why);
  if (!faces.ok) {
    // The answer is forged, and the request may be as honest as can be: another answer will tell.
    notAuthentic(work, asked.account, faces.error.face);
    return forget(work, asked.item, reply);
  }
  if (reply.handle !== opened.value.handle) return doubt(work, asked.item, "otherHandle");
  const why = whyNot(work, opened.value);
  if (why) return drop(work, asked.item, why);
  // Both are signed; so if they differ, somebody has two keys for one account.
  const twoKeys =
    toHex(faces.value.identityKey) !== toHex(opened.value.faces.identityKey) || faces.value.n !== opened.value.faces.n;
  if (twoKeys) {
    noteKey(work, asked.account, opened.value.faces.n, opened.value.faces.identityKey);
    notAuthentic(work, asked.account, "twoKeys");
    return drop(work, asked.item, "twoKeys");
  }
  if (!takeNote(work, faces.value)) return drop(work, asked.item, "otherKey");
  take(work, opened.value, faces.value);
  clear(work, asked.item);
}

/** The server could not say: the item stays in the inbox, and is looked at again. */
function forget(work: Work, item: number, reply?: Reply): void {
  const handled = new Set(work.state.live.handled);
  handled.delete(item);
  live(work, { handled });
  putOff(work, reply);
}

function take(work: Work, request: OpenedRequest, { list, address }: Faces): void {
  const { account, n, identityKey } = request.faces;
  const before = contactOf(work.state, account);
  const seen: AccountEntry = { type: "requestSeenEntry", nonce: request.nonce, from: account };
  const unmet = before?.relation === "contact" && !work.context.conversationWith(account);
  if (before?.relation === "contact" && !unmet) {
    // They took us off their list and ask again: we never did, so it is answered where we already talk.
    write(work, seen);
    work.happenings.push({ type: "askedAgain", account });
    return;
  }
  const tag = judgeTag(work.state, work.context.self, request.faces, request.invitationTag, work.now);
  const invited = tag.type === "first" || tag.type === "again" ? tag.invitation : null;
  if (invited) write(work, entryOf(invited, { state: "used", usedBy: account }));
  const both = before?.relation === "requestSent";
  // Without a conversation we only wait for them to found one, and who asks instead has never seen our request.
  const accepted = tag.type === "first" || unmet || before?.incoming?.accept === true;
  // [Note: Both asked] The lower account id founds, and only one of the two does. But who has declined a request and then
  // asks does not know that both asked: so the higher one asks once more, and by that the lower one knows.
  const waits = both && toHex(work.context.self.account) > toHex(account) && !work.context.conversationWith(account);
  if (waits && address && askOnceMore(work, before, address)) return write(work, seen);
  write(work, seen, {
    type: "contactEntry",
    account,
    handle: request.handle,
    displayName: request.displayName ?? "",
    n,
    identityKey,
    state: "requestReceived",
    via: "request",
    text: request.text,
  });
  const byInvitation = tag.type === "first" || tag.type === "again" ? tag.type : "no";
  change(work, account, {
    list: { version: list.version, hash: list.hash },
    incoming: { byInvitation, accept: accepted || both },
    outgoing: null,
  });
  if (!accepted && !both) work.happenings.push({ type: "requestReceived", account });
  acceptWaiting(work);
}

// —— Accepting ———————————————————————————————————————————————————————————————————————————————————————————

export function acceptRequest(work: Work, intent: string, account: Bytes): void {
  const contact = contactOf(work.state, account);
  const refuse = (error: AcceptError): void => answer(work, "acceptRequest", intent, failed(error));
  const existing = work.context.conversationWith(account);
  if (contact?.relation === "contact" && existing) return answer(work, "acceptRequest", intent, ok({ conversation: existing }));
  if (contact?.relation !== "requestReceived") return refuse({ type: "gone" });
  if (contact.changed) return refuse({ type: "notAuthentic" });
  if (existing) {
    becomeContact(work, contact);
    work.happenings.push({ type: "askedAgain", account });
    return answer(work, "acceptRequest", intent, ok({ conversation: existing }));
  }
  if (!work.state.live.online) return refuse({ type: "offline" });
  const busy = isAsked(work, "accept", toHex(account)) || isAsked(work, "found", toHex(account));
  // Two tabs, one click each: the second hears that it is being done when it asks again.
  if (busy) return refuse({ type: "limited", retryAt: work.now });
  startAccepting(work, intent, account);
}

const startAccepting = (work: Work, intent: string | null, account: Bytes): void =>
  ask(work, toHex(account), { for: "accept", intent, account }, { type: "lookUpAccount", account });

/** Accepts those that need no question, once the server can be reached. */
export function acceptWaiting(work: Work): void {
  const { online, notBefore } = work.state.live;
  if (!online || work.now < notBefore) return;
  for (const contact of work.state.contacts.values()) {
    const waits = contact.relation === "requestReceived" && contact.incoming?.accept === true && contact.changed === null;
    if (!waits) continue;
    const { account } = contact;
    if (work.context.conversationWith(account)) {
      becomeContact(work, contact);
      work.happenings.push({ type: "askedAgain", account });
    } else if (!isAsked(work, "accept", toHex(account)) && !isAsked(work, "found", toHex(account))) {
      startAccepting(work, null, account);
    }
  }
}

/** Their faces as they are today: the newest device list decides whom we let in. */
export function lookedUpForAccept(work: Work, asked: Extract<Asked, { readonly for: "accept" }>, reply: Reply): void {
  const { account, intent } = asked;
  const contact = contactOf(work.state, account);
  if (contact?.relation !== "requestReceived") return answer(work, "acceptRequest", intent, failed({ type: "gone" }));
  if (reply.type !== "found") return cannotAccept(work, asked, contact, reply);
  const faces = readFound(reply, { account });
  if (!faces.ok) {
    notAuthentic(work, account, faces.error.face);
    return giveUp(work, asked, contact);
  }
  if (!takeNote(work, faces.value)) return giveUp(work, asked, contact);
  const list = Uint8Array.from(faces.value.listBytes);
  ask(work, toHex(account), { for: "found", intent, account, handle: reply.handle, list }, { type: "takeKeyPackages", account });
}

export function keyPackagesCame(work: Work, asked: Extract<Asked, { readonly for: "found" }>, reply: Reply): void {
  const { account, intent } = asked;
  const contact = contactOf(work.state, account);
  if (contact?.relation !== "requestReceived") return answer(work, "acceptRequest", intent, failed({ type: "gone" }));
  if (reply.type !== "keyPackages") return cannotAccept(work, asked, contact, reply);
  const list = verifyDeviceList(asked.list, contact, null);
  if (!list.ok) return giveUp(work, asked, contact);
  const found = foundDirect(work.powers, work.context.self, contact, list.value, reply.keyPackages, work.now);
  if (!found.ok) {
    notAuthentic(work, account, found.error.type === "refused" ? found.error.why : "keyPackages");
    return giveUp(work, asked, contact);
  }
  becomeContact(work, contact);
  work.found.push(found.value);
  answer(work, "acceptRequest", intent, ok({ conversation: found.value.conversation }));
}

type Accepting = Extract<Asked, { readonly for: "accept" | "found" }>;

/** Not now: asked again by the user, or by itself where nobody asked. */
function cannotAccept(work: Work, asked: Accepting, contact: Contact, reply: Reply): void {
  const gone = reply.type === "refused" && reply.reason === "notFound";
  if (gone) {
    write(work, entryFor(contact, "removed"));
    return answer(work, "acceptRequest", asked.intent, failed({ type: "gone" }));
  }
  if (asked.intent === null) putOff(work, reply);
  answer(work, "acceptRequest", asked.intent, failed({ type: "limited", retryAt: retryAt(work, reply) }));
}

/** Forged: the request waits for the user, and nothing accepts it by itself any more. */
function giveUp(work: Work, asked: Accepting, contact: Contact): void {
  if (contact.incoming?.accept) {
    change(work, asked.account, { incoming: { ...contact.incoming, accept: false } });
    work.happenings.push({ type: "requestReceived", account: asked.account });
  }
  answer(work, "acceptRequest", asked.intent, failed({ type: "notAuthentic" }));
}

function becomeContact(work: Work, contact: Contact): void {
  write(work, entryFor(contact, "contact"));
  work.happenings.push({ type: "becameContact", account: contact.account, byThem: false });
}

/** Says nothing to the other side. */
export function decline(work: Work, intent: string, account: Bytes, block: boolean): void {
  const contact = contactOf(work.state, account);
  if (contact?.relation === "requestReceived") write(work, entryFor(contact, "removed"));
  if (block && contact && contact.blockedOn === null) {
    write(work, { type: "blockEntry", account, blocked: true, loosens: null });
    work.happenings.push({ type: "blocked", account });
  }
  answer(work, "declineRequest", intent, done);
}
