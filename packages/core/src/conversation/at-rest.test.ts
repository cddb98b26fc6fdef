import { instant } from "@megachat/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chainKey,
  decodeConversation,
  decodeOutgoing,
  decodeSeen,
  encodeConversation,
  encodeOutgoing,
  encodeSeen,
} from "./at-rest.ts";
import { alarmTypes, calmLive, type Conversation, type Outgoing } from "./state.ts";

const bytes = (n: number) => fc.uint8Array({ minLength: n, maxLength: n }).map((value) => Uint8Array.from(value));
const count = fc.nat(1_000_000);
const time = fc.nat(2_000_000_000).map(instant);

const outgoing: fc.Arbitrary<Outgoing> = fc.record({
  id: bytes(16),
  kind: fc.constantFrom("found", "update", "content", "again"),
  content: fc.uint8Array({ maxLength: 64 }).map((value) => Uint8Array.from(value)),
  first: count,
  queuedAt: time,
  state: fc.oneof(
    fc.constant({ at: "queued" as const }),
    fc.record({
      at: fc.constant("failed" as const),
      reason: fc.constantFrom("blocked", "keysChanged", "ended", "refused", "tooLong"),
    }),
    fc.record({
      at: fc.constant("sealed" as const),
      turn: count,
      sequence: count,
      counter: count,
      body: bytes(40),
      bodyHash: bytes(32),
      welcome: fc.option(bytes(20)),
      groupInfo: fc.option(bytes(20)),
      stored: count,
    }),
  ),
});

const stretch = fc.record({ from: count, to: count });
const missed = fc.record({ from: count, to: count, since: time, device: bytes(16), rows: count });

const conversation: fc.Arbitrary<Conversation> = fc
  .record({
    id: bytes(16),
    with: bytes(16),
    suite: fc.constantFrom(1 as const, 2 as const),
    conversationKey: bytes(32),
    joinedAt: count,
    turn: count,
    hash: bytes(32),
    hashes: fc.array(bytes(32), { maxLength: 5 }),
    floor: fc.record({ turn: count, epoch: count, writtenAt: time }),
    sequence: count,
    counter: count,
    renewAt: count,
    outbox: fc.uniqueArray(outgoing, { maxLength: 4, selector: (each) => each.id.join() }),
    peers: fc.array(
      fc.tuple(
        bytes(16),
        fc.record({ counter: count, sequence: count, since: count, rejoinedAt: count, repeated: count, excused: count }),
      ),
      {
        maxLength: 3,
      },
    ),
    receipts: fc.record({
      peerDelivered: count,
      peerRead: count,
      ownDelivered: count,
      ownRead: count,
      sentDelivered: count,
      sentRead: count,
    }),
    unreadAt: fc.array(count, { maxLength: 5 }),
    hiddenFrom: fc.option(count),
    notes: count,
    draft: fc.string(),
    muted: fc.boolean(),
    ended: fc.boolean(),
    suspect: fc.boolean(),
    alarms: fc.array(fc.record({ type: fc.constantFrom(...alarmTypes), at: time, count }), { maxLength: 3 }),
    resend: fc.record({
      missed: fc.array(missed, { maxLength: 3 }),
      asked: fc.array(missed, { maxLength: 3 }),
      owed: fc.array(stretch, { maxLength: 3 }),
      restUntil: time,
    }),
    groupInfo: fc.record({ wanted: fc.boolean(), own: fc.option(bytes(32)) }),
    resync: fc.oneof(
      fc.constant({ at: "none" as const }),
      fc.record({ at: fc.constant("needed" as const), since: time, tries: count, notBefore: time }),
      fc.record({ at: fc.constant("joining" as const), since: time, tries: count, body: bytes(30), sequence: count, turn: count }),
    ),
  })
  .map(({ hashes, peers, ...rest }) => ({
    ...rest,
    position: hashes.length,
    recent: hashes.map((hash, i) => ({ position: i + 1, hash })),
    peers: new Map(peers.map(([device, peer]) => [Buffer.from(device).toString("hex"), peer])),
    lastLine: null,
    live: { ...calmLive, head: hashes.length },
  }));

describe("conversations at rest", () => {
  test("[C10] a conversation decodes to what was encoded", () => {
    fc.assert(
      fc.property(conversation, (value) => {
        const around = {
          outgoing: (id: Uint8Array) => value.outbox.find((each) => Buffer.from(each.id).equals(id)) ?? null,
          chain: value.recent.toReversed(),
        };
        expect(decodeConversation(encodeConversation(value), around)).toEqual(value);
      }),
    );
  });

  test("[C10] an outgoing message decodes to what was encoded", () => {
    fc.assert(
      fc.property(outgoing, (value) => {
        expect(decodeOutgoing(encodeOutgoing(value))).toEqual(value);
      }),
    );
  });

  test("[C10] a damaged row is refused, not guessed", () => {
    fc.assert(
      fc.property(conversation, fc.nat(), (value, where) => {
        const row = encodeConversation(value);
        const cut = row.subarray(0, where % row.length);
        expect(decodeConversation(cut, { outgoing: () => null, chain: [] })).toBe(null);
      }),
    );
    expect(decodeOutgoing(new Uint8Array(3))).toBe(null);
    expect(decodeSeen(Uint8Array.of(1))).toBe(null);
  });

  test("[C10] a chain hash has a row of its own in a ring", () => {
    const seen = { position: 7, hash: new Uint8Array(32).fill(3) };
    expect(decodeSeen(encodeSeen(seen))).toEqual(seen);
    const id = new Uint8Array(16).fill(1);
    expect(chainKey(id, 7)).toEqual(chainKey(id, 7 + 1024));
    expect(chainKey(id, 7)).not.toEqual(chainKey(id, 8));
  });
});
