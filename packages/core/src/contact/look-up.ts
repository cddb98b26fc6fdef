/** Looking people up, by handle, link or account: what the server shows is checked against itself, the link and the pin. [F9] [F10] */
import { bytesEqual, err, ok, toHex, type Result, type Secret } from "@megachat/base";
import { verifyDeviceList, verifyAccountRecord } from "@megachat/auth";
import { decodeFragment, identityHash } from "@megachat/crypto";
import { parseHandle, type Found as FoundReply, type Reply, type ValueOf } from "@megachat/wire";
import { readFaces, type Faces, type NotAuthentic } from "../account/faces.ts";
import type { AccountPorts } from "../account/ports.ts";
import type { Asked, Contact, Looked } from "./state.ts";
import { contactOf } from "./trust.ts";
import { answer, ask, change, failed, live, retryAt, write, type Work } from "./work.ts";
import type { FoundPerson, InvitationError, InvitationSeen, LookUpError } from "./wishes.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Found = ValueOf<typeof FoundReply>;

/** People looked up and not yet asked that are remembered. */
const MAX_LOOKED = 32;

/** An account as the server shows it, if it holds together. `expected` is whom we asked for, where we know. */
export function readFound(
  found: Found,
  expected: { readonly account?: Uint8Array; readonly handle?: string },
): Result<Faces, NotAuthentic> {
  const isOther =
    (expected.account && !bytesEqual(expected.account, found.account)) || (expected.handle ?? found.handle) !== found.handle;
  const handle = parseHandle(found.handle);
  if (isOther || !handle.ok || handle.value !== found.handle) return err({ type: "notAuthentic", face: "accountRecord" });
  return readFaces(found);
}

/** How verified faces stand to what is pinned. */
export type Compared = "unknown" | "same" | "changed" | "rolledBack" | "forkedList";

/** Compares with the pin, and with the highest device list seen. Pure: what a difference means is decided elsewhere. */
export function compare(contact: Contact | undefined, faces: Faces): Compared {
  // A stranger whom nobody verified is met for the first time again.
  if (
    !contact ||
    (contact.relation === "stranger" && contact.verifiedOn === null && contact.changed === null && contact.blockedOn === null)
  ) {
    return "unknown";
  }
  const known = { account: contact.account, n: contact.n, identityKey: contact.identityKey, recordHash: null };
  const record = verifyAccountRecord(faces.recordBytes, known);
  if (!record.ok) return record.error.type === "rolledBack" ? "rolledBack" : "changed";
  if (record.value.link !== "same") return "changed";
  const list = verifyDeviceList(faces.listBytes, faces, contact.list);
  if (list.ok) return "same";
  return list.error.type === "rolledBack" ? "rolledBack" : "forkedList";
}

/**
 * Takes note of faces of somebody we know. True when they are under the pinned key and no older than what we have seen:
 * only then may they be used.
 */
export function takeNote(work: Work, faces: Faces): boolean {
  const contact = contactOf(work.state, faces.account);
  const compared = compare(contact, faces);
  switch (compared) {
    case "unknown":
      return true;
    case "same":
      noteList(work, faces);
      return true;
    case "changed":
      noteKey(work, faces.account, faces.n, faces.identityKey);
      return false;
    case "rolledBack":
    case "forkedList":
      notAuthentic(work, faces.account, compared);
      return false;
  }
}

function noteList(work: Work, faces: Faces): void {
  const { version, hash } = faces.list;
  const contact = contactOf(work.state, faces.account);
  if (contact && (contact.list === null || version > contact.list.version))
    change(work, faces.account, { list: { version, hash } });
}

/** Another key than the pinned one was shown for an account: written down once, told once. */
export function noteKey(work: Work, account: Bytes, n: number, identityKey: Bytes): void {
  const contact = contactOf(work.state, account);
  if (!contact || (contact.n === n && bytesEqual(contact.identityKey, identityKey))) return;
  if (contact.changed && contact.changed.n === n && bytesEqual(contact.changed.identityKey, identityKey)) return;
  write(work, { type: "keyChangeEntry", account, n, identityKey });
  const wasVerified = contactOf(work.state, account)?.changed?.wasVerified === true;
  work.happenings.push({ type: "keysChanged", account, wasVerified });
}

/** Something forged: told, logged, and of no other effect. */
export function notAuthentic(work: Work, account: Bytes | null, why: string): void {
  work.powers.log.warn("facesRefused", { why });
  work.happenings.push({ type: "notAuthentic", account });
}

function remember(work: Work, found: Found, faces: Faces): void {
  if (!faces.address) return;
  const { m, hpkeKey } = faces.address;
  const { version, hash } = faces.list;
  const { account, n, identityKey } = faces;
  const looked: Looked = { account, handle: found.handle, n, identityKey, list: { version, hash }, address: { m, hpkeKey } };
  const all = new Map(work.state.live.looked);
  all.delete(toHex(account));
  all.set(toHex(account), looked);
  const [oldest] = all.keys();
  if (all.size > MAX_LOOKED && oldest !== undefined) all.delete(oldest);
  live(work, { looked: all });
}

// —— By handle ———————————————————————————————————————————————————————————————————————————————————————————

export function lookUp(work: Work, intent: string, text: string): void {
  const handle = parseHandle(text);
  if (!handle.ok) return answer(work, "lookUp", intent, failed({ type: "handleInvalid" }));
  const { self } = work.context;
  if (handle.value === self.handle) {
    const { account, identityKey } = self;
    return answer(work, "lookUp", intent, ok({ account, handle: handle.value, identityKey, relation: "self" }));
  }
  if (!work.state.live.online) return answer(work, "lookUp", intent, failed({ type: "offline" }));
  ask(work, intent, { for: "lookUp", intent, handle: handle.value }, { type: "lookUpHandle", handle: handle.value });
}

