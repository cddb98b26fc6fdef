/** The state table, exhaustively for short sequences, and its transitions one by one. */
import { instant, toHex, type Instant } from "@megachat/base";
import type {
  CallAccept,
  CallEvent,
  CallSignal,
  CallStart,
  MediaCommand,
  MediaEvent,
  SessionAnswer,
  SessionOffer,
} from "@megachat/wire";
import { describe, expect, test } from "vitest";
import { stepCall } from "./step.ts";
import { ANSWER_WITHIN, CONFIRM_WITHIN, CONNECT_WITHIN, LOST_AFTER, PATH_AGAIN_AFTER, PATH_EVERY, RING_LASTS } from "./timing.ts";
import { newPhone, type CallEffect, type CallInput, type Phone, type Sender } from "./types.ts";

const id = (n: number): Uint8Array<ArrayBuffer> => new Uint8Array(16).fill(n);
const OFFER: SessionOffer = {
  fingerprint: new Uint8Array(32),
  iceUfrag: "abcd",
  icePwd: "abcdefghijklmnopqrstuv",
  candidates: [],
  audio: { payloadType: 111, ssrc: null, feedback: [], extensions: [] },
  video: { payloadType: 96, rtxPayloadType: null, ssrc: null, rtxSsrc: null, feedback: [], extensions: [] },
};
const ANSWER: SessionAnswer = { ...OFFER, dtlsRole: "active" };
const WORKER_KEY = new Uint8Array(32);
const CANDIDATE = {
  foundation: 1,
  priority: 1,
  address: { kind: "ip4" as const, value: Uint8Array.of(192, 0, 2, 1) },
  port: 5000,
  kind: "host" as const,
};

const bob = "conversation with bob";
const carol = "conversation with carol";
const PHONE: Sender = { account: "peer", device: "bob's phone", thisDevice: false };
const LAPTOP: Sender = { account: "peer", device: "bob's laptop", thisDevice: false };
const CAROL: Sender = { account: "peer", device: "carol's phone", thisDevice: false };
const SELF: Sender = { account: "own", device: "this", thisDevice: true };
const OTHER: Sender = { account: "own", device: "my other device", thisDevice: false };

const THEIRS = id(1);
const OURS = id(2);
const CAROLS = id(3);
const AGAIN = id(4);
const theirStart = (call = THEIRS, media: "audio" | "video" = "audio"): CallStart => ({
  type: "callStart",
  call,
  media,
  join: id(0xb0),
  offer: OFFER,
});
const theirAccept: CallAccept = { type: "callAccept", call: OURS, join: id(0xb1), answer: ANSWER };
const ourStart: CallStart = { type: "callStart", call: OURS, media: "audio", join: id(0xa0), offer: OFFER };
const ourAccept: CallAccept = { type: "callAccept", call: THEIRS, join: id(0xa1), answer: ANSWER };

const durable = (event: CallEvent, from: Sender, position: number, conversation = bob, mayRing = true): CallInput => ({
  type: "durable",
  conversation,
  position,
  at: instant(0),
  from,
  event,
  mayRing,
});
const says = (signal: CallSignal, from = PHONE, conversation = bob): CallInput => ({
  type: "transient",
  conversation,
  from,
  signal,
});
const ringing = (number: number, call = THEIRS, from = PHONE, conversation = bob): CallInput =>
  says({ type: "callRinging", call, number }, from, conversation);
const click = {
  start: {
    type: "intent",
    page: "tab",
    intent: { type: "start", conversation: bob, media: "audio", relayOnly: false, call: OURS, join: id(0xa0), spareJoin: id(0xa1) },
  },
  accept: {
    type: "intent",
    page: "tab",
    intent: { type: "accept", call: toHex(THEIRS), media: "audio", relayOnly: false, join: id(0xa1) },
  },
  acceptElsewhere: {
    type: "intent",
    page: "tab two",
    intent: { type: "accept", call: toHex(THEIRS), media: "video", relayOnly: false, join: id(0xa2) },
  },
  decline: { type: "intent", page: "tab", intent: { type: "decline", call: toHex(THEIRS) } },
} as const satisfies Record<string, CallInput>;
const hangUp = (call: Uint8Array): CallInput => ({ type: "intent", page: "tab", intent: { type: "hangUp", call: toHex(call) } });
const dismiss = (call: Uint8Array): CallInput => ({ type: "intent", page: "tab", intent: { type: "dismiss", call: toHex(call) } });
const media = (call: Uint8Array, event: MediaEvent, page = "tab"): CallInput => ({ type: "media", page, call: toHex(call), event });
const path = (call: Uint8Array): CallInput => ({ type: "path", call: toHex(call), servers: [], relay: false });
const captured: MediaEvent = { type: "captured", microphone: { at: "on" }, camera: { at: "off" }, screen: false, held: false };
const offered: MediaEvent = { type: "offered", offer: OFFER, workerKey: WORKER_KEY };
const answered: MediaEvent = { type: "answered", answer: ANSWER, workerKey: WORKER_KEY };
const live = (join = id(0xa1), from = PHONE): CallInput => says({ type: "callLive", call: THEIRS, join }, from);

/** A phone that is fed, remembering the effects of the last input. */
function fed(...inputs: readonly CallInput[]): {
  phone: Phone;
  effects: readonly CallEffect[];
  now: Instant;
  feed: (...more: readonly CallInput[]) => void;
  pass: (ms: number) => void;
} {
  const it = {
    phone: newPhone,
    effects: [] as readonly CallEffect[],
    now: instant(1_000_000),
    feed: (...more: readonly CallInput[]) => {
      for (const input of more) [it.phone, it.effects] = stepCall(it.phone, it.now, input);
    },
    pass: (ms: number) => {
      it.now = instant(it.now + ms);
      it.feed({ type: "timeIs" });
    },
  };
  it.feed(...inputs);
  return it;
}
const commands = (effects: readonly CallEffect[]): readonly MediaCommand["type"][] =>
  effects.flatMap((effect) => (effect.type === "media" ? [effect.command.type] : []));
