/** Our requests: made, delivered, withdrawn. One waits per person. [F1] [F7] [F11] */
import { bytesEqual, ok, toHex, type Secret } from "@megachat/base";
import { decodeFragment, identityHash, invitationTag } from "@megachat/crypto";
import { MAX_REQUEST_CHARACTERS, type AccountEntry, type Reply } from "@megachat/wire";
import { characters } from "../account/profile.ts";
import { lookUpError, notAuthentic, readFound, takeNote } from "./look-up.ts";
import { sealRequest } from "./request.ts";
import type { Asked, Contact, Looked } from "./state.ts";
import { contactOf, isBlocked, ownIdentity } from "./trust.ts";
import { answer, ask, change, done, failed, isAsked, live, putOff, write, type Work } from "./work.ts";
import type { RequestError } from "./wishes.ts";

type Bytes = Uint8Array<ArrayBuffer>;
interface Wish {
  readonly account: Bytes;
  readonly text: string;
  readonly invitation: string | null;
}

export function sendRequest(work: Work, intent: string, wish: Wish): void {
  const error = whyNot(work, wish);
  if (error) return answer(work, "sendRequest", intent, failed(error));
  const looked = work.state.live.looked.get(toHex(wish.account));
  if (looked) return request(work, intent, wish, looked);
  // The run that looked them up is over: the server is asked anew, and the answer judged as before.
  if (!work.state.live.online) return answer(work, "sendRequest", intent, failed({ type: "offline" }));
  ask(work, intent, { for: "sendRequest", intent, ...wish }, { type: "lookUpAccount", account: wish.account });
}

function whyNot(work: Work, { account, text, invitation }: Wish): RequestError | null {
  if (characters(text.toWellFormed()) > MAX_REQUEST_CHARACTERS) return { type: "tooLong", limit: MAX_REQUEST_CHARACTERS };
  if (bytesEqual(account, work.context.self.account)) return { type: "self" };
  if (invitation !== null) {
    const link = decodeFragment(invitation);
    if (!link.ok) return { type: "malformed" };
    link.value.secret[Symbol.dispose]();
  }
  const contact = contactOf(work.state, account);
  if (isBlocked(contact)) return { type: "blocked" };
  if (contact && contact.changed !== null) return { type: "keysChanged" };
  if (contact?.relation === "contact") return { type: "alreadyContact" };
  return contact?.relation === "requestSent" ? { type: "alreadyPending" } : null;
}

export function lookedUpForRequest(work: Work, asked: Extract<Asked, { readonly for: "sendRequest" }>, reply: Reply): void {
  const refuse = (error: RequestError): void => answer(work, "sendRequest", asked.intent, failed(error));
  if (reply.type !== "found") return refuse(lookUpError(work, reply));
  const faces = readFound(reply, { account: asked.account });
  if (!faces.ok || !faces.value.address) {
    notAuthentic(work, asked.account, faces.ok ? "address" : faces.error.face);
    return refuse(faces.ok ? { type: "notAuthentic", face: "address" } : faces.error);
  }
  if (!takeNote(work, faces.value)) return refuse({ type: "keysChanged" });
  const error = whyNot(work, asked);
  if (error) return refuse(error);
  const { account, n, identityKey, list, address } = faces.value;
  request(work, asked.intent, asked, { account, handle: reply.handle, n, identityKey, list, address });
}

