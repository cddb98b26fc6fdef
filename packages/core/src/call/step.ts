/**
 * The state table of calls: one pure step for every input, whatever the state. [L4–L16]
 *
 * An input that means nothing in a state changes nothing there. Whose word counts is decided here: events and signals
 * only from who may say them, media only from the tab that has the call, clicks only from our own tabs.
 */
import { after, toHex, type Instant } from "@megachat/base";
import type { CaptureState } from "@megachat/wire";
import { end, outcomeOfPeer } from "./ending.ts";
import {
  accept,
  answerBy,
  answeringMedia,
  answeringTick,
  callerCandidates,
  incomingTick,
  live,
  noteOffer,
  ringAgain,
  ringing,
  withoutOffer,
  won,
} from "./incoming.ts";
import { nextOverdue, overdue, record } from "./record.ts";
import { RING_LASTS } from "./timing.ts";
import { accepted, outgoingMedia, outgoingTick, place, startStored } from "./outgoing.ts";
import { newEpoch, newServers, restart, runningMedia, runningSignal, runningTick, tellSide } from "./running.ts";
import { keptOf, restored, sameKept } from "./kept.ts";
import type { Call, CallEffect, CallInput, CallIntent, Outcome, Page, Phone, Step } from "./types.ts";

export function stepCall(phone: Phone, now: Instant, input: CallInput): Step {
  const [next, caused] = route(phone, now, input);
  const effects = [...caused];
  const kept = keptOf(next);
  if (!sameKept(kept, keptOf(phone))) effects.push({ type: "keep", kept });
  const wake = nextWake(next);
  // Asked again after each alarm: whoever wakes us keeps one alarm for many.
  if (wake !== null && (wake !== nextWake(phone) || input.type === "timeIs")) effects.push({ type: "wakeAt", time: wake });
  return [next, effects];
}

function route(phone: Phone, now: Instant, input: CallInput): Step {
  const { call } = phone;
  switch (input.type) {
    case "intent":
      return intent(phone, now, input.page, input.intent);
    case "durable": {
      const [noted, lines] = record(phone, now, input);
      const [next, effects] = durable(noted, now, input);
      return [next, [...lines, ...effects]];
    }
    case "transient":
      return transient(phone, now, input);
    case "media":
      return media(phone, now, input);
    case "path":
      return path(phone, now, input);
    case "epoch":
      return epoch(phone, now, input);
    case "refused":
      if (!call || call.id !== input.call || (call.at !== "outgoing" && call.at !== "answering")) return [phone, []];
      return end(phone, now, { type: "failed", why: "serverUnreachable" }, null);
    case "distrusted":
      return distrusted(phone, now, input);
    case "code":
      return call?.id === input.call ? [{ ...phone, code: input.digits }, []] : [phone, []];
    case "link":
      return input.online ? backOnline(phone, now) : [phone, []];
    case "leaving":
      return leaving(phone, now, input.told);
    case "pageGone":
      return pageGone(phone, now, input.page);
    case "pageHas":
      return pageHas(phone, input.page, input.call);
    case "restored":
      return restored(phone, now, input.kept);
    case "timeIs": {
      const [noted, lines] = overdue(phone, now);
      const [next, effects] = tick(noted, now);
      return [next, [...lines, ...effects]];
    }
  }
}

/** A tab names the call whose media it has. If that is no call of ours, nobody else will tell it to let go. */
function pageHas(phone: Phone, page: Page, id: string): Step {
  const { call } = phone;
  if (call?.at === "running" && call.id === id && call.pageUntil !== null) {
    return [{ ...phone, call: { ...call, page, pageUntil: null } }, []];
  }
  const known = call && call.at !== "incoming" && call.at !== "ended" && call.id === id && call.page === page;
  return [phone, known ? [] : [{ type: "media", page, call: id, command: { type: "close" } }]];
}

