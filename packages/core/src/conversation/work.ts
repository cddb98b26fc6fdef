/** The workbench of one step over one conversation: what it becomes, what shall be done, what others should hear of. */
import { bytesEqual, type Instant, type Secret } from "@megachat/base";
import type { Change } from "@megachat/group";
import { MAX_PEERS, type AlarmType, type Conversation, type LastLine, type Peer } from "./state.ts";
import { chainKey, encodeConversation, encodeOutgoing, encodeSeen } from "./at-rest.ts";
import { encodeLine, shorten, type Line, type SystemEvent } from "./line.ts";
import type { Effect, Hex, Powers } from "../step.ts";

/** What a conversation needs to know of the rest of the account. */
export interface Context {
  readonly now: Instant;
  readonly online: boolean;
  readonly self: {
    readonly account: Uint8Array<ArrayBuffer>;
    readonly device: Uint8Array<ArrayBuffer>;
    readonly signatureSeed: Secret<Uint8Array<ArrayBuffer>>;
    readonly listVersion: number;
    readonly listHash: Uint8Array<ArrayBuffer>;
  };
  /** 16 random bytes of this run. */
  readonly run: Uint8Array<ArrayBuffer>;
  /** Whether our trust lets us send to this account. */
  readonly maySend: (account: Uint8Array) => "yes" | "blocked" | "keysChanged" | "removed";
  /** Whether what this account says is shown and counted. */
  readonly mayShow: (account: Uint8Array) => boolean;
  readonly readReceipts: boolean;
}

/** What other parts of the core should hear of. */
export type Happening =
  | {
      readonly type: "callEvent";
      readonly own: boolean;
      readonly account: Uint8Array;
      readonly device: Uint8Array;
      readonly event: Uint8Array<ArrayBuffer>;
      readonly position: number;
      readonly storedAt: Instant;
    }
  | {
      readonly type: "callSignal";
      readonly account: Uint8Array;
      readonly device: Uint8Array;
      readonly signal: Uint8Array<ArrayBuffer>;
    }
  /** A message named a version of its sender's device list. */
  | { readonly type: "listSeen"; readonly account: Uint8Array; readonly version: number; readonly hash: Uint8Array }
  /** Another said how they are called. */
  | { readonly type: "named"; readonly account: Uint8Array; readonly displayName: string }
  /** A line came from another. */
  | { readonly type: "received"; readonly position: number; readonly messageId: Uint8Array }
  /** The account log should remember how far this conversation is. */
  | { readonly type: "floor"; readonly turn: number; readonly epoch: number }
  /** The founding of this conversation was stored: both have it. */
  | { readonly type: "founded" }
  /** Another direct conversation of the two exists at the server; this one is gone. */
  | { readonly type: "foundElsewhere"; readonly conversation: Uint8Array }
  | { readonly type: "epochChanged"; readonly removal: boolean }
  /** A call event of ours was refused for good. `call` is in hexadecimal. */
  | { readonly type: "callRefused"; readonly call: string };

export interface Work {
  conversation: Conversation;
  readonly hex: Hex;
  readonly effects: Effect[];
  readonly happenings: Happening[];
  readonly powers: Powers;
  readonly context: Context;
}

export const change = (work: Work, to: Partial<Conversation>): void => {
  work.conversation = { ...work.conversation, ...to };
};
export const live = (work: Work, to: Partial<Conversation["live"]>): void => {
  change(work, { live: { ...work.conversation.live, ...to } });
};

/** A line about something that is no row: it stands behind the row read last, and behind the notes that do so already. */
export function putNote(work: Work, line: Line): void {
  const { position, notes } = work.conversation;
  putLine(work, position, FIRST_NOTE + notes, line);
  change(work, { notes: notes + 1 });
}
/** Parts below this belong to the row itself. */
const FIRST_NOTE = 100;

/** Others say how much is missing; what they say is counted up to here. [C21] */
const MAX_COUNT = 1_000_000;

