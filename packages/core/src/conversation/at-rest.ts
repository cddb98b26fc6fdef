/** A {@link Conversation} as it lies in the local database. What only this run knows is not stored. [C10] */
import { concatBytes, instant, toHex, u64, type Instant } from "@megachat/base";
import {
  bool,
  bytes,
  choice,
  decode,
  encode,
  fixed,
  hash32,
  id16,
  list,
  MAX_BODY,
  MAX_STRETCHES,
  MAX_TEXT,
  MAX_WELCOME,
  nullable,
  object,
  oneOf,
  struct,
  text,
  u53,
  u8,
  type ValueOf,
} from "@megachat/wire";
import {
  alarmTypes,
  callOutcomes,
  calmLive,
  MAX_PEERS,
  MAX_UNREAD,
  RECENT,
  type Conversation,
  type Missed,
  type Outgoing,
  type OutgoingState,
  type Resync,
  type Seen,
} from "./state.ts";

const Queued = object("queued", 0x0c01, 1, {});
const Sealed = object("sealed", 0x0c02, 1, {
  turn: u53,
  sequence: u53,
  counter: u53,
  body: bytes(MAX_BODY),
  bodyHash: hash32,
  welcome: nullable(bytes(MAX_WELCOME)),
  groupInfo: nullable(bytes(MAX_WELCOME)),
  stored: u53,
});
const Failed = object("failed", 0x0c03, 1, {
  reason: choice(["blocked", "keysChanged", "removed", "ended", "refused", "tooLong"]),
});

const OutgoingRow = object("outgoing", 0x0c04, 1, {
  id: id16,
  kind: choice(["found", "update", "content", "again"]),
  content: bytes(MAX_TEXT + 4096),
  first: u53,
  queuedAt: u53,
  state: oneOf([Queued, Sealed, Failed]),
});

const NoResync = object("noResync", 0x0c05, 1, {});
const ResyncNeeded = object("resyncNeeded", 0x0c06, 1, { since: u53, tries: u53, notBefore: u53 });
const ResyncJoining = object("resyncJoining", 0x0c07, 1, {
  since: u53,
  tries: u53,
  body: bytes(MAX_BODY),
  sequence: u53,
  turn: u53,
});

const stretch = struct({ from: u53, to: u53 });
const missed = struct({ from: u53, to: u53, since: u53, device: id16, rows: u53 });

const ConversationRow = object("conversation", 0x0c08, 1, {
  id: id16,
  with: id16,
  suite: u8,
  conversationKey: fixed(32),
  joinedAt: u53,
  position: u53,
  turn: u53,
  hash: hash32,
  floor: struct({ turn: u53, epoch: u53, writtenAt: u53 }),
  sequence: u53,
  counter: u53,
  renewAt: u53,
  outboxIds: list(id16, 10_000),
  peers: list(
    struct({ device: id16, counter: u53, sequence: u53, since: u53, rejoinedAt: u53, repeated: u53, excused: u53 }),
    MAX_PEERS,
  ),
  receipts: struct({ peerDelivered: u53, peerRead: u53, ownDelivered: u53, ownRead: u53, sentDelivered: u53, sentRead: u53 }),
  unreadAt: list(u53, MAX_UNREAD),
  hiddenFrom: nullable(u53),
  lastLine: nullable(
    struct({
      position: u53,
      own: bool,
      at: u53,
      text: text(1024),
      kind: choice(["text", "call", "system", "updateNeeded"]),
      call: nullable(struct({ video: bool, outcome: choice(callOutcomes), duration: nullable(u53) })),
    }),
  ),
  notes: u53,
  draft: text(MAX_TEXT * 4),
  muted: bool,
  alarms: list(struct({ type: choice(alarmTypes), at: u53, count: u53 }), alarmTypes.length),
  resync: oneOf([NoResync, ResyncNeeded, ResyncJoining]),
  resend: struct({
    missed: list(missed, MAX_STRETCHES),
    asked: list(missed, MAX_STRETCHES),
    owed: list(stretch, MAX_STRETCHES),
    restUntil: u53,
  }),
  groupInfo: struct({ wanted: bool, own: nullable(hash32) }),
  suspect: bool,
  ended: bool,
});

/** Outgoing messages are rows of their own: a long outbox is not rewritten with every receipt. */
export function encodeConversation(conversation: Conversation): Uint8Array<ArrayBuffer> {
  return encode(ConversationRow, {
    ...conversation,
    type: "conversation",
    outboxIds: conversation.outbox.map((outgoing) => outgoing.id),
    peers: [...conversation.peers].map(([device, peer]) => ({ device: fromHexId(device), ...peer })),
    resync: resyncToRow(conversation.resync),
  });
}