function intent(phone: Phone, now: Instant, page: Page, wish: CallIntent): Step {
  if (wish.type === "start") return place(phone, now, page, wish);
  if (wish.type === "accept") return accept(phone, now, page, wish);
  const { call } = phone;
  const gone: Step = [phone, [{ type: "outcome", outcome: "callGone" }]];
  if (!call || call.id !== wish.call) return gone;
  const done = ([next, effects]: Step): Step => [next, [{ type: "outcome", outcome: "done" }, ...effects]];
  switch (wish.type) {
    case "dismiss":
      return done(call.at === "ended" ? [{ ...phone, call: null, code: null }, []] : [phone, []]);
    case "decline":
    case "hangUp":
      return call.at === "ended" ? gone : done(hangUp(phone, now, call));
    case "microphone":
    case "camera": {
      if (call.at === "incoming" || call.at === "ended") return gone;
      const self = { ...call.self, [wish.type]: wish.on };
      const command: CallEffect = { type: "media", page: call.page, call: call.id, command: { type: wish.type, on: wish.on } };
      if (call.at !== "running") return done([{ ...phone, call: { ...call, self } }, [command]]);
      const [next, effects] = tellSide(phone, now, call, self);
      return done([next, [command, ...effects]]);
    }
  }
}

function hangUp(phone: Phone, now: Instant, call: Exclude<Call, { at: "ended" }>): Step {
  switch (call.at) {
    case "outgoing":
      return end(phone, now, { type: "cancelled", by: "self" }, call.stage === "preparing" ? null : "cancelled");
    case "running":
      return end(phone, now, { type: "hungUp", by: "self" }, "hungUp");
    case "answering":
      if (call.accept) return end(phone, now, { type: "hungUp", by: "self" }, "hungUp");
      return refuse(phone, now, call, { type: "declined", by: "self" });
    case "incoming":
      return refuse(phone, now, call, { type: "declined", by: "self" });
  }
}

/** The caller need not wait any longer; why it is over is ours to know. */
function refuse(phone: Phone, now: Instant, call: Extract<Call, { at: "incoming" | "answering" }>, outcome: Outcome): Step {
  const [next, effects] = end(phone, now, outcome, null);
  const said: CallEffect = {
    type: "send",
    conversation: call.conversation,
    event: { type: "callDecline", call: call.offer.start.call, reason: "declined" },
  };
  return [next, [said, ...effects]];
}

function durable(phone: Phone, now: Instant, input: Extract<CallInput, { type: "durable" }>): Step {
  const { event, from, conversation, position } = input;
  const id = toHex(event.call);
  const call = phone.call?.id === id && phone.call.conversation === conversation ? phone.call : null;
  const own = from.account === "own";
  const stay: Step = [phone, []];
  switch (event.type) {
    case "callStart":
      if (own) return from.thisDevice && call?.at === "outgoing" ? startStored(phone, now, call, position) : stay;
      // A second start under a known id would put other facts behind a call that rings.
      if (call || !input.mayRing || phone.offers.some((offer) => toHex(offer.start.call) === id)) return stay;
      return [noteOffer(phone, now, from, input, event), []];
    case "callAccept": {
      if (!own) return call?.at === "outgoing" ? accepted(phone, now, call, event, from) : stay;
      if (from.thisDevice && call?.at === "answering") return won(phone, now, call);
      if (call?.at === "incoming" || (call?.at === "answering" && !call.won)) {
        return end(phone, now, { type: "answeredElsewhere" }, null);
      }
      return [withoutOffer(phone, id), []];
    }
    case "callDecline":
      if (!own) {
        if (call?.at !== "outgoing") return stay;
        return end(phone, now, event.reason === "busy" ? { type: "busy" } : { type: "declined", by: "peer" }, null);
      }
      if (call?.at === "incoming" || (call?.at === "answering" && !call.won)) {
        return end(phone, now, { type: "declined", by: "self" }, null);
      }
      return [withoutOffer(phone, id), []];
    case "callEnd": {
      if (own) return stay;
      if (call?.at === "running" && call.device === from.device) return end(phone, now, outcomeOfPeer(event.reason), null);
      if ((call?.at === "incoming" || call?.at === "answering") && call.offer.device === from.device) {
        return end(phone, now, outcomeOfPeer(event.reason), null);
      }
      const offer = phone.offers.find((each) => toHex(each.start.call) === id);
      return offer?.device === from.device ? [withoutOffer(phone, id), []] : stay;
    }
  }
}

