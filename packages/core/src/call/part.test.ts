/** Two real engines in one conversation: keys, code and bytes of a call agree, and nothing else opens them. */
import { instant, silentLog, toHex } from "@megachat/base";
import { labels, newX25519Seed, openFromX25519, x25519KeyOf, type X25519Seed } from "@megachat/crypto";
import { newDirectRoster } from "@megachat/group";
import { decode, FrameKey, type MediaCommand, type SealedToWorker, type SessionAnswer, type SessionOffer } from "@megachat/wire";
import { expect, test } from "vitest";
import { newAccount, newDevice, NOW, seededRandom, Seat, value } from "../../../group/test-kit/people.ts";
import { drawJoin } from "./frame-keys.ts";
import {
  acceptIntent,
  fromEvent,
  fromMedia,
  fromReply,
  fromSignal,
  startIntent,
  stepCalls,
  type CallsStep,
  type MediaMessage,
} from "./part.ts";
import { newPhone, type CallInput } from "./types.ts";

const random = seededRandom("calls");
const offer = (fingerprint: number): SessionOffer => ({
  fingerprint: new Uint8Array(32).fill(fingerprint),
  iceUfrag: "abcd",
  icePwd: "abcdefghijklmnopqrstuv",
  candidates: [],
  audio: { payloadType: 111, ssrc: null, feedback: [], extensions: [] },
  video: { payloadType: 96, rtxPayloadType: null, ssrc: null, rtxSsrc: null, feedback: [], extensions: [] },
});
const answer: SessionAnswer = { ...offer(2), dtlsRole: "active" };

/** Alice and Bob in one conversation, each with a phone and a media worker's key. */
function couple() {
  const seat = (name: string): Seat => new Seat(newDevice(random, newAccount(random, name), 1));
  const [alice, bob] = [seat("alice"), seat("bob")];
  const conversation = random.bytes(16);
  const account = ({ device }: Seat) => ({
    account: device.account.id,
    n: 0,
    identityKey: device.account.identityKey,
    top: 1,
    standing: [1],
  });
  const roster = newDirectRoster(random.bytes(32), [account(alice), account(bob)]);
  const pending = value(
    alice.engine.createConversation({ conversation, suite: 2, roster, keyPackages: [bob.keyPackage(2)], now: NOW }),
  );
  value(alice.engine.adoptPending(conversation));
  value(bob.engine.stageWelcome(pending.welcome ?? new Uint8Array()));
  bob.engine.adoptWelcome();
  const side = (own: Seat) => ({
    seat: own,
    phone: newPhone,
    worker: newX25519Seed(random),
    keys: [] as SealedToWorker[],
  });
  return { conversation: toHex(conversation), alice: side(alice), bob: side(bob) };
}
type Pair = ReturnType<typeof couple>;
type Side = Pair["alice"];

/** Steps, and passes what comes of it to the other side and to the media, in the order in which it was said. */
function drive(pair: Pair, first: Side, input: CallInput | null): void {
  const queue: [Side, CallInput | null][] = [[first, input]];
  for (let next = queue.shift(); next; next = queue.shift()) queue.push(...stepOne(pair, ...next));
}

function stepOne(pair: Pair, side: Side, input: CallInput | null): [Side, CallInput | null][] {
  if (!input) throw new Error("no input");
  const other = side === pair.alice ? pair.bob : pair.alice;
  const stepped: CallsStep = stepCalls({ engine: side.seat.engine, random, log: silentLog }, side.phone, instant(NOW), input);
  side.phone = stepped.phone;
  const { conversation } = pair;
  const device = toHex(side.seat.device.id);
  const caused: [Side, CallInput | null][] = [];
  for (const { event } of stepped.events) {
    position++;
    const where = { conversation, position, at: instant(NOW), mayRing: true };
    caused.push([side, fromEvent(where, { account: "own", device, thisDevice: true }, event)]);
    caused.push([other, fromEvent(where, { account: "peer", device, thisDevice: false }, event)]);
  }
  for (const { signal } of stepped.signals) {
    caused.push([other, fromSignal(conversation, { account: "peer", device, thisDevice: false }, signal)]);
  }
  for (const effect of stepped.effects) {
    if (effect.type === "ask") caused.push([side, fromReply(effect.key, { type: "iceServers", servers: [], relay: false })]);
    if (effect.type !== "media") continue;
    const { page, call, command } = effect.command as MediaMessage;
    const event = mediaOf(side, command);
    if (event) caused.push([side, fromMedia({ page, call, event })]);
  }
  return caused;
}
let position = 0;