export function lookedUp(work: Work, asked: Extract<Asked, { readonly for: "lookUp" }>, reply: Reply): void {
  const refuse = (error: LookUpError): void => answer(work, "lookUp", asked.intent, failed(error));
  if (reply.type !== "found") return refuse(lookUpError(work, reply));
  const faces = readFound(reply, { handle: asked.handle });
  const isSelf = faces.ok && bytesEqual(faces.value.account, work.context.self.account);
  // An account without an address cannot be asked; and nobody else has our account.
  if (!faces.ok || !faces.value.address || isSelf) {
    notAuthentic(work, null, faces.ok ? "address" : faces.error.face);
    return refuse(faces.ok ? { type: "notAuthentic", face: "address" } : faces.error);
  }
  // A changed key is written down; the person shown is the one the server shows now.
  if (takeNote(work, faces.value)) remember(work, reply, faces.value);
  answer(work, "lookUp", asked.intent, ok(personOf(work, reply, faces.value)));
}

function personOf(work: Work, found: Found, faces: Faces): FoundPerson {
  const contact = contactOf(work.state, faces.account);
  const { account, identityKey } = faces;
  return { account, handle: found.handle, identityKey, relation: contact ? shownRelation(contact) : "stranger" };
}
function shownRelation(contact: Contact): FoundPerson["relation"] {
  if (contact.blockedOn !== null) return "blocked";
  return contact.relation === "removed" ? "stranger" : contact.relation;
}

/** What it means that somebody was not found. */
export function lookUpError(
  work: Work,
  reply: Reply,
): { readonly type: "notFound" } | { readonly type: "limited"; readonly retryAt: ReturnType<typeof retryAt> } {
  const gone = reply.type === "refused" && reply.reason !== "notStored" && reply.reason !== "full";
  return gone ? { type: "notFound" } : { type: "limited", retryAt: retryAt(work, reply) };
}

// —— By link —————————————————————————————————————————————————————————————————————————————————————————————

export function openInvitation(work: Work, intent: string, wish: { readonly handle: string; readonly fragment: string }): void {
  const link = decodeFragment(wish.fragment);
  if (!link.ok) return answer(work, "openInvitation", intent, failed({ type: "malformed" }));
  link.value.secret[Symbol.dispose]();
  const { identityHash: hash } = link.value;
  const { self } = work.context;
  if (bytesEqual(hash, identityHash(self.identityKey))) {
    return answer(work, "openInvitation", intent, ok({ account: self.account, handle: self.handle, relation: "self" }));
  }
  if (!work.state.live.online) return answer(work, "openInvitation", intent, failed({ type: "offline" }));
  const asked = { for: "openInvitation", intent, identityHash: hash, handle: wish.handle } as const;
  ask(work, intent, asked, { type: "lookUpIdentity", identityHash: hash });
}

export function invitationLookedUp(work: Work, asked: Extract<Asked, { readonly for: "openInvitation" }>, reply: Reply): void {
  const refuse = (error: InvitationError): void => answer(work, "openInvitation", asked.intent, failed(error));
  if (reply.type !== "found") return refuse(lookUpError(work, reply));
  // The link names its inviter too. The key proves who that is; the server alone must not say how they are called.
  const handle = parseHandle(asked.handle);
  const faces = readInviter(reply, asked.identityHash, handle.ok ? { handle: handle.value } : {});
  if (!faces.ok) {
    notAuthentic(work, null, "invitation");
    return refuse(faces.error);
  }
  if (takeNote(work, faces.value)) remember(work, reply, faces.value);
  const contact = contactOf(work.state, faces.value.account);
  const relation = contact?.relation === "contact" ? "contact" : contact?.relation === "requestSent" ? "requested" : "stranger";
  answer(work, "openInvitation", asked.intent, ok({ account: faces.value.account, handle: reply.handle, relation }));
}

/** The link vouches for the key: whatever the server shows under another is not the inviter. */
function readInviter(
  found: Found,
  hash: Uint8Array,
  expected: { readonly handle?: string } = {},
): Result<Faces, { readonly type: "keysDiffer" }> {
  const faces = readFound(found, expected);
  if (!faces.ok || !faces.value.address || !bytesEqual(identityHash(faces.value.identityKey), hash))
    return err({ type: "keysDiffer" });
  return faces;
}

/** What a followed link means to someone who has no account yet. The handle in the link is a hint, the key is the proof. */
export async function seeInvitation(
  ports: Pick<AccountPorts, "server" | "clock">,
  wish: { readonly fragment: string },
): Promise<Result<InvitationSeen, InvitationError>> {
  const link = decodeFragment(wish.fragment);
  if (!link.ok) return err({ type: "malformed" });
  using _secret: Secret<Uint8Array> = link.value.secret;
  const reply = await ports.server.ask({ type: "lookUpIdentity", identityHash: link.value.identityHash });
  if (!reply.ok) return err({ type: "offline" });
  if (reply.value.type === "found") {
    const faces = readInviter(reply.value, link.value.identityHash);
    return faces.ok ? ok({ account: faces.value.account, handle: reply.value.handle, relation: "stranger" }) : faces;
  }
  if (reply.value.type === "refused") return err({ type: "notFound" });
  const wait = reply.value.type === "slowDown" ? reply.value.retryAfterMs : 30_000;
  return err({ type: "limited", retryAt: (ports.clock.now() + wait) as ReturnType<typeof ports.clock.now> });
}