function transient(phone: Phone, now: Instant, { conversation, from, signal }: Extract<CallInput, { type: "transient" }>): Step {
  const stay: Step = [phone, []];
  if (from.account === "own") return stay;
  const id = toHex(signal.call);
  const { call } = phone;
  if (call?.id === id && call.conversation !== conversation) return stay;
  if (call?.at === "running" && call.id === id) return runningSignal(phone, now, call, from, signal);
  switch (signal.type) {
    case "callRinging": {
      const offer = phone.offers.find((each) => toHex(each.start.call) === id);
      return offer && offer.conversation !== conversation ? stay : ringing(phone, now, from, signal);
    }
    case "callAlerting":
      if (call?.at !== "outgoing" || call.id !== id || signal.number < 1 || signal.number > call.ringNumber) return stay;
      return [{ ...phone, call: { ...call, alertingUntil: after(now, RING_LASTS) } }, []];
    case "callLive":
      return call?.at === "answering" && call.id === id ? live(phone, now, call, from, signal.join) : stay;
    case "callCandidates":
      return callerCandidates(phone, from, signal);
    default:
      return stay;
  }
}

function media(phone: Phone, now: Instant, { page, call: id, event }: Extract<CallInput, { type: "media" }>): Step {
  const { call } = phone;
  if (!call || call.id !== id || call.at === "incoming" || call.at === "ended" || call.page !== page)
    return event.type === "failed" ? [phone, []] : pageHas(phone, page, id);
  if (event.type === "failed") {
    const told = call.at === "running" || (call.at === "outgoing" ? call.stage !== "preparing" : call.accept !== null);
    return end(phone, now, { type: "failed", why: event.why }, told ? "failed" : null);
  }
  if (event.type === "captured" || event.type === "side") {
    const { screen, held } = event;
    const self = { microphone: isOn(event.microphone), camera: isOn(event.camera), screen, held };
    return call.at === "running" ? tellSide(phone, now, call, self) : [{ ...phone, call: { ...call, self } }, []];
  }
  switch (call.at) {
    case "outgoing":
      return outgoingMedia(phone, call, event);
    case "answering":
      return answeringMedia(phone, call, event);
    case "running":
      return runningMedia(phone, now, call, event);
  }
}

const isOn = (state: CaptureState): boolean => state.at === "on";

function path(phone: Phone, now: Instant, { call: id, servers, relay }: Extract<CallInput, { type: "path" }>): Step {
  const { call } = phone;
  // Not asked in vain: when the link is back, so is the question.
  if (!call || call.id !== id || servers === null) return [phone, []];
  const known: Phone = { ...phone, serverHasRelay: relay };
  if (call.at === "running") return newServers(known, now, call, servers);
  if (call.at === "answering") {
    if (call.answerAsked) return [phone, []];
    return call.relayOnly && !relay ? refuse(known, now, call, { type: "failed", why: "noRelay" }) : answerBy(known, call, servers);
  }
  if (call.at !== "outgoing" || call.stage !== "preparing") return [phone, []];
  if (call.relayOnly && !relay) return end(known, now, { type: "failed", why: "noRelay" }, null);
  const { relayOnly } = call;
  return [known, [{ type: "media", page: call.page, call: id, command: { type: "offer", iceServers: servers, relayOnly } }]];
}