const sent = (effects: readonly CallEffect[]): readonly CallEvent[] =>
  effects.flatMap((effect) => (effect.type === "send" ? [effect.event] : []));
const signals = (effects: readonly CallEffect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.type === "signal" ? [effect.signal.type] : []));

const toRinging = [durable(theirStart(), PHONE, 10), ringing(1)];
const toAnswering = [...toRinging, click.accept, media(THEIRS, captured), path(THEIRS), media(THEIRS, answered)];
const toCallee = [...toAnswering, durable(ourAccept, SELF, 11), live(), media(THEIRS, { type: "connected" })];
const toStored = [click.start, media(OURS, captured), path(OURS), media(OURS, offered), durable(ourStart, SELF, 10)];
const toCaller = [...toStored, durable(theirAccept, PHONE, 11), media(OURS, { type: "connected" })];

describe("ringing", () => {
  test("[L5] a start alone never rings, however often it comes", () => {
    const it = fed(durable(theirStart(), PHONE, 10), durable(theirStart(), PHONE, 12));
    expect(it.phone.call).toBeNull();
  });

  test("[L5] it rings with the first ringing, is said to ring, and stops when that is not renewed", () => {
    const it = fed(...toRinging);
    expect(it.phone.call?.at).toBe("incoming");
    expect(signals(it.effects)).toEqual(["callAlerting"]);
    it.pass(RING_LASTS - 1);
    it.feed(ringing(2));
    it.pass(RING_LASTS - 1);
    expect(it.phone.call?.at).toBe("incoming");
    it.pass(1);
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "noAnswer" } });
  });

  test("[L5] what fell silent rings again when it is renewed, unless the caller has ended it or its patience is over", () => {
    const silent = fed(...toRinging);
    silent.pass(RING_LASTS);
    silent.feed(ringing(1));
    expect(silent.phone.call?.at).toBe("ended");
    silent.feed(ringing(2));
    expect(silent.phone.call).toMatchObject({ at: "incoming", id: toHex(THEIRS) });
    silent.feed(click.accept, media(THEIRS, captured), path(THEIRS), media(THEIRS, answered));
    expect(sent(silent.effects)).toMatchObject([{ type: "callAccept" }]);

    const given = fed(...toRinging);
    given.pass(RING_LASTS);
    given.feed(durable({ type: "callEnd", call: THEIRS, reason: "cancelled" }, PHONE, 11), ringing(2));
    expect(given.phone.call?.at).toBe("ended");

    const late = fed(...toRinging);
    late.pass(RING_LASTS);
    late.pass(ANSWER_WITHIN);
    late.feed(ringing(2));
    expect(late.phone.call?.at).toBe("ended");
  });

  test.each([
    ["an equal number", ringing(1)],
    ["a lower number", ringing(0)],
    ["another device", ringing(9, THEIRS, LAPTOP)],
    ["another conversation", ringing(9, THEIRS, CAROL, carol)],
  ])("[L5] a ringing with %s renews nothing", (_, input) => {
    const it = fed(...toRinging);
    it.pass(RING_LASTS - 1);
    it.feed(input);
    it.pass(1);
    expect(it.phone.call?.at).toBe("ended");
  });

  test("[L12] calls from people who are no contacts do not ring", () => {
    expect(fed(durable(theirStart(), PHONE, 10, bob, false), ringing(1)).phone.call).toBeNull();
  });

  test("[L5] an ended call does not ring again", () => {
    const it = fed(...toRinging, durable({ type: "callEnd", call: THEIRS, reason: "cancelled" }, PHONE, 11), ringing(2));
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "cancelled", by: "peer" } });
  });

  test("[L6] an answer or a refusal on my other device ends the ringing here", () => {
    const elsewhere = fed(...toRinging, durable(ourAccept, OTHER, 11));
    expect(elsewhere.phone.call).toMatchObject({ at: "ended", outcome: { type: "answeredElsewhere" } });
    const declined = fed(...toRinging, durable({ type: "callDecline", call: THEIRS, reason: "declined" }, OTHER, 11));
    expect(declined.phone.call).toMatchObject({ at: "ended", outcome: { type: "declined", by: "self" } });
  });

  test("[L12] who is in a call is busy for others, and a second caller waits while one rings", () => {
    const busy = fed(...toCaller, durable(theirStart(CAROLS), CAROL, 3, carol), ringing(1, CAROLS, CAROL, carol));
    expect(sent(busy.effects)).toEqual([{ type: "callDecline", call: CAROLS, reason: "busy" }]);
    expect(busy.phone.call?.at).toBe("running");
    const waiting = fed(
      ...toRinging,
      durable(theirStart(CAROLS), CAROL, 3, carol),
      ringing(1, CAROLS, CAROL, carol),
      click.decline,
    );
    waiting.feed(ringing(2, CAROLS, CAROL, carol));
    expect(waiting.phone.call).toMatchObject({ at: "incoming", id: toHex(CAROLS) });
  });
});

