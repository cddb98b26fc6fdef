/** Somebody calls: when it rings, and what answering takes. Nothing here opens anything before the user's click. [L5–L8] [L11] [L12] */
import { after, bytesEqual, since, toHex, type Instant } from "@megachat/base";
import type { CallAccept, CallSignal, CallStart, IceServerList, MediaEvent } from "@megachat/wire";
import { end, idBytes } from "./ending.ts";
import { sameKidPrefix } from "./outgoing.ts";
import { begin } from "./running.ts";
import { ANSWER_WITHIN, CONFIRM_WITHIN, MAX_LATE, MAX_OFFERS, RING_LASTS } from "./timing.ts";
import {
  allOff,
  type Answering,
  type CallEffect,
  type CallIntent,
  type Hex,
  type Incoming,
  type Offer,
  type Outgoing,
  type Page,
  type Phone,
  type Sender,
  type Step,
} from "./types.ts";

/** A start in the log. It does not ring: the log keeps old ones, too. */
export function noteOffer(
  phone: Phone,
  now: Instant,
  from: Sender,
  { conversation, position }: { readonly conversation: Hex; readonly position: number },
  start: CallStart,
): Phone {
  const offer: Offer = { conversation, device: from.device, position, notedAt: now, start, heard: 0, candidates: [] };
  return { ...phone, offers: [...phone.offers.filter((other) => other.conversation !== conversation), offer].slice(-MAX_OFFERS) };
}

export const withoutOffer = (phone: Phone, call: Hex): Phone => ({
  ...phone,
  offers: phone.offers.filter((offer) => toHex(offer.start.call) !== call),
});

/** The caller says that it is calling now. */
export function ringing(phone: Phone, now: Instant, from: Sender, signal: Extract<CallSignal, { type: "callRinging" }>): Step {
  const id = toHex(signal.call);
  const { call } = phone;
  if (call?.at === "incoming" && call.id === id) {
    if (call.offer.device !== from.device || signal.number <= call.offer.heard) return [phone, []];
    const next: Incoming = { ...call, offer: { ...call.offer, heard: signal.number }, until: after(now, RING_LASTS) };
    return [{ ...phone, call: next }, [alerting(next, signal.number)]];
  }
  const offer = phone.offers.find((each) => toHex(each.start.call) === id);
  if (!offer || offer.device !== from.device || signal.number <= offer.heard) return [phone, []];
  // No caller has this much patience: a ringing kept back until now does not say that anybody calls now.
  if (since(offer.notedAt, now) >= ANSWER_WITHIN + RING_LASTS) return [withoutOffer(phone, id), []];
  const heard: Offer = { ...offer, heard: signal.number };
  const noted: Phone = { ...phone, offers: phone.offers.map((each) => (each === offer ? heard : each)) };
  if (!call || call.at === "ended") return ring(noted, now, heard);
  // One after the other: the second caller goes on hearing that it rings nowhere yet.
  if (call.at === "incoming") return call.conversation === heard.conversation ? ring(noted, now, heard) : [noted, []];
  if (call.conversation !== heard.conversation) return busy(noted, heard);
  if (call.at === "outgoing") return glare(noted, now, call, heard);
  // They call again, so they are no longer in the call that we think we have with them.
  const started = call.at === "running" ? call.position : call.offer.position;
  if (started !== null && heard.position < started) return [noted, []];
  const tell = call.at === "running" || call.accept ? "lost" : null;
  const [over, effects] = end(noted, now, { type: "failed", why: "peerFailed" }, tell);
  const [next, more] = ring(over, now, heard);
  return [next, [...effects, ...more]];
}

function ring(phone: Phone, now: Instant, offer: Offer): Step {
  const call: Incoming = {
    at: "incoming",
    id: toHex(offer.start.call),
    conversation: offer.conversation,
    media: offer.start.media,
    since: now,
    self: allOff,
    offer,
    until: after(now, RING_LASTS),
  };
  return [{ ...withoutOffer(phone, call.id), call, code: null, serverHasRelay: null }, [alerting(call, offer.heard)]];
}