function epoch(phone: Phone, now: Instant, { conversation, removal, devices }: Extract<CallInput, { type: "epoch" }>): Step {
  const offers = phone.offers.filter((offer) => offer.conversation !== conversation || devices.includes(offer.device));
  const known: Phone = offers.length === phone.offers.length ? phone : { ...phone, offers };
  const { call } = known;
  if (call?.conversation !== conversation) return [known, []];
  if (call.at === "running") return newEpoch(known, now, call, removal, devices);
  if ((call.at === "incoming" || call.at === "answering") && !devices.includes(call.offer.device)) {
    return end(known, now, { type: "failed", why: "peerFailed" }, null);
  }
  return [known, []];
}

/** Neither their calls nor ours go on. The other side is not told why, and by the conversation not even that. [L12] */
function distrusted(phone: Phone, now: Instant, { conversation, why }: Extract<CallInput, { type: "distrusted" }>): Step {
  const offers = phone.offers.filter((offer) => offer.conversation !== conversation);
  const known: Phone = offers.length === phone.offers.length ? phone : { ...phone, offers };
  const { call } = known;
  if (call?.conversation !== conversation || call.at === "ended") return [known, []];
  if (why === "keysChanged") return end(known, now, { type: "failed", why: "notAuthentic" }, null);
  return end(known, now, { type: call.at === "incoming" ? "declined" : "hungUp", by: "self" }, null);
}

function backOnline(phone: Phone, now: Instant): Step {
  const { call } = phone;
  const asks = (call?.at === "outgoing" && call.stage === "preparing") || (call?.at === "answering" && !call.answerAsked);
  if (call && asks && phone.serverHasRelay === null) return [phone, [{ type: "findPath", call: call.id }]];
  // What was said of a restart while we were cut off reached nobody: the next need not wait for it.
  return call?.at === "running" && call.silentSince !== null ? restart(phone, now, { ...call, lastRestart: null }) : [phone, []];
}

/** With the account its call goes, and what that has open. [L14] */
function leaving(phone: Phone, now: Instant, told: boolean): Step {
  const { call } = phone;
  if (!call || call.at === "ended" || call.at === "incoming") return [phone, []];
  return told ? hangUp(phone, now, call) : end(phone, now, { type: "hungUp", by: "self" }, null);
}

/** A tab was closed or reloaded: with it went microphone, picture and path. [L16] */
function pageGone(phone: Phone, now: Instant, page: Page): Step {
  const { call } = phone;
  if (!call || call.at === "incoming" || call.at === "ended" || call.page !== page) return [phone, []];
  if (call.at === "answering" && !call.accept) return ringAgain(phone, now, call);
  const said = call.at === "outgoing" && call.stage === "preparing" ? null : call.at === "outgoing" ? "cancelled" : "left";
  return end(phone, now, { type: "failed", why: "tabClosed" }, said);
}

function tick(phone: Phone, now: Instant): Step {
  const { call } = phone;
  switch (call?.at) {
    case "outgoing":
      return outgoingTick(phone, now, call);
    case "incoming":
      return incomingTick(phone, now, call);
    case "answering":
      return answeringTick(phone, now, call);
    case "running":
      return runningTick(phone, now, call);
    case "ended":
    case undefined:
      return [phone, []];
  }
}

const nextWake = (phone: Phone): Instant | null => earliest([nextOverdue(phone), callWake(phone.call)]);

function callWake(call: Call | null): Instant | null {
  switch (call?.at) {
    case "outgoing":
      return earliest([call.nextRing, call.alertingUntil, call.until]);
    case "incoming":
    case "answering":
      return call.until;
    case "running":
      return earliest([call.until, call.nextLive, call.nextRestart, call.nextSide, call.nextPath, call.pageUntil]);
    case "ended":
    case undefined:
      return null;
  }
}

const earliest = (times: readonly (Instant | null)[]): Instant | null =>
  times.reduce((first, time) => (first === null || (time !== null && time < first) ? time : first), null);