describe("answering", () => {
  test("[L8] the click captures and asks for a path; media is sent only after our accept has won and is confirmed", () => {
    const it = fed(...toRinging, click.accept);
    expect(commands(it.effects)).toEqual(["capture"]);
    it.feed(path(THEIRS));
    expect(commands(it.effects)).toEqual(["answer"]);
    it.feed(media(THEIRS, answered));
    expect(sent(it.effects)).toEqual([ourAccept]);
    it.feed(durable(ourAccept, SELF, 11));
    expect(commands(it.effects)).toEqual([]);
    it.feed(live());
    expect(commands(it.effects)).toEqual(["send"]);
    expect(it.effects.find(({ type }) => type === "frameKeys")).toMatchObject({
      join: id(0xa1),
      peer: { device: PHONE.device, join: id(0xb0) },
    });
  });

  test("[L7] the confirmation may overtake the log, but must name this very accept and come from the caller", () => {
    const early = fed(...toAnswering, live());
    expect(commands(early.effects)).toEqual([]);
    early.feed(durable(ourAccept, SELF, 11));
    expect(commands(early.effects)).toEqual(["send"]);
    for (const wrong of [live(id(0xa7)), live(id(0xa1), LAPTOP)]) {
      expect(fed(...toAnswering, durable(ourAccept, SELF, 11), wrong).phone.call?.at).toBe("answering");
    }
  });

  test("[L7] an accept that nobody confirms ends", () => {
    const it = fed(...toAnswering, durable(ourAccept, SELF, 11));
    it.pass(CONFIRM_WITHIN);
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "failed", why: "peerFailed" } });
    expect(commands(it.effects)).toEqual(["close"]);
  });

  test("[L6] of two tabs the first answers; of two devices the first in the log", () => {
    const tabs = fed(...toRinging, click.accept, click.acceptElsewhere);
    expect(tabs.phone.call).toMatchObject({ at: "answering", page: "tab" });
    expect(tabs.effects).toEqual([{ type: "outcome", outcome: "callGone" }]);
    const devices = fed(...toAnswering, durable({ ...ourAccept, join: id(0xa5) }, OTHER, 11));
    expect(devices.phone.call).toMatchObject({ at: "ended", outcome: { type: "answeredElsewhere" } });
    expect(commands(devices.effects)).toEqual(["close"]);
  });

  test("[L16] when the answering tab goes before it has answered, it rings again", () => {
    const it = fed(...toRinging, click.accept, { type: "pageGone", page: "tab" });
    expect(it.phone.call?.at).toBe("incoming");
    it.feed(click.acceptElsewhere);
    expect(it.phone.call).toMatchObject({ at: "answering", page: "tab two" });
  });

  test("[L15] candidates that come before the answer go into it, later ones follow it", () => {
    const late = says({ type: "callCandidates", call: THEIRS, generation: 0, candidates: [CANDIDATE] });
    const it = fed(...toRinging, late, click.accept, path(THEIRS));
    expect(it.effects.find((effect) => effect.type === "media")).toMatchObject({
      command: { type: "answer", candidates: [CANDIDATE] },
    });
    it.feed(late);
    expect(commands(it.effects)).toEqual(["candidates"]);
    it.feed(says({ type: "callCandidates", call: THEIRS, generation: 0, candidates: [CANDIDATE] }, LAPTOP));
    expect(commands(it.effects)).toEqual([]);
  });
});

describe("calling", () => {
  test("[L9] the start is sent with the offer, and rung only once it is in the log", () => {
    const it = fed(click.start);
    expect(commands(it.effects)).toEqual(["capture"]);
    it.feed(path(OURS), media(OURS, offered));
    expect(sent(it.effects)).toEqual([ourStart]);
    expect(signals(it.effects)).toEqual([]);
    it.feed(durable(ourStart, SELF, 10));
    expect(signals(it.effects)).toEqual(["callRinging"]);
  });

  test("[L5] ringing is renewed under rising numbers until somebody answers", () => {
    const it = fed(...toStored);
    const numbers: number[] = [];
    for (let i = 0; i < 20; i++) {
      it.pass(1000);
      for (const effect of it.effects)
        if (effect.type === "signal" && effect.signal.type === "callRinging") numbers.push(effect.signal.number);
    }
    expect(numbers).toEqual([2, 3, 4, 5]);
  });

  test("[L6] the first accept wins and is confirmed; keys, answer and media follow", () => {
    const it = fed(...toStored, durable(theirAccept, PHONE, 11));
    expect(it.phone.call).toMatchObject({ at: "running", device: PHONE.device });
    expect(commands(it.effects)).toEqual(["accepted", "send"]);
    expect(signals(it.effects)).toEqual(["callLive"]);
    it.feed(durable({ ...theirAccept, join: id(0xb9) }, LAPTOP, 12));
    expect(it.phone.call).toMatchObject({ at: "running", device: PHONE.device });
    expect(it.effects).toEqual([]);
  });

  test("[L6] an accept under our own 32 bits is none", () => {
    const it = fed(...toStored, durable({ ...theirAccept, join: id(0xa0) }, PHONE, 11));
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "failed", why: "peerFailed" } });
  });

  test("[L13] cancel, decline, busy and a minute without answer", () => {
    const cancelled = fed(...toStored, hangUp(OURS));
    expect(sent(cancelled.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "cancelled" }]);
    expect(commands(cancelled.effects)).toEqual(["close"]);
    cancelled.feed(durable(theirAccept, PHONE, 12));
    expect(cancelled.phone.call?.at).toBe("ended");
    for (const reason of ["declined", "busy"] as const) {
      const it = fed(...toStored, durable({ type: "callDecline", call: OURS, reason }, PHONE, 11));
      expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: reason } });
      expect(commands(it.effects)).toEqual(["close"]);
    }
    const alone = fed(...toStored);
    alone.pass(ANSWER_WITHIN);
    expect(alone.phone.call).toMatchObject({ at: "ended", outcome: { type: "noAnswer" } });
    expect(sent(alone.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "noAnswer" }]);
  });

  const isAlerting = ({ call }: Phone): boolean | undefined => (call?.at === "outgoing" ? call.alertingUntil !== null : undefined);

  test("[L9] it is said to ring only when one of their devices says so", () => {
    const it = fed(...toStored);
    expect(isAlerting(it.phone)).toBe(false);
    it.feed(says({ type: "callAlerting", call: OURS, number: 7 }));
    expect(isAlerting(it.phone)).toBe(false);
    it.feed(says({ type: "callAlerting", call: OURS, number: 1 }, LAPTOP));
    expect(isAlerting(it.phone)).toBe(true);
  });

  test("[L9] what is not said again for as long as it would ring is not true any more", () => {
    const it = fed(...toStored);
    it.feed(says({ type: "callAlerting", call: OURS, number: 1 }));
    it.pass(RING_LASTS / 2);
    it.feed(says({ type: "callAlerting", call: OURS, number: 2 }));
    it.pass(RING_LASTS / 2);
    expect(isAlerting(it.phone)).toBe(true);
    it.pass(RING_LASTS);
    expect(isAlerting(it.phone)).toBe(false);
    it.feed(says({ type: "callAlerting", call: OURS, number: 3 }));
    expect(isAlerting(it.phone)).toBe(true);
  });

  test("[L9] without the server nothing is announced, and the call says why it ended", () => {
    const it = fed(click.start, { type: "path", call: toHex(OURS), servers: null, relay: false });
    it.feed({ type: "link", online: true });
    expect(it.effects).toContainEqual({ type: "findPath", call: toHex(OURS) });
    it.pass(ANSWER_WITHIN);
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "failed", why: "serverUnreachable" } });
    expect(sent(it.effects)).toEqual([]);
  });
});

