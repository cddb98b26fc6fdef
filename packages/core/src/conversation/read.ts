/**
 * Reading a conversation's log: one row after the other, each exactly once. [C1–C7]
 *
 * The server orders and only orders. What a row says counts by what MLS proves of it, never by its envelope; the
 * envelope is chained, so that two members who agree on a hash have seen the same rows. [Note: Envelope and proof]
 */
import { after, bytesEqual, instant, Secret, seconds, toHex } from "@megachat/base";
import { labels, nextInLog, open, sha256, unpad } from "@megachat/crypto";
import type { Change, Member, Opened } from "@megachat/group";
import { decode, encode, Envelope, Message, SealedBox, type Row } from "@megachat/wire";
import { isSequence, storedTime } from "../patience.ts";
import { messageIdOf, readContent } from "./content.ts";
import { earlierTime, plausibleTime, type Line } from "./line.ts";
import { isCommit, requeue } from "./outbox.ts";
import { adoptResync, isAlone, isOurJoining, needResync, noteJoining, settled, speaksFirst, wantGroupInfo } from "./rejoin.ts";
import { awaitedIn, noteMissed, owe } from "./resend.ts";
import { hashAt, MAX_UNREAD, RECENT, type Outgoing } from "./state.ts";
import { change, live, noteEpoch, putLine, putPeer, raise, system, type Work } from "./work.ts";

/** Takes rows that follow one another. Rows already read are passed over; a gap is fetched. */
export function readRows(work: Work, rows: readonly Row[]): void {
  for (const row of rows) {
    const { position, ended, live: now } = work.conversation;
    if (row.position > now.head) live(work, { head: row.position });
    if (row.position !== position + 1 || ended) continue;
    readRow(work, row);
    if (now.promised) live(work, { promised: { ...now.promised, since: work.context.now } });
  }
  denyStored(work);
}

function readRow(work: Work, claimed: Row): void {
  const { conversation } = work;
  const bodyHash = sha256(claimed.body);
  const envelope = encode(Envelope, { type: "envelope", log: conversation.id, generation: 0, ...withoutBody(claimed), bodyHash });
  const row: Row = { ...claimed, time: storedTime(claimed.time, work.context.now) };
  const turnFits = row.turn === conversation.turn;
  if (!turnFits) raise(work, "serverOrder");
  const before = conversation.position;
  const hash = nextInLog(conversation.hash, envelope);
  const endsTurn = row.kind === "commit" || row.kind === "externalCommit";
  change(work, {
    position: row.position,
    hash,
    recent: [...conversation.recent, { position: row.position, hash }].slice(-RECENT),
    turn: conversation.turn + (endsTurn ? 1 : 0),
    notes: 0,
  });
  const named = bytesEqual(row.device, work.context.self.device);
  const own = named || isOurJoining(work, row, bodyHash);
  if (own && !named) raise(work, "relabelled");
  if (row.position <= conversation.joinedAt && !own) return rememberSequence(work, row);
  if (own) return readOwn(work, row, { bodyHash, turn: conversation.turn });
  judgeSequence(work, row);
  readForeign(work, row, before);
}

const withoutBody = ({ body: _body, ...rest }: Row): Omit<Row, "body"> => rest;

/**
 * A device's sequence goes up by one with each of its rows. The server counts it and can claim anything: another count is
 * told on, and takes nothing away from what MLS proves of the row. [C2]
 */
function judgeSequence(work: Work, row: Row): void {
  const known = work.conversation.peers.get(toHex(row.device));
  if (known && row.sequence !== known.sequence + 1) raise(work, "serverOrder");
  rememberSequence(work, row);
}

/** Of devices that are in the conversation: anybody can make up names of others. [C21] */
function rememberSequence(work: Work, row: Row): void {
  const device = toHex(row.device);
  const known = work.conversation.peers.get(device);
  const isMember = (): boolean =>
    (work.powers.engine.state(work.conversation.id)?.members ?? []).some((each) => bytesEqual(each.certificate.device, row.device));
  if (!known && !isMember()) return;
  putPeer(work, device, { sequence: row.sequence });
}

// —— Our own rows ————————————————————————————————————————————————————————————————————————————————————————