function busy(phone: Phone, offer: Offer): Step {
  const decline: CallEffect = {
    type: "send",
    conversation: offer.conversation,
    event: { type: "callDecline", call: offer.start.call, reason: "busy" },
  };
  return [withoutOffer(phone, toHex(offer.start.call)), [decline]];
}

/**
 * Both call each other at once. The start that is earlier in the log stands; who loses answers it at once, because its
 * user has clicked to talk to this very person. [L11]
 */
function glare(phone: Phone, now: Instant, ours: Outgoing, theirs: Offer): Step {
  if (ours.position !== null && ours.position < theirs.position) return [phone, []];
  const join = sameKidPrefix(ours.spareJoin, theirs.start.join) ? ours.join : ours.spareJoin;
  const call: Answering = {
    ...answering(theirs, now, { page: ours.page, media: ours.media, relayOnly: ours.relayOnly, join }),
    since: ours.since,
    self: ours.self,
  };
  const effects: CallEffect[] = [];
  if (ours.stage !== "preparing") {
    effects.push({
      type: "send",
      conversation: ours.conversation,
      event: { type: "callEnd", call: idBytes(ours.id), reason: "replaced" },
    });
  }
  // From here on the tab's devices belong to their call, so that every command and the end reach them.
  const capture = { type: "capture", camera: ours.self.camera } as const;
  effects.push({ type: "media", page: ours.page, call: call.id, command: capture }, { type: "findPath", call: call.id });
  return [{ ...withoutOffer(phone, call.id), call, serverHasRelay: null }, effects];
}

/** The user has clicked "accept" in `page`. From here on there may be sound and picture of ours. */
export function accept(phone: Phone, now: Instant, page: Page, intent: Extract<CallIntent, { type: "accept" }>): Step {
  const { call } = phone;
  if (call?.at !== "incoming" || call.id !== intent.call) return [phone, [{ type: "outcome", outcome: "callGone" }]];
  const next = answering(call.offer, now, { ...intent, page });
  return [
    { ...phone, call: next },
    [
      { type: "outcome", outcome: "done" },
      { type: "media", page, call: call.id, command: { type: "capture", camera: next.self.camera } },
      { type: "findPath", call: call.id },
    ],
  ];
}

function answering(offer: Offer, now: Instant, how: Pick<Answering, "page" | "media" | "relayOnly" | "join">): Answering {
  return {
    at: "answering",
    id: toHex(offer.start.call),
    conversation: offer.conversation,
    media: how.media,
    since: now,
    self: { ...allOff, microphone: true, camera: how.media === "video" },
    page: how.page,
    offer,
    join: how.join,
    relayOnly: how.relayOnly,
    accept: null,
    answerAsked: false,
    won: false,
    live: false,
    connected: false,
    until: after(now, CONFIRM_WITHIN),
    workerKey: null,
    candidates: [],
  };
}

export function answerBy(phone: Phone, call: Answering, iceServers: IceServerList): Step {
  const { start, candidates } = call.offer;
  return [
    { ...phone, call: { ...call, answerAsked: true } },
    [
      {
        type: "media",
        page: call.page,
        call: call.id,
        command: { type: "answer", offer: start.offer, candidates, iceServers, relayOnly: call.relayOnly },
      },
    ],
  ];
}

export function answeringMedia(phone: Phone, call: Answering, event: MediaEvent): Step {
  switch (event.type) {
    case "answered": {
      if (call.accept) return [phone, []];
      const said: CallAccept = { type: "callAccept", call: idBytes(call.id), join: call.join, answer: event.answer };
      return [
        { ...phone, call: { ...call, accept: said, workerKey: event.workerKey } },
        [{ type: "send", conversation: call.conversation, event: said }],
      ];
    }
    case "candidates": {
      if (event.generation !== 0) return [phone, []];
      const next = { ...call, candidates: [...call.candidates, ...event.candidates].slice(0, MAX_LATE) };
      return [{ ...phone, call: next }, next.won ? [lateCandidates(next)] : []];
    }
    case "connected":
      return [{ ...phone, call: { ...call, connected: true } }, []];
    default:
      return [phone, []];
  }
}