describe("through the relay only", () => {
  const hidden = <T extends { readonly intent: object }>(wish: T): T => ({ ...wish, intent: { ...wish.intent, relayOnly: true } });
  const relayed = (call: Uint8Array): CallInput => ({ type: "path", call: toHex(call), servers: [], relay: true });

  test("[L19] where the server has no relay, nobody is called, and it is said why", () => {
    const it = fed(hidden(click.start), path(OURS));
    expect(it.phone).toMatchObject({ call: { at: "ended", outcome: { type: "failed", why: "noRelay" } }, serverHasRelay: false });
    expect(sent(it.effects)).toEqual([]);
    expect(commands(it.effects)).toEqual(["close"]);
  });

  test("[L19] the one who is called hears why, and the caller need not wait", () => {
    const it = fed(...toRinging, hidden(click.accept), path(THEIRS));
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "failed", why: "noRelay" } });
    expect(sent(it.effects)).toEqual([{ type: "callDecline", call: THEIRS, reason: "declined" }]);
    expect(commands(it.effects)).toEqual(["close"]);
  });

  test("[L19] with a relay the wish goes with the first command that opens a connection, on either side", () => {
    const command = ({ effects }: { readonly effects: readonly CallEffect[] }) =>
      effects.flatMap((effect) => (effect.type === "media" ? [effect.command] : []));
    expect(command(fed(hidden(click.start), relayed(OURS)))).toMatchObject([{ type: "offer", relayOnly: true }]);
    const called = fed(...toRinging, hidden(click.accept), relayed(THEIRS));
    expect(command(called)).toMatchObject([{ type: "answer", relayOnly: true }]);
  });
});

describe("both at once", () => {
  const theyCall = [durable(theirStart(), PHONE, 9), ringing(1)];
  test("[L11] the earlier start stands: who is later answers it without another click", () => {
    const it = fed(...toStored, ...theyCall);
    expect(it.phone.call).toMatchObject({ at: "answering", id: toHex(THEIRS), page: "tab" });
    expect(sent(it.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "replaced" }]);
    it.feed(path(THEIRS), media(THEIRS, answered));
    expect(sent(it.effects)).toEqual([ourAccept]);
  });

  test("[L11] [L14] what our tab has open belongs to their call at once: it closes, or falls silent, before the path is known", () => {
    const it = fed(...toStored, ...theyCall);
    expect(it.effects).toContainEqual({
      type: "media",
      page: "tab",
      call: toHex(THEIRS),
      command: { type: "capture", camera: false },
    });
    it.feed(durable(ourAccept, OTHER, 12));
    expect(it.phone.call?.at).toBe("ended");
    expect(it.effects).toContainEqual({ type: "media", page: "tab", call: toHex(THEIRS), command: { type: "close" } });
  });

  test("[L11] who is earlier waits for the other's accept", () => {
    const it = fed(...toStored, durable(theirStart(), PHONE, 12), ringing(1));
    expect(it.phone.call).toMatchObject({ at: "outgoing" });
    expect(it.effects).toEqual([]);
    it.feed(durable({ type: "callEnd", call: THEIRS, reason: "replaced" }, PHONE, 13), durable(theirAccept, PHONE, 14));
    expect(it.phone.call?.at).toBe("running");
  });

  test("[L11] before our start is in the log theirs is earlier; an old start of theirs that does not ring is nothing", () => {
    const it = fed(click.start, ...theyCall);
    expect(it.phone.call?.at).toBe("answering");
    expect(sent(it.effects)).toEqual([]);
    expect(fed(durable(theirStart(), PHONE, 9), ...toStored).phone.call?.at).toBe("outgoing");
  });
});