/** Raises an alarm, or adds to the count of the one that stands. */
export function raise(work: Work, type: AlarmType, count = 1): void {
  const standing = work.conversation.alarms.find((alarm) => alarm.type === type);
  const alarm = { type, at: standing?.at ?? work.context.now, count: Math.min((standing?.count ?? 0) + count, MAX_COUNT) };
  work.powers.log.warn("conversationAlarm", { kind: type });
  change(work, { alarms: [alarm, ...work.conversation.alarms.filter((other) => other.type !== type)] });
}
export const calm = (work: Work, type: AlarmType): void => {
  if (work.conversation.alarms.some((alarm) => alarm.type === type))
    change(work, { alarms: work.conversation.alarms.filter((alarm) => alarm.type !== type) });
};

const unheard: Peer = { counter: 0, sequence: 0, since: 0, rejoinedAt: 0, repeated: 0, excused: 0 };

/** A contact can come with ever more devices: the one heard of longest ago gives way. */
export function putPeer(work: Work, device: string, news: Partial<Peer>): void {
  const peers = new Map(work.conversation.peers);
  const peer = { ...(peers.get(device) ?? unheard), ...news };
  peers.delete(device);
  peers.set(device, peer);
  const [oldest] = peers.keys();
  if (peers.size > MAX_PEERS && oldest !== undefined) peers.delete(oldest);
  change(work, { peers });
}

/** Puts a line on the disk and under the conversation's name in the list. */
export function putLine(work: Work, position: number, part: number, line: Line, listed = true): void {
  const message = line.type === "textLine" || line.type === "updateNeededLine" ? line : undefined;
  work.effects.push({
    type: "store",
    put: "line",
    conversation: work.conversation.id,
    position,
    part,
    sender: message?.sender ?? null,
    messageId: message?.messageId ?? null,
    body: encodeLine(line),
  });
  const last: LastLine | null = listed ? shorten(line, position) : null;
  if (last) change(work, { lastLine: last });
}

/** A line about people and devices. `who` is whose they are; null where they are nobody's. */
export function system(
  work: Work,
  what: SystemEvent,
  at: number,
  who: Uint8Array<ArrayBuffer> | null,
  own: boolean,
  device: Uint8Array<ArrayBuffer> | null,
): Extract<Line, { readonly type: "systemLine" }> {
  const ours = own || (who !== null && bytesEqual(who, work.context.self.account));
  return { type: "systemLine", at, what, who, own: ours, device, count: 1 };
}

/** A new epoch: calls change keys, and the account log will remember how far we are. */
export function noteEpoch(work: Work, made: Change): void {
  work.happenings.push({ type: "epochChanged", removal: made.removed.length > 0 });
}

/** The store effects that take the disk from `before` to what the work has made of it. */
export function storeChanges(work: Work, before: Conversation | undefined): readonly Effect[] {
  const { conversation } = work;
  if (conversation === before) return [];
  const effects: Effect[] = [];
  const old = before?.outbox ?? [];
  for (const outgoing of conversation.outbox)
    if (!old.includes(outgoing))
      effects.push({ type: "store", put: "row", space: "outbox", key: outgoing.id, value: encodeOutgoing(outgoing) });
  for (const gone of old)
    if (!conversation.outbox.some((outgoing) => bytesEqual(outgoing.id, gone.id)))
      effects.push({ type: "store", put: "row", space: "outbox", key: gone.id, value: null });
  for (const seen of conversation.recent.filter(({ position }) => position > (before?.position ?? 0)))
    effects.push({
      type: "store",
      put: "row",
      space: "chain",
      key: chainKey(conversation.id, seen.position),
      value: encodeSeen(seen),
    });
  if (!before || persistentChanged(before, conversation))
    effects.push({
      type: "store",
      put: "row",
      space: "conversation",
      key: conversation.id,
      value: encodeConversation(conversation),
    });
  return effects;
}

function persistentChanged(before: Conversation, now: Conversation): boolean {
  const apart = new Set<keyof Conversation>(["live", "recent"]);
  return (Object.keys(now) as (keyof Conversation)[]).some((name) => !apart.has(name) && before[name] !== now[name]);
}