function request(work: Work, intent: string, wish: Wish, to: Looked): void {
  const { self, profile } = work.context;
  const known = contactOf(work.state, to.account);
  // They asked us meanwhile: that is an answer to the very question.
  if (known?.relation === "requestReceived") {
    change(work, to.account, { incoming: { byInvitation: known.incoming?.byInvitation ?? "no", accept: true } });
    return answer(work, "sendRequest", intent, done);
  }
  const link = wish.invitation === null ? null : decodeFragment(wish.invitation);
  let tag: Bytes | null = null;
  if (link?.ok) {
    using secret: Secret<Bytes> = link.value.secret;
    if (!bytesEqual(identityHash(to.identityKey), link.value.identityHash)) {
      notAuthentic(work, to.account, "invitation");
      return answer(work, "sendRequest", intent, failed({ type: "keysDiffer" }));
    }
    tag = invitationTag(secret, to, ownIdentity(self));
  }
  const text = wish.text.toWellFormed();
  const sealed = sealRequest(work.powers.random, self, { to, displayName: profile.displayName, text, invitationTag: tag });
  if (!sealed.ok) {
    notAuthentic(work, to.account, "address");
    return answer(work, "sendRequest", intent, failed({ type: "notAuthentic", face: "address" }));
  }
  const { account, handle, n, identityKey } = to;
  const via = tag ? "invitation" : "handle";
  write(work, {
    type: "contactEntry",
    account,
    handle,
    displayName: known?.displayName ?? "",
    n,
    identityKey,
    state: "requestSent",
    via,
    text,
  });
  const { version, hash } = to.list;
  change(work, account, { list: { version, hash }, outgoing: { sealed: sealed.value, delivered: false } });
  const looked = new Map(work.state.live.looked);
  looked.delete(toHex(account));
  live(work, { looked });
  deliver(work, intent, account);
}

/** Gives the server our request. Without a connection it waits for one, on disk. */
export function deliver(work: Work, intent: string | null, account: Bytes): void {
  const outgoing = contactOf(work.state, account)?.outgoing;
  if (!outgoing || outgoing.delivered || isAsked(work, "deliver", toHex(account))) return;
  if (!work.state.live.online) return answer(work, "sendRequest", intent, done);
  const { sealed } = outgoing;
  ask(work, toHex(account), { for: "deliver", intent, account, sealed }, { type: "sendRequest", to: account, sealed });
}

export function delivered(work: Work, asked: Extract<Asked, { readonly for: "deliver" }>, reply: Reply): void {
  const { account, intent } = asked;
  const contact = contactOf(work.state, account);
  const settle = (result: Parameters<typeof answer<"sendRequest">>[3]): void => answer(work, "sendRequest", intent, result);
  if (!contact?.outgoing) return settle(done);
  // Asked once more meanwhile: what was delivered is not what is to be delivered.
  if (!bytesEqual(contact.outgoing.sealed, asked.sealed)) {
    settle(done);
    return deliver(work, null, account);
  }
  if (reply.type === "done" || (reply.type === "refused" && reply.reason === "requestPending")) {
    // One of ours that waits there already, withdrawn here perhaps, says the same.
    change(work, account, { outgoing: { ...contact.outgoing, delivered: true } });
    return settle(done);
  }
  if (reply.type === "refused" && reply.reason !== "notStored" && reply.reason !== "full") {
    write(work, entryFor(contact, "removed"));
    return settle(failed({ type: "notFound" }));
  }
  putOff(work, reply);
  settle(done);
}

/**
 * Our request, said again as another: theirs came, and they may have declined ours before they sent it. False if their
 * address is no key.
 */
export function askOnceMore(work: Work, contact: Contact, address: Looked["address"]): boolean {
  const { self, profile } = work.context;
  const { account, text } = contact;
  const draft = { to: { account, address }, displayName: profile.displayName, text, invitationTag: null };
  const sealed = sealRequest(work.powers.random, self, draft);
  if (!sealed.ok) return false;
  change(work, account, { outgoing: { sealed: sealed.value, delivered: false } });
  deliver(work, null, account);
  return true;
}

/** Takes our request back here. The other side may have read it; an answer to it is no longer one. */
export function withdraw(work: Work, intent: string, account: Uint8Array): void {
  const contact = contactOf(work.state, account);
  if (contact?.relation === "requestSent") write(work, entryFor(contact, "removed"));
  answer(work, "withdrawRequest", intent, ok(null));
}

/** What the account log says of a contact, in another state. */
export const entryFor = (
  contact: Contact,
  state: Extract<AccountEntry, { readonly type: "contactEntry" }>["state"],
): AccountEntry => ({
  type: "contactEntry",
  account: contact.account,
  handle: contact.handle,
  displayName: contact.displayName ?? "",
  n: contact.n,
  identityKey: contact.identityKey,
  state,
  via: contact.via,
  text: contact.text,
});