describe("in the call", () => {
  test("[L10] a second of silence is a restart by the caller, or a wish of the callee; both say it is reconnecting", () => {
    const caller = fed(...toCaller);
    caller.feed(media(OURS, { type: "silent", forMs: 1000 }));
    expect(commands(caller.effects)).toEqual(["restart"]);
    expect(caller.phone.call).toMatchObject({ silentSince: caller.now - 1000, generation: 1 });
    // What a browser says once more after a restart ends no silence: only what is heard does.
    caller.feed(media(OURS, { type: "connected" }));
    expect(caller.phone.call).toMatchObject({ silentSince: caller.now - 1000 });
    caller.feed(media(OURS, { type: "restartOffered", generation: 1, offer: OFFER }));
    expect(signals(caller.effects)).toEqual(["callRestartOffer"]);
    caller.feed(says({ type: "callRestartAnswer", call: OURS, generation: 0, answer: ANSWER }));
    expect(commands(caller.effects)).toEqual([]);
    caller.feed(says({ type: "callRestartAnswer", call: OURS, generation: 1, answer: ANSWER }));
    expect(commands(caller.effects)).toEqual(["restartAnswer"]);
    caller.feed(media(OURS, { type: "heard" }));
    expect(caller.phone.call).toMatchObject({ silentSince: null, until: null });
    const callee = fed(...toCallee, media(THEIRS, { type: "silent", forMs: 1000 }));
    expect(signals(callee.effects)).toEqual(["callRestartWanted"]);
    callee.feed(says({ type: "callRestartOffer", call: THEIRS, generation: 1, offer: OFFER }));
    expect(commands(callee.effects)).toEqual(["restartOffer"]);
    callee.feed(says({ type: "callRestartOffer", call: THEIRS, generation: 1, offer: OFFER }));
    expect(commands(callee.effects)).toEqual([]);
  });

  test("[L10] restarts are tried again every five seconds, and the call is lost after thirty of silence", () => {
    const it = fed(...toCaller, media(OURS, { type: "silent", forMs: 1000 }));
    let restarts = 1;
    for (let second = 1; second < LOST_AFTER / 1000 - 1; second++) {
      it.pass(1000);
      restarts += commands(it.effects).filter((command) => command === "restart").length;
    }
    expect(restarts).toBe(6);
    expect(it.phone.call?.at).toBe("running");
    it.pass(1000);
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "failed", why: "connectionLost" } });
    expect(sent(it.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "lost" }]);
    expect(commands(it.effects)).toEqual(["close"]);
  });

  test("[L10] many reasons at once are one restart", () => {
    const it = fed(...toCaller, media(OURS, { type: "networkChanged" }), media(OURS, { type: "silent", forMs: 1000 }));
    it.feed(says({ type: "callRestartWanted", call: OURS, generation: 0 }));
    expect(it.phone.call).toMatchObject({ generation: 1 });
    it.pass(2900);
    expect(it.phone.call).toMatchObject({ generation: 1 });
    it.pass(100);
    expect(it.phone.call).toMatchObject({ generation: 2 });
  });

  test("[L10] while something is heard, more reasons are answered by the restart under way, on both sides", () => {
    const caller = fed(...toCaller, media(OURS, { type: "networkChanged" }), media(OURS, { type: "networkChanged" }));
    caller.pass(4000);
    expect(caller.phone.call).toMatchObject({ generation: 1 });
    const callee = fed(...toCallee, says({ type: "callRestartOffer", call: THEIRS, generation: 1, offer: OFFER }));
    callee.feed(media(THEIRS, { type: "networkChanged" }));
    expect(signals(callee.effects)).toEqual([]);
    callee.feed(media(THEIRS, { type: "silent", forMs: 1000 }));
    expect(signals(callee.effects)).toEqual([]);
    callee.pass(3000);
    expect(signals(callee.effects)).toEqual(["callRestartWanted"]);
  });

  test("[L10] restart offers that chase one another are passed over but for one a second", () => {
    const it = fed(...toCallee);
    const offer = (generation: number): CallInput => says({ type: "callRestartOffer", call: THEIRS, generation, offer: OFFER });
    it.feed(offer(1), offer(2));
    expect(it.phone.call).toMatchObject({ generation: 1 });
    it.pass(1000);
    it.feed(offer(3));
    expect(it.phone.call).toMatchObject({ generation: 3 });
  });

  test("[L10] back online in silence, a restart does not wait for one that reached nobody", () => {
    const it = fed(...toCaller, media(OURS, { type: "silent", forMs: 1000 }), { type: "link", online: false });
    it.feed({ type: "link", online: true });
    expect(it.phone.call).toMatchObject({ generation: 2 });
  });

  test("[L10] a wish that has not seen the last restart asks for none, unless that one was lost", () => {
    const it = fed(...toCaller, media(OURS, { type: "networkChanged" }));
    it.feed(says({ type: "callRestartWanted", call: OURS, generation: 0 }));
    it.pass(2900);
    expect(it.phone.call).toMatchObject({ generation: 1 });
    it.pass(100);
    expect(it.phone.call).toMatchObject({ generation: 1 });
    it.feed(says({ type: "callRestartWanted", call: OURS, generation: 0 }));
    expect(it.phone.call).toMatchObject({ generation: 2 });
  });

  test("[L9] no path within 25 s is the end, and said so", () => {
    const it = fed(...toStored, durable(theirAccept, PHONE, 11));
    it.pass(CONNECT_WITHIN);
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "failed", why: "noPath" } });
  });

  test("[L7] the confirmation is said again until the path stands", () => {
    const it = fed(...toStored, durable(theirAccept, PHONE, 11));
    it.pass(2000);
    expect(signals(it.effects)).toEqual(["callLive"]);
    it.feed(media(OURS, { type: "connected" }));
    it.pass(2000);
    expect(signals(it.effects)).toEqual([]);
  });

  test("[L20] a call asks for new ICE servers before the old ones' credentials are over, and again where nobody answered", () => {
    const it = fed(...toCaller);
    it.pass(PATH_EVERY - 1);
    expect(it.effects).not.toContainEqual({ type: "findPath", call: toHex(OURS) });
    it.pass(1);
    expect(it.effects).toContainEqual({ type: "findPath", call: toHex(OURS) });
    it.feed({ type: "path", call: toHex(OURS), servers: null, relay: false });
    expect(commands(it.effects)).toEqual([]);
    it.pass(PATH_AGAIN_AFTER);
    expect(it.effects).toContainEqual({ type: "findPath", call: toHex(OURS) });
    const servers = [{ urls: ["turn:relay.example"], username: "1", credential: "2" }];
    it.feed({ type: "path", call: toHex(OURS), servers, relay: true });
    expect(it.effects).toEqual([
      { type: "media", page: "tab", call: toHex(OURS), command: { type: "servers", iceServers: servers } },
    ]);
    it.pass(PATH_EVERY - 1);
    expect(it.effects).not.toContainEqual({ type: "findPath", call: toHex(OURS) });
  });

  test("[L13] hanging up and being hung up on close everything; a stranger's end is none", () => {
    const ours = fed(...toCaller, hangUp(OURS));
    expect(sent(ours.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "hungUp" }]);
    const end: CallEvent = { type: "callEnd", call: OURS, reason: "hungUp" };
    expect(fed(...toCaller, durable(end, LAPTOP, 12)).phone.call?.at).toBe("running");
    expect(fed(...toCaller, durable(end, CAROL, 12, carol)).phone.call?.at).toBe("running");
    const theirs = fed(...toCaller, durable(end, PHONE, 12));
    expect(theirs.phone.call).toMatchObject({ at: "ended", outcome: { type: "hungUp", by: "peer" } });
    expect(commands(theirs.effects)).toEqual(["close"]);
  });

  test("[L13] a lost hang-up is made up for by their next call", () => {
    const it = fed(...toCaller, durable(theirStart(AGAIN), PHONE, 20), ringing(1, AGAIN));
    expect(it.phone.call).toMatchObject({ at: "incoming", id: toHex(AGAIN) });
    expect(commands(it.effects)).toEqual(["close"]);
    expect(sent(it.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "lost" }]);
  });

  test("[L14] mute and camera are ours alone, told under rising numbers, and theirs are believed only from their device", () => {
    const it = fed(...toCaller, {
      type: "intent",
      page: "other tab",
      intent: { type: "microphone", call: toHex(OURS), on: false },
    });
    expect(commands(it.effects)).toEqual(["microphone"]);
    expect(it.phone.call).toMatchObject({ self: { microphone: false } });
    expect(signals(it.effects)).toEqual(["callSideState"]);
    const side = (number: number, camera: boolean, from = PHONE) =>
      says({ type: "callSideState", call: OURS, number, microphone: true, camera, screen: !camera, held: camera }, from);
    it.feed(side(5, true), side(4, false), side(9, false, LAPTOP));
    expect(it.phone.call).toMatchObject({ peer: { camera: true, screen: false, held: true }, self: { microphone: false } });
    expect(commands(it.effects)).toEqual([]);
  });

  test("[L14] what the media captured is what is shown", () => {
    const refused: MediaEvent = {
      type: "side",
      microphone: { at: "refused", why: "blocked" },
      camera: { at: "on" },
      screen: true,
      held: true,
    };
    const told = fed(...toCaller, media(OURS, refused));
    expect(told.phone.call).toMatchObject({ self: { microphone: false, camera: true, screen: true, held: true } });
  });

  test("[L8] a new epoch brings keys, a removal says so, and the end when the other device is out", () => {
    const epoch = (removal: boolean, devices: readonly string[]): CallInput => ({
      type: "epoch",
      conversation: bob,
      removal,
      devices,
    });
    const it = fed(...toCaller, epoch(true, ["this", PHONE.device]));
    expect(it.effects).toMatchObject([{ type: "frameKeys", removal: true }]);
    it.feed(epoch(false, ["this", LAPTOP.device]));
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "failed", why: "peerFailed" } });
  });

  test("[L13] when the media fails, both are told and the reason stays", () => {
    const it = fed(...toCallee, media(THEIRS, { type: "failed", why: "protectionLost" }));
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "failed", why: "protectionLost" } });
    expect(sent(it.effects)).toEqual([{ type: "callEnd", call: THEIRS, reason: "failed" }]);
    expect(fed(...toCallee, media(THEIRS, { type: "failed", why: "protectionLost" }, "tab two")).phone.call?.at).toBe("running");
  });
});

