/** What of a phone outlives the core's run, and the phone that comes of it. [L16] */
import { after, toHex, type Instant } from "@megachat/base";
import { idBytes } from "./ending.ts";
import { PAGES_WITHIN } from "./timing.ts";
import { allOff, newPhone, type Call, type Kept, type Phone, type Running, type Step } from "./types.ts";

export function keptOf({ call, offers, records, code }: Phone): Kept {
  // Until an accept is on its way, a tab that is gone leaves it ringing.
  const rings = call?.at === "incoming" || (call?.at === "answering" && !call.accept);
  const ringing = rings ? [...offers, call.offer] : offers;
  return { offers: ringing, records, call: keptCall(call, code) };
}

function keptCall(call: Call | null, code: string | null): Kept["call"] {
  if (!call || call.at === "incoming" || call.at === "ended") return null;
  if (call.at === "outgoing" && call.stage === "preparing") return null;
  if (call.at === "answering" && !call.accept) return null;
  const running = call.at === "running" ? { ...call, code } : null;
  return { conversation: call.conversation, call: idBytes(call.id), running };
}

/** Whether keeping one is as good as keeping the other. */
export function sameKept(a: Kept, b: Kept): boolean {
  const sameOffers = a.offers.length === b.offers.length && a.offers.every((offer, i) => offer.start === b.offers[i]?.start);
  if (a.records !== b.records) return false;
  if (!sameOffers || !a.call || !b.call) return sameOffers && a.call === b.call;
  if (toHex(a.call.call) !== toHex(b.call.call)) return false;
  const [one, other] = [a.call.running, b.call.running];
  if (!one || !other) return one === other;
  return one.generation === other.generation && one.connectedAt === other.connectedAt && one.code === other.code;
}

/** A running call goes on if a tab still has it; anything less is over, and the other side is told. */
export function restored(phone: Phone, now: Instant, kept: Kept): Step {
  if (phone.call && phone.call.at !== "ended") return [phone, []];
  const offers = kept.offers.map((offer) => ({ ...offer, heard: 0, candidates: [] }));
  const { records } = kept;
  if (!kept.call) return [{ ...newPhone, offers, records }, []];
  const { conversation, call: id, running } = kept.call;
  if (!running) {
    return [
      { ...newPhone, offers, records },
      [{ type: "send", conversation, event: { type: "callEnd", call: id, reason: "left" } }],
    ];
  }
  const { role, device, start, accept, workerKey, generation, since, connectedAt, code } = running;
  const call: Running = {
    at: "running",
    id: toHex(id),
    conversation,
    media: start.media,
    since,
    self: allOff,
    role,
    page: "",
    device,
    start,
    accept,
    workerKey,
    peer: { ...allOff, microphone: true },
    connectedAt,
    openedAt: null,
    silentSince: null,
    generation,
    nextRestart: null,
    lastRestart: null,
    lastOffer: null,
    nextLive: null,
    until: connectedAt === null ? after(now, PAGES_WITHIN) : null,
    nextSide: null,
    // Nobody remembers when it was asked last.
    nextPath: now,
    sideNumber: 0,
    peerSideNumber: 0,
    candidates: [],
    position: null,
    quality: null,
    pageUntil: after(now, PAGES_WITHIN),
  };
  return [{ ...newPhone, offers, records, call, code }, []];
}
