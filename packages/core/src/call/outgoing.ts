/** We call: prepare, say so in the log, ring until somebody answers. [L5] [L6] [L9] */
import { after, toHex, type Instant } from "@megachat/base";
import type { CallAccept, CallStart, MediaEvent } from "@megachat/wire";
import { end, idBytes } from "./ending.ts";
import { begin } from "./running.ts";
import { ANSWER_WITHIN, MAX_LATE, RING_AGAIN_AFTER, RING_EVERY } from "./timing.ts";
import { allOff, type CallEffect, type CallIntent, type Outgoing, type Page, type Phone, type Sender, type Step } from "./types.ts";

export function place(phone: Phone, now: Instant, page: Page, intent: Extract<CallIntent, { type: "start" }>): Step {
  if (phone.call && phone.call.at !== "ended") return [phone, [{ type: "outcome", outcome: "inCall" }]];
  const id = toHex(intent.call);
  const camera = intent.media === "video";
  const call: Outgoing = {
    at: "outgoing",
    id,
    conversation: intent.conversation,
    media: intent.media,
    since: now,
    self: { ...allOff, microphone: true, camera },
    page,
    stage: "preparing",
    start: null,
    join: intent.join,
    spareJoin: intent.spareJoin,
    relayOnly: intent.relayOnly,
    position: null,
    alertingUntil: null,
    ringNumber: 0,
    nextRing: null,
    until: after(now, ANSWER_WITHIN),
    workerKey: null,
    candidates: [],
  };
  // The microphone opens while it rings: asking for it takes longer than everything else.
  return [
    { ...phone, call, code: null, serverHasRelay: null },
    [
      { type: "outcome", outcome: "done" },
      { type: "media", page, call: id, command: { type: "capture", camera } },
      { type: "findPath", call: id },
    ],
  ];
}

export function outgoingMedia(phone: Phone, call: Outgoing, event: MediaEvent): Step {
  switch (event.type) {
    case "offered": {
      if (call.stage !== "preparing") return [phone, []];
      const start: CallStart = {
        type: "callStart",
        call: idBytes(call.id),
        media: call.media,
        join: call.join,
        offer: event.offer,
      };
      return [
        { ...phone, call: { ...call, stage: "sent", start, workerKey: event.workerKey } },
        [{ type: "send", conversation: call.conversation, event: start }],
      ];
    }
    case "candidates": {
      if (event.generation !== 0) return [phone, []];
      const next = { ...call, candidates: [...call.candidates, ...event.candidates].slice(0, MAX_LATE) };
      return [{ ...phone, call: next }, call.stage === "stored" ? [lateCandidates(next)] : []];
    }
    default:
      return [phone, []];
  }
}

/** Our own start has come back: now it is true that we call, and the other side can be rung. */
export function startStored(phone: Phone, now: Instant, call: Outgoing, position: number): Step {
  if (call.stage !== "sent") return [phone, []];
  const next: Outgoing = { ...call, stage: "stored", position, ringNumber: 1, nextRing: after(now, RING_AGAIN_AFTER) };
  return [{ ...phone, call: next }, [ringing(next), ...(next.candidates.length > 0 ? [lateCandidates(next)] : [])]];
}

/** The first accept in the log. Everything after it is late. */
export function accepted(phone: Phone, now: Instant, call: Outgoing, accept: CallAccept, from: Sender): Step {
  const { start, workerKey, position } = call;
  if (call.stage !== "stored" || !start || !workerKey) return [phone, []];
  // An honest device draws again when its 32 bits are taken; two senders under one KID would share a counter's keys.
  if (sameKidPrefix(accept.join, start.join)) return end(phone, now, { type: "failed", why: "peerFailed" }, "failed");
  return begin(phone, now, {
    call,
    role: "caller",
    device: from.device,
    start,
    accept,
    workerKey,
    position,
    connected: false,
    before: [
      { type: "media", page: call.page, call: call.id, command: { type: "accepted", answer: accept.answer } },
      { type: "code", conversation: call.conversation, start, accept },
    ],
  });
}

export function outgoingTick(phone: Phone, now: Instant, call: Outgoing): Step {
  if (now >= call.until) {
    if (call.stage === "stored") return end(phone, now, { type: "noAnswer" }, "noAnswer");
    return end(phone, now, { type: "failed", why: "serverUnreachable" }, call.stage === "preparing" ? null : "noAnswer");
  }
  const isStill = call.alertingUntil !== null && now >= call.alertingUntil;
  const heard: Outgoing = isStill ? { ...call, alertingUntil: null } : call;
  if (heard.nextRing === null || now < heard.nextRing) return [isStill ? { ...phone, call: heard } : phone, []];
  const next: Outgoing = { ...heard, ringNumber: heard.ringNumber + 1, nextRing: after(now, RING_EVERY) };
  return [{ ...phone, call: next }, [ringing(next)]];
}

export const sameKidPrefix = (a: Uint8Array, b: Uint8Array): boolean => a.subarray(0, 4).every((byte, i) => byte === b[i]);

const ringing = ({ conversation, id, ringNumber }: Outgoing): CallEffect => ({
  type: "signal",
  conversation,
  signal: { type: "callRinging", call: idBytes(id), number: ringNumber },
});
const lateCandidates = ({ conversation, id, candidates }: Outgoing): CallEffect => ({
  type: "signal",
  conversation,
  signal: { type: "callCandidates", call: idBytes(id), generation: 0, candidates },
});