describe("tabs and restarts", () => {
  const keptBy = (...inputs: readonly CallInput[]): CallInput => {
    const it = fed();
    let kept: CallInput | undefined;
    for (const input of inputs) {
      it.feed(input);
      for (const effect of it.effects) if (effect.type === "keep") kept = { type: "restored", kept: effect.kept };
    }
    if (!kept) throw new Error("nothing kept");
    return kept;
  };

  test("[L16] the tab of the call was closed or reloaded: the call ends and says so", () => {
    const it = fed(...toCaller, { type: "pageGone", page: "another" });
    expect(it.phone.call?.at).toBe("running");
    it.feed({ type: "pageGone", page: "tab" });
    expect(it.phone.call).toMatchObject({ at: "ended", outcome: { type: "failed", why: "tabClosed" } });
    expect(sent(it.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "left" }]);
  });

  test("[L16] a core that starts anew finds its running call again in the tab that has it", () => {
    const it = fed(keptBy(...toCaller, { type: "code", call: toHex(OURS), digits: "12345678" }));
    expect(it.phone).toMatchObject({ call: { at: "running", role: "caller" }, code: "12345678" });
    it.feed({ type: "pageHas", page: "tab", call: toHex(OURS) });
    it.pass(60_000);
    expect(it.phone.call?.at).toBe("running");
    it.feed(hangUp(OURS));
    expect(commands(it.effects)).toEqual(["close"]);
  });

  test("[L16] or ends it when no tab has it; what was not yet agreed is ended at once; what rang rings on", () => {
    const nobody = fed(keptBy(...toCaller));
    nobody.pass(10_000);
    expect(sent(nobody.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "left" }]);
    const dialing = fed(keptBy(...toStored));
    expect(dialing.phone.call).toBeNull();
    expect(sent(dialing.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "left" }]);
    const rang = fed(keptBy(...toRinging));
    expect(rang.phone.call).toBeNull();
    rang.feed(ringing(2));
    expect(rang.phone.call?.at).toBe("incoming");
  });

  test("[L16] what a tab tells of its call names it as well: nothing stays open that no call stands for", () => {
    const it = fed(keptBy(...toCaller), media(OURS, { type: "heard" }, "tab three"));
    expect(it.phone.call).toMatchObject({ at: "running", page: "tab three", pageUntil: null });
    it.feed(media(THEIRS, { type: "heard" }, "tab four"));
    expect(it.effects).toEqual([{ type: "media", page: "tab four", call: toHex(THEIRS), command: { type: "close" } }]);
    it.feed({ type: "pageGone", page: "tab three" });
    it.feed(media(OURS, { type: "heard" }, "tab three"));
    expect(commands(it.effects)).toEqual(["close"]);
  });

  test("[L16] an accept that had not gone out when the core ended rings again", () => {
    const it = fed(keptBy(...toRinging, click.accept), ringing(2));
    expect(it.phone.call).toMatchObject({ at: "incoming", id: toHex(THEIRS) });
  });

  test("[L14] with the account its call goes: devices off, and the other side told while that can be", () => {
    const asked = fed(...toCaller, { type: "leaving", told: true });
    expect(sent(asked.effects)).toEqual([{ type: "callEnd", call: OURS, reason: "hungUp" }]);
    expect(commands(asked.effects)).toEqual(["close"]);
    const thrownOut = fed(...toAnswering, { type: "leaving", told: false });
    expect(sent(thrownOut.effects)).toEqual([]);
    expect(commands(thrownOut.effects)).toEqual(["close"]);
  });

  test("[L16] a tab that has media of a call that is over is told to close it", () => {
    const it = fed({ type: "pageHas", page: "tab", call: toHex(OURS) });
    expect(commands(it.effects)).toEqual(["close"]);
  });
});