/** A row in our name is ours only if its very bytes are in the outbox. [C3] */
function readOwn(work: Work, row: Row, sent: { readonly bodyHash: Uint8Array; readonly turn: number }): void {
  const { conversation } = work;
  const { bodyHash, turn } = sent;
  if (isSequence(row.sequence)) change(work, { sequence: Math.max(conversation.sequence, row.sequence) });
  if (isOurJoining(work, row, bodyHash)) return adoptResync(work, row);
  const mine = conversation.outbox.find(
    (outgoing) => outgoing.state.at === "sealed" && bytesEqual(outgoing.state.bodyHash, bodyHash),
  );
  if (!mine || mine.state.at !== "sealed") {
    raise(work, "ownCopy");
    if (row.kind !== "application") change(work, { suspect: true });
    return;
  }
  const fits = !isCommit(mine) ? row.kind === "application" && mine.state.turn === turn : row.kind === "commit";
  if (!fits) return misplaced(work, mine);
  change(work, { outbox: conversation.outbox.filter((outgoing) => outgoing !== mine) });
  if (isCommit(mine)) return adoptOwnCommit(work, row, mine);
  change(work, { counter: Math.max(work.conversation.counter, mine.state.counter) });
  showOwn(work, row, mine);
}

/** The others do not open a row under another kind, nor one of a turn that has passed: for them we have said nothing. [C22] */
function misplaced(work: Work, mine: Outgoing): void {
  raise(work, "serverOrder");
  if (mine.kind === "found") return;
  if (mine.kind === "update") {
    work.powers.engine.dropPending(work.conversation.id);
    // It may have been shown to us alone as something else: then the others have followed it.
    change(work, { suspect: true });
  }
  change(work, { outbox: work.conversation.outbox.map((each) => (each === mine ? requeue(each) : each)) });
  if (mine.kind !== "update") pause(work);
}

function adoptOwnCommit(work: Work, row: Row, mine: Outgoing): void {
  const adopted = work.powers.engine.adoptPending(work.conversation.id);
  wantGroupInfo(work, false);
  if (!adopted.ok) throw new Error(`own commit could not be adopted: ${adopted.error.type}`);
  if (mine.kind === "found") {
    putLine(work, row.position, 0, system(work, "started", row.time, work.context.self.account, true, null), false);
    work.happenings.push({ type: "founded" });
  }
  noteEpoch(work, adopted.value);
}

function showOwn(work: Work, row: Row, mine: Outgoing): void {
  if (mine.kind === "again") return;
  const { account, device } = work.context.self;
  const content = readContent(mine.content);
  switch (content.type) {
    case "text":
      return putLine(work, row.position, 0, {
        type: "textLine",
        sender: account,
        own: true,
        messageId: messageIdOf(account, work.conversation.id, mine.content),
        sentAt: mine.queuedAt,
        text: content.text,
        salt: content.salt,
      });
    case "receipt":
      return;
    case "call":
      work.happenings.push({
        type: "callEvent",
        own: true,
        account,
        device,
        event: content.event,
        position: row.position,
        storedAt: instant(row.time),
      });
      return;
    case "profile":
    case "resend":
    case "unknown":
      return;
  }
}

// —— Others' rows ————————————————————————————————————————————————————————————————————————————————————————

function readForeign(work: Work, row: Row, before: number): void {
  const body = row.kind === "externalCommit" ? unsealExternal(work, row.body) : row.body;
  if (!body) {
    putLine(work, row.position, 0, system(work, "junkSkipped", row.time, null, false, row.device), false);
    return;
  }
  const opened = work.powers.engine.open(work.conversation.id, { kind: row.kind, body });
  judge(work, row, opened, before);
}

/** An external commit travels under the conversation key; one that does not open is junk to everyone. */
function unsealExternal(work: Work, sealed: Uint8Array): Uint8Array | null {
  const box = decode(SealedBox, sealed);
  if (!box.ok) return null;
  using key = new Secret(Uint8Array.from(work.conversation.conversationKey));
  const place = { owner: work.conversation.id, id: new Uint8Array(0), version: 1 };
  const body = open(labels.externalCommit, key, place, box.value);
  return body.ok ? body.value : null;
}