function mediaOf(side: Side, command: MediaCommand) {
  const workerKey = x25519KeyOf(side.worker);
  if (command.type === "offer") return { type: "offered", offer: offer(1), workerKey } as const;
  if (command.type === "answer") return { type: "answered", answer, workerKey } as const;
  if (command.type === "keys") side.keys.push(...command.sealed);
  return undefined;
}

function opened(seed: X25519Seed, call: Uint8Array, sealed: SealedToWorker): FrameKey | null {
  const plain = openFromX25519(labels.frameKeys, seed, call, sealed);
  const key = plain.ok ? decode(FrameKey, plain.value) : null;
  return key?.ok ? key.value : null;
}

function callOnce(): Pair {
  const pair = couple();
  drive(pair, pair.alice, startIntent(random, "tab", { conversation: pair.conversation, media: "audio", relayOnly: false }));
  const { call } = pair.bob.phone;
  if (call?.at !== "incoming") throw new Error("it does not ring");
  drive(pair, pair.bob, acceptIntent(random, pair.bob.phone, "tab", { call: call.id, media: "audio", relayOnly: false }));
  return pair;
}

test("[L8, M10, M11] what one side seals with the other opens with, each call and direction has keys of its own, and only the worker reads them", () => {
  const all = new Set<string>();
  for (let round = 0; round < 2; round++) {
    const { alice, bob } = callOnce();
    if (alice.phone.call?.at !== "running") throw new Error("no call");
    const id = alice.phone.call.start.call;
    const keysOf = (side: Side) => side.keys.map((sealed) => opened(side.worker, id, sealed));
    const [aliceReceives, aliceSends] = keysOf(alice);
    const [bobReceives, bobSends] = keysOf(bob);
    expect(aliceSends).toMatchObject({ direction: "send", baseKey: bobReceives?.baseKey, join: bobReceives?.join });
    expect(bobSends).toMatchObject({ direction: "send", baseKey: aliceReceives?.baseKey, join: aliceReceives?.join });
    for (const key of [aliceSends, bobSends]) all.add(toHex(key?.baseKey ?? new Uint8Array()));
    const [sealed] = alice.keys;
    if (!sealed) throw new Error("no keys");
    expect(opened(bob.worker, id, sealed)).toBeNull();
    expect(opened(alice.worker, random.bytes(16), sealed)).toBeNull();
  }
  expect(all.size).toBe(4);
});

test("[L18] both sides show the same 8 digits, and another fingerprint gives others", () => {
  const { alice, bob } = callOnce();
  expect(alice.phone.code).toMatch(/^\d{8}$/);
  expect(bob.phone.code).toBe(alice.phone.code);
  const codes = new Set(Array.from({ length: 5 }, () => callOnce().alice.phone.code));
  expect(codes.size).toBe(5);
});

test("[L8] a new epoch gives both new keys that agree", () => {
  const pair = callOnce();
  const { alice, bob } = pair;
  const call = alice.phone.call;
  if (call?.at !== "running") throw new Error("no call");
  const state = alice.seat.engine.state(alice.seat.engine.state(fromHexId(pair.conversation))?.conversation ?? new Uint8Array());
  if (!state) throw new Error("no conversation");
  const commit = value(alice.seat.engine.commitChange(state.conversation, { now: NOW }));
  bob.seat.engine.open(state.conversation, { kind: "commit", body: commit.commit });
  value(alice.seat.engine.adoptPending(state.conversation));
  const devices = [toHex(alice.seat.device.id), toHex(bob.seat.device.id)];
  for (const side of [alice, bob]) {
    side.keys.length = 0;
    drive(pair, side, { type: "epoch", conversation: pair.conversation, removal: false, devices });
  }
  const [aliceSends, bobReceives] = [alice.keys[1], bob.keys[0]];
  if (!aliceSends || !bobReceives) throw new Error("no keys");
  const sends = opened(alice.worker, call.start.call, aliceSends);
  expect(sends).toMatchObject({ epoch: state.epoch + 1 });
  expect(opened(bob.worker, call.start.call, bobReceives)?.baseKey).toEqual(sends?.baseKey);
});

test("[M10] a join whose 32 bits are taken is drawn again", () => {
  const taken = new Uint8Array(16).fill(9);
  const draws = [taken, new Uint8Array(16).fill(9, 0, 4), new Uint8Array(16).fill(3)];
  expect(drawJoin({ bytes: () => draws.shift() ?? new Uint8Array(16) }, taken)).toEqual(new Uint8Array(16).fill(3));
});

const fromHexId = (hex: string): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