// —— All short sequences —————————————————————————————————————————————————————————————————————————————————

/** What the world outside has seen: clicks, and what was opened because of them. */
interface Ghost {
  readonly clicked: readonly string[];
  readonly capturing: boolean;
  readonly connection: boolean;
  readonly sending: boolean;
  /** Calls of theirs for which our accept was the first in the log, and for which the caller confirmed it. */
  readonly won: readonly string[];
  readonly live: readonly string[];
}
const nothing: Ghost = { clicked: [], capturing: false, connection: false, sending: false, won: [], live: [] };

function watch(ghost: Ghost, before: Phone, input: CallInput, after: Phone, effects: readonly CallEffect[]): Ghost {
  let { clicked, capturing, connection, sending, won, live: confirmed } = ghost;
  const add = (list: readonly string[], item: string): readonly string[] => (list.includes(item) ? list : [...list, item]);
  if (input.type === "intent" && input.intent.type === "start" && after.call?.at === "outgoing") clicked = add(clicked, bob);
  if (input.type === "intent" && input.intent.type === "accept" && before.call?.at === "incoming")
    clicked = add(clicked, before.call.conversation);
  if (input.type === "durable" && input.event.type === "callAccept" && input.from.thisDevice)
    won = add(won, toHex(input.event.call));
  if (input.type === "transient" && input.signal.type === "callLive" && input.from.device === PHONE.device)
    confirmed = add(confirmed, toHex(input.signal.call));
  for (const effect of effects) {
    if (effect.type === "frameKeys") expect(after.call?.at).toBe("running");
    if (effect.type === "send" && (effect.event.type === "callStart" || effect.event.type === "callAccept"))
      expect(clicked).toContain(effect.conversation);
    if (effect.type !== "media") continue;
    // Nothing is opened, captured or sent for a conversation in which nobody has clicked. (attack F01)
    if (effect.command.type !== "close") expect(clicked).toContain(after.call?.conversation);
    if (effect.command.type === "capture") capturing = true;
    if (effect.command.type === "offer" || effect.command.type === "answer") connection = true;
    if (effect.command.type === "send") {
      sending = true;
      expect(after.call?.at).toBe("running");
      if (after.call?.at === "running" && after.call.role === "callee") {
        expect(won).toContain(after.call.id);
        expect(confirmed).toContain(after.call.id);
      }
    }
    // A tab passes over a close that names another call than the one it has.
    if (effect.command.type === "close" && effect.call === before.call?.id) capturing = connection = sending = false;
  }
  // A tab that is gone has taken its devices with it.
  if (input.type === "pageGone" && input.page === "tab") capturing = connection = sending = false;
  const at = after.call?.at;
  const inCall = at === "outgoing" || at === "answering" || at === "running";
  // The microphone is on exactly while the screen says so. (attack F12)
  expect(capturing).toBe(inCall);
  if (connection) expect(inCall).toBe(true);
  expect(sending).toBe(at === "running");
  if (!inCall) clicked = [];
  return { clicked, capturing, connection, sending, won, live: confirmed };
}