function judge(work: Work, row: Row, opened: Opened, before: number): void {
  switch (opened.type) {
    case "message":
      settled(work);
      return readMessage(work, row, opened.sender, opened.plaintext, before);
    case "ownRow":
      // Named by another device's envelope, yet made by our leaf: nobody else could have made it.
      raise(work, "ownCopy");
      return;
    case "committed":
      if (opened.lostPending)
        change(work, { outbox: work.conversation.outbox.map((each) => (each.kind === "update" ? requeue(each) : each)) });
      if (!bytesEqual(opened.by.certificate.device, row.device)) raise(work, "relabelled");
      settled(work);
      noteJoining(work, row.position, opened.by, opened.change);
      wantGroupInfo(work, opened.change.external && speaksFirst(work, opened.by));
      showChange(work, row, opened.by, opened.change);
      noteEpoch(work, opened.change);
      return;
    case "removed":
      change(work, { ended: true });
      showChange(work, row, opened.by, opened.change);
      return;
    case "skipped":
      if (opened.reason.type === "forgedOwn") {
        raise(work, "ownCopy");
        if (row.kind !== "application") change(work, { suspect: true });
      } else if (opened.reason.type === "pastEpoch" || opened.reason.type === "replayed") raise(work, "serverOrder");
      else
        putLine(
          work,
          row.position,
          0,
          system(
            work,
            "junkSkipped",
            row.time,
            opened.author?.certificate.account ?? null,
            false,
            opened.author?.certificate.device ?? null,
          ),
          false,
        );
      return;
    case "failed":
      if (row.kind === "application") noteMissed(work, row);
      if (opened.reason === "damaged" || isAlone(work)) return needResync(work);
      // Every commit has been read; if none of them is in doubt, there is no later epoch, whatever these bytes say.
      if (opened.reason === "futureEpoch" && work.conversation.suspect) return needResync(work);
      if (opened.reason !== "pathFailed") raise(work, "doesNotOpen");
      // A path secret that fails is ours alone: wait, the next rows tell which epoch the others are in.
      if (row.kind !== "application") change(work, { suspect: true });
      return;
  }
}

function readMessage(work: Work, row: Row, sender: Member, plaintext: Uint8Array, before: number): void {
  const { account, device } = sender.certificate;
  if (!bytesEqual(device, row.device)) {
    // Nothing that the server attributes to somebody else is shown, under whatever name; the counter tells what is missing. [C4]
    raise(work, "relabelled");
    return;
  }
  const unpadded = unpad(Message.id, plaintext);
  const message = unpadded.ok ? decode(Message, unpadded.value) : unpadded;
  if (!message.ok) {
    keepUnknown(work, row, account, plaintext, row.time);
    return;
  }
  compareViews(work, row, sender, message.value, before);
  work.happenings.push({ type: "listSeen", account, version: message.value.listVersion, hash: message.value.listHash });
  showMessage(work, row, sender, message.value);
}

/** Gaps and forks get a name: the sender's own counter, and the hash of the log it had seen. [C5] [C6] */
function compareViews(work: Work, row: Row, sender: Member, message: Message, before: number): void {
  const device = toHex(sender.certificate.device);
  const known = work.conversation.peers.get(device);
  const expected = (known?.counter ?? 0) + 1;
  const missing = message.counter - expected - (known?.excused ?? 0);
  if (missing > 0) {
    raise(work, "gap", missing);
    putLine(
      work,
      row.position,
      1,
      {
        ...system(work, "missing", row.time, sender.certificate.account, false, sender.certificate.device),
        count: missing,
      },
      false,
    );
  }
  // A counter that goes back under fresh keys: the device was copied, or restored from an old disk.
  if (message.counter < expected) raise(work, "staleDevice");
  putPeer(work, device, { counter: Math.max(message.counter, expected - 1), sequence: row.sequence, excused: 0 });
  const ours = hashAt(work.conversation, message.seen);
  if (message.seen > before || (ours && !bytesEqual(ours, message.seenHash))) raise(work, "fork");
}

function showMessage(work: Work, row: Row, sender: Member, message: Message): void {
  const { account, device } = sender.certificate;
  const own = bytesEqual(account, work.context.self.account);
  const content = readContent(message.content);
  const { again } = message;
  const awaited = again === null ? undefined : awaitedIn(work, device, again);
  if (again !== null) {
    if (!awaited) return;
    putPeer(work, toHex(device), { repeated: again });
  }
  switch (content.type) {
    case "text": {
      const messageId = messageIdOf(account, work.conversation.id, message.content);
      const sentAt = awaited ? earlierTime(message.sentAt, awaited.since, row.time) : plausibleTime(message.sentAt, row.time);
      count(work, row.position, own, { type: "textLine", sender: account, own, messageId, sentAt, text: content.text, salt: null });
      return;
    }
    case "receipt":
      if (!own) takeReceipt(work, row, content.receipt.delivered, content.receipt.read ?? 0);
      return;
    case "call":
      work.happenings.push({
        type: "callEvent",
        own,
        account,
        device,
        event: content.event,
        position: row.position,
        storedAt: instant(row.time),
      });
      // A call's line comes from the call part; that it was delivered is said like any line's.
      change(work, { receipts: { ...work.conversation.receipts, ownDelivered: row.position } });
      return;
    case "profile":
      if (!own) work.happenings.push({ type: "named", account, displayName: content.displayName });
      return;
    case "resend":
      return owe(work, device, content.resend);
    case "unknown":
      keepUnknown(work, row, account, message.content, plausibleTime(message.sentAt, row.time));
      return;
  }
}