/** Our accept has come back as the first one. The code is of this very epoch, in which the caller sees the accept, too. */
export function won(phone: Phone, now: Instant, call: Answering): Step {
  if (!call.accept || call.won) return [phone, []];
  const next = { ...call, won: true };
  const code: CallEffect = { type: "code", conversation: call.conversation, start: call.offer.start, accept: call.accept };
  if (!call.live) return [{ ...phone, call: next }, [code, ...(next.candidates.length > 0 ? [lateCandidates(next)] : [])]];
  const [begun, effects] = start(phone, now, next);
  return [begun, [code, ...effects]];
}

/** The caller confirms an accept. */
export function live(phone: Phone, now: Instant, call: Answering, from: Sender, join: Uint8Array): Step {
  if (from.device !== call.offer.device || !call.accept || !bytesEqual(join, call.join)) return [phone, []];
  const next = { ...call, live: true };
  return call.won ? start(phone, now, next) : [{ ...phone, call: next }, []];
}

function start(phone: Phone, now: Instant, call: Answering): Step {
  if (!call.accept || !call.workerKey) return [phone, []];
  return begin(phone, now, {
    call,
    role: "callee",
    device: call.offer.device,
    start: call.offer.start,
    accept: call.accept,
    workerKey: call.workerKey,
    position: call.offer.position,
    connected: call.connected,
    before: [],
  });
}

/** Candidates that the caller found late, before or after our click. */
export function callerCandidates(phone: Phone, from: Sender, signal: Extract<CallSignal, { type: "callCandidates" }>): Step {
  if (signal.generation !== 0) return [phone, []];
  const id = toHex(signal.call);
  const add = (offer: Offer): Offer =>
    offer.device === from.device ? { ...offer, candidates: [...offer.candidates, ...signal.candidates].slice(0, MAX_LATE) } : offer;
  const { call } = phone;
  if ((call?.at === "incoming" || call?.at === "answering") && call.id === id) {
    if (call.at === "answering" && call.answerAsked) {
      if (call.offer.device !== from.device) return [phone, []];
      const { candidates, generation } = signal;
      return [phone, [{ type: "media", page: call.page, call: id, command: { type: "candidates", generation, candidates } }]];
    }
    return [{ ...phone, call: { ...call, offer: add(call.offer) } }, []];
  }
  return [{ ...phone, offers: phone.offers.map((offer) => (toHex(offer.start.call) === id ? add(offer) : offer)) }, []];
}

/** Back to ringing, when the tab that answered went away before it had said anything. */
export function ringAgain(phone: Phone, now: Instant, call: Answering): Step {
  const [next] = ring({ ...phone, call: null }, now, call.offer);
  return [next, []];
}

/** Silence stops the ringing but is no end of the call: a caller whose line comes back in time rings on. [L5] */
export function incomingTick(phone: Phone, now: Instant, call: Incoming): Step {
  if (now < call.until) return [phone, []];
  const [over, effects] = end(phone, now, { type: "noAnswer" }, null);
  return [{ ...over, offers: [...over.offers, call.offer].slice(-MAX_OFFERS) }, effects];
}

export function answeringTick(phone: Phone, now: Instant, call: Answering): Step {
  if (now < call.until) return [phone, []];
  const why = call.won ? "peerFailed" : "serverUnreachable";
  return end(phone, now, { type: "failed", why }, call.accept ? "failed" : null);
}

const alerting = ({ conversation, id }: Incoming, number: number): CallEffect => ({
  type: "signal",
  conversation,
  signal: { type: "callAlerting", call: idBytes(id), number },
});
const lateCandidates = ({ conversation, id, candidates }: Answering): CallEffect => ({
  type: "signal",
  conversation,
  signal: { type: "callCandidates", call: idBytes(id), generation: 0, candidates },
});