const clicks: readonly CallInput[] = [click.start, click.accept, click.decline, hangUp(THEIRS), hangUp(OURS), dismiss(THEIRS)];
const world: readonly CallInput[] = [
  { type: "timeIs" },
  { type: "pageGone", page: "tab" },
  { type: "link", online: true },
  { type: "leaving", told: true },
  { type: "epoch", conversation: bob, removal: true, devices: ["this", PHONE.device] },
  { type: "epoch", conversation: bob, removal: true, devices: ["this"] },
];
const asCallee: readonly CallInput[] = [
  ...clicks,
  ...world,
  durable(theirStart(), PHONE, 10),
  durable(theirStart(THEIRS, "video"), LAPTOP, 11),
  durable(theirStart(CAROLS), CAROL, 10, carol),
  durable({ type: "callEnd", call: THEIRS, reason: "cancelled" }, PHONE, 12),
  durable({ type: "callDecline", call: THEIRS, reason: "declined" }, OTHER, 12),
  durable(ourAccept, SELF, 12),
  durable(ourAccept, OTHER, 12),
  durable({ ...ourAccept, join: id(0xb7) }, PHONE, 12),
  ringing(1),
  ringing(2),
  ringing(1, THEIRS, LAPTOP),
  ringing(1, CAROLS, CAROL, carol),
  live(),
  says({ type: "callLive", call: THEIRS, join: id(0xb7) }),
  says({ type: "callCandidates", call: THEIRS, generation: 0, candidates: [CANDIDATE] }),
  says({ type: "callRestartOffer", call: THEIRS, generation: 1, offer: OFFER }),
  says({ type: "callSideState", call: THEIRS, number: 1, microphone: true, camera: true, screen: false, held: false }),
  path(THEIRS),
  media(THEIRS, captured),
  media(THEIRS, answered),
  media(THEIRS, { type: "connected" }),
  media(THEIRS, { type: "silent", forMs: 1000 }),
  media(THEIRS, { type: "failed", why: "browserFailed" }),
];
const asCaller: readonly CallInput[] = [
  ...clicks,
  ...world,
  durable(ourStart, SELF, 10),
  durable(theirAccept, PHONE, 11),
  durable(theirAccept, LAPTOP, 11),
  durable(theirAccept, OTHER, 11),
  durable({ type: "callDecline", call: OURS, reason: "busy" }, PHONE, 11),
  durable({ type: "callEnd", call: OURS, reason: "hungUp" }, PHONE, 12),
  durable(theirStart(), PHONE, 9),
  durable(theirStart(), PHONE, 12),
  ringing(1),
  says({ type: "callAlerting", call: OURS, number: 1 }),
  says({ type: "callLive", call: OURS, join: id(0xa0) }),
  says({ type: "callRestartWanted", call: OURS, generation: 0 }),
  says({ type: "callRestartAnswer", call: OURS, generation: 1, answer: ANSWER }),
  path(OURS),
  path(THEIRS),
  media(OURS, captured),
  media(OURS, offered),
  media(THEIRS, answered),
  media(OURS, { type: "connected" }),
  media(OURS, { type: "silent", forMs: 1000 }),
  media(OURS, { type: "failed", why: "protectionLost" }),
  { type: "refused", conversation: bob, call: toHex(OURS) },
];

/** Equal for states from which the same follows. Descriptions are all alike here. */
const keyOf = (phone: Phone, ghost: Ghost): string =>
  JSON.stringify([phone, ghost], (name, value: unknown) =>
    name === "start" || name === "accept"
      ? Boolean(value)
      : name === "records" || name === "join" || name === "spareJoin"
        ? undefined
        : value,
  );

describe("all sequences of up to eight inputs", () => {
  test.each([
    ["callee", asCallee],
    ["caller", asCaller],
  ])(
    "[L4, L8, L14] as %s: nothing captured, opened or sent without a click, and the microphone is on exactly while the call is shown",
    (_, inputs) => {
      let frontier = new Map<string, readonly [Phone, Ghost]>([["", [newPhone, nothing]]]);
      const seen = new Set<string>();
      let steps = 0;
      for (let depth = 0; depth < 8; depth++) {
        const next = new Map<string, readonly [Phone, Ghost]>();
        for (const [phone, ghost] of frontier.values()) {
          for (const input of inputs) {
            // Time passes in strides that let every deadline come before and after every input.
            for (const now of input.type === "timeIs" ? [1_006_000, 1_100_000] : [1_000_000]) {
              const [after, effects] = stepCall(phone, instant(now), input);
              const watched = watch(ghost, phone, input, after, effects);
              steps++;
              const key = keyOf(after, watched);
              if (!seen.has(key)) {
                seen.add(key);
                next.set(key, [after, watched]);
              }
            }
          }
        }
        frontier = next;
      }
      console.log(`${steps} steps through ${seen.size} states`);
      expect(seen.size).toBeGreaterThan(100);
    },
  );

  test("[L4] a step changes nothing that it was given", () => {
    const freeze = (value: unknown): void => {
      if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
      Object.freeze(value);
      Object.values(value).forEach(freeze);
    };
    for (const sequence of [toCallee, toCaller]) {
      let phone = newPhone;
      for (const input of sequence) {
        freeze(phone);
        freeze(input);
        const once = stepCall(phone, instant(5), input);
        expect(stepCall(phone, instant(5), input)).toEqual(once);
        phone = once[0];
      }
    }
  });
});