/** What lies around a conversation's own row. */
export interface Around {
  readonly outgoing: (id: Uint8Array) => Outgoing | null;
  /** Chain hashes in any order, of any age: a ring keeps old ones until they are overwritten. */
  readonly chain: readonly Seen[];
}

/** The conversation of a row; null when the row is damaged. */
export function decodeConversation(row: Uint8Array, around: Around): Conversation | null {
  const read = decode(ConversationRow, row);
  if (!read.ok) return null;
  const { type: _type, outboxIds, peers, resync, suite, ...plain } = read.value;
  if (suite !== 1 && suite !== 2) return null;
  return {
    ...plain,
    suite,
    floor: { ...plain.floor, writtenAt: instant(plain.floor.writtenAt) },
    lastLine: plain.lastLine && { ...plain.lastLine, at: instant(plain.lastLine.at) },
    resend: {
      ...plain.resend,
      missed: plain.resend.missed.map(toMissed),
      asked: plain.resend.asked.map(toMissed),
      restUntil: instant(plain.resend.restUntil),
    },
    alarms: plain.alarms.map((alarm) => ({ ...alarm, at: instant(alarm.at) })),
    outbox: outboxIds.flatMap((id) => around.outgoing(id) ?? []),
    recent: around.chain
      .filter((seen) => seen.position <= plain.position && seen.position > plain.position - RECENT)
      .toSorted((a, b) => a.position - b.position),
    peers: new Map(peers.map(({ device, ...peer }) => [toHex(device), peer])),
    resync: resyncFromRow(resync),
    live: { ...calmLive, head: plain.position },
  };
}

const toMissed = (read: ValueOf<typeof missed>): Missed => ({ ...read, since: instant(read.since) });

const ChainRow = object("chain", 0x0c09, 1, { position: u53, hash: hash32 });
/** A hash of the chain is a row of its own in a ring: reading a log row does not rewrite the others. */
export const chainKey = (conversation: Uint8Array, position: number): Uint8Array =>
  concatBytes(conversation, u64(position % RECENT));
export const conversationOfChainKey = (key: Uint8Array): Uint8Array => key.subarray(0, 16);
export const encodeSeen = (seen: Seen): Uint8Array<ArrayBuffer> => encode(ChainRow, { type: "chain", ...seen });
export function decodeSeen(row: Uint8Array): Seen | null {
  const read = decode(ChainRow, row);
  return read.ok ? { position: read.value.position, hash: read.value.hash } : null;
}

export function encodeOutgoing(outgoing: Outgoing): Uint8Array<ArrayBuffer> {
  return encode(OutgoingRow, { ...outgoing, type: "outgoing", state: stateToRow(outgoing.state) });
}

export function decodeOutgoing(row: Uint8Array): Outgoing | null {
  const read = decode(OutgoingRow, row);
  if (!read.ok) return null;
  const { type: _type, queuedAt, state, ...plain } = read.value;
  return { ...plain, queuedAt: instant(queuedAt), state: stateFromRow(state) };
}

type StateRow = ValueOf<typeof OutgoingRow>["state"];
const stateToRow = (state: OutgoingState): StateRow => {
  switch (state.at) {
    case "queued":
      return { type: "queued" };
    case "sealed":
      return { type: "sealed", ...state };
    case "failed":
      return { type: "failed", reason: state.reason };
  }
};
const stateFromRow = (row: StateRow): OutgoingState => {
  switch (row.type) {
    case "queued":
      return { at: "queued" };
    case "sealed": {
      const { type: _type, ...rest } = row;
      return { at: "sealed", ...rest };
    }
    case "failed":
      return { at: "failed", reason: row.reason };
  }
};

type ResyncRow = ValueOf<typeof ConversationRow>["resync"];
const resyncToRow = (resync: Resync): ResyncRow => {
  switch (resync.at) {
    case "none":
      return { type: "noResync" };
    case "needed":
      return { type: "resyncNeeded", ...resync };
    case "joining":
      return { type: "resyncJoining", ...resync };
  }
};
const resyncFromRow = (row: ResyncRow): Resync => {
  const at = (since: number): Instant => instant(since);
  switch (row.type) {
    case "noResync":
      return { at: "none" };
    case "resyncNeeded":
      return { at: "needed", since: at(row.since), tries: row.tries, notBefore: at(row.notBefore) };
    case "resyncJoining":
      return { at: "joining", since: at(row.since), tries: row.tries, body: row.body, sequence: row.sequence, turn: row.turn };
  }
};

function fromHexId(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