function keepUnknown(work: Work, row: Row, account: Uint8Array<ArrayBuffer>, content: Uint8Array, sentAt: number): void {
  const own = bytesEqual(account, work.context.self.account);
  const messageId = messageIdOf(account, work.conversation.id, content);
  count(work, row.position, own, {
    type: "updateNeededLine",
    sender: account,
    own,
    messageId,
    sentAt,
    content: Uint8Array.from(content),
  });
}

/** A line from another is unread until our user has seen it, and delivered once this step is on the disk. */
function count(work: Work, position: number, own: boolean, line: Line): void {
  const shown = own || work.context.mayShow(work.conversation.with);
  putLine(work, position, 0, line, shown);
  live(work, { typingUntil: null });
  if (own) return;
  const { receipts } = work.conversation;
  change(work, { receipts: { ...receipts, ownDelivered: position } });
  if (!shown) return change(work, { hiddenFrom: work.conversation.hiddenFrom ?? position });
  markUnread(work, position);
  const messageId = line.type === "textLine" || line.type === "updateNeededLine" ? line.messageId : new Uint8Array(0);
  work.happenings.push({ type: "received", position, messageId });
}

export function markUnread(work: Work, position: number): void {
  change(work, { unreadAt: [...work.conversation.unreadAt, position].slice(-MAX_UNREAD) });
}

/** A receipt speaks of rows before itself, and never takes back what an earlier one said. */
function takeReceipt(work: Work, row: Row, delivered: number, read: number): void {
  if (delivered >= row.position || read > delivered) return raise(work, "fork");
  const { receipts } = work.conversation;
  change(work, {
    receipts: {
      ...receipts,
      peerDelivered: Math.max(receipts.peerDelivered, delivered),
      // Who does not tell others how far they have read is not told by them.
      peerRead: work.context.readReceipts ? Math.max(receipts.peerRead, read) : receipts.peerRead,
    },
  });
}

// —— Lines and epochs ————————————————————————————————————————————————————————————————————————————————————

/** Members see every change of members and devices. A leaf that only renewed its keys is no change of either. */
function showChange(work: Work, row: Row, by: Member, made: Change): void {
  const again = (member: Member): boolean =>
    made.removed.some((old) => bytesEqual(old.certificate.device, member.certificate.device));
  let part = 0;
  // A device that took its own leaf's place by an external commit is the same member as before, with new keys.
  const { account: who, device: which } = by.certificate;
  if (made.external && !made.added.some(({ certificate }) => bytesEqual(certificate.device, which)))
    putLine(work, row.position, part++, system(work, "rejoined", row.time, who, false, which), false);
  for (const member of made.added) {
    const { account, device } = member.certificate;
    const what = again(member) ? "rejoined" : "deviceAdded";
    putLine(work, row.position, part++, system(work, what, row.time, account, false, device), false);
  }
  for (const member of made.removed) {
    const { account, device } = member.certificate;
    const replaced = made.added.some((fresh) => bytesEqual(fresh.certificate.device, device));
    if (!replaced) putLine(work, row.position, part++, system(work, "deviceRemoved", row.time, account, false, device), false);
  }
}

/** What the server said it has, at positions where other rows stand, it has not: all of it goes out again. [C23] */
export function denyStored(work: Work): void {
  const { position, outbox } = work.conversation;
  const denied = ({ kind, state }: Outgoing): boolean =>
    kind !== "found" && state.at === "sealed" && state.stored > 0 && state.stored <= position;
  const lost = outbox.filter(denied);
  if (lost.length === 0) return;
  raise(work, "serverOrder", lost.length);
  if (lost.some(isCommit)) work.powers.engine.dropPending(work.conversation.id);
  change(work, { outbox: outbox.map((each) => (denied(each) ? requeue(each) : each)) });
  pause(work);
}

/** Sent again at once it would come to the same. [C24] */
function pause(work: Work): void {
  const { notBefore } = work.conversation.live;
  live(work, { notBefore: instant(Math.max(notBefore, after(work.context.now, DENIED_PAUSE))) });
}
const DENIED_PAUSE = seconds(2);
