/** Both have agreed: keys, the path, its loss and recovery. [L7–L10] [L15] */
import { after, since, type Instant } from "@megachat/base";
import type { CallAccept, CallSignal, CallStart, IceServerList, MediaEvent } from "@megachat/wire";
import { end, idBytes } from "./ending.ts";
import {
  CONNECT_WITHIN,
  LIVE_EVERY,
  LOST_AFTER,
  MAX_GENERATION,
  MAX_LATE,
  OFFER_PAUSE,
  PATH_AGAIN_AFTER,
  PATH_EVERY,
  RESTART_EVERY,
  RESTART_PAUSE,
  SIDE_EVERY,
} from "./timing.ts";
import {
  allOff,
  type Answering,
  type CallEffect,
  type Outgoing,
  type Phone,
  type Running,
  type Sender,
  type Side,
  type Step,
} from "./types.ts";

interface Agreed {
  readonly call: Outgoing | Answering;
  readonly role: Running["role"];
  readonly device: string;
  readonly start: CallStart;
  readonly accept: CallAccept;
  readonly workerKey: Uint8Array<ArrayBuffer>;
  readonly position: number | null;
  readonly connected: boolean;
  /** What must come before the keys. */
  readonly before: readonly CallEffect[];
}

/** The moment from which media may be sent: the accept stands in the log and, for the callee, the caller has confirmed it. */
export function begin(phone: Phone, now: Instant, agreed: Agreed): Step {
  const { call, role, device, start, accept, workerKey, position, connected } = agreed;
  const { id, conversation, page, media, self } = call;
  const running: Running = {
    at: "running",
    id,
    conversation,
    media,
    since: call.since,
    self,
    role,
    page,
    device,
    start,
    accept,
    workerKey,
    position,
    peer: { ...allOff, microphone: true },
    connectedAt: connected ? now : null,
    openedAt: null,
    silentSince: null,
    generation: 0,
    nextRestart: null,
    lastRestart: null,
    lastOffer: null,
    nextLive: role === "caller" ? after(now, LIVE_EVERY) : null,
    until: connected ? null : after(now, CONNECT_WITHIN),
    nextSide: connected ? now : null,
    nextPath: after(now, PATH_EVERY),
    sideNumber: 0,
    peerSideNumber: 0,
    candidates: call.candidates,
    quality: null,
    pageUntil: null,
  };
  return [
    { ...phone, call: running },
    [
      ...agreed.before,
      keys(running, false),
      { type: "media", page, call: id, command: { type: "send" } },
      ...(role === "caller" ? [live(running)] : []),
      ...late(running),
    ],
  ];
}

/** The conversation has a new epoch: its keys, or the end when the other device is no longer in it. */
export function newEpoch(phone: Phone, now: Instant, call: Running, removal: boolean, devices: readonly string[]): Step {
  if (!devices.includes(call.device)) return end(phone, now, { type: "failed", why: "peerFailed" }, "failed");
  return [phone, [keys(call, removal)]];
}

export function runningMedia(phone: Phone, now: Instant, call: Running, event: MediaEvent): Step {
  const stay: Step = [phone, []];
  switch (event.type) {
    case "candidates": {
      if (event.generation !== call.generation) return stay;
      const next = { ...call, candidates: [...call.candidates, ...event.candidates].slice(0, MAX_LATE) };
      return [{ ...phone, call: next }, late(next)];
    }
    case "connected":
      // Browsers say it again after a restart, before anything is heard on the new path: silence ends with sound only.
      if (call.connectedAt !== null) return stay;
      return heard(phone, now, { ...call, connectedAt: now, nextLive: null });
    case "opened":
      return [{ ...phone, call: { ...call, openedAt: call.openedAt ?? now } }, []];
    case "heard":
      return call.silentSince === null ? stay : heard(phone, now, call);
    case "silent": {
      if (call.connectedAt === null || call.silentSince !== null) return stay;
      const silentSince = after(now, -event.forMs as typeof RESTART_EVERY);
      return restart(phone, now, { ...call, silentSince, until: after(silentSince, LOST_AFTER) });
    }
    case "noPath":
      return event.generation === call.generation ? restart(phone, now, call) : stay;
    case "networkChanged":
      return call.connectedAt === null ? stay : restart(phone, now, call);
    case "restartOffered": {
      if (call.role !== "caller" || event.generation !== call.generation) return stay;
      const { generation, offer } = event;
      return [phone, [signal(call, { type: "callRestartOffer", call: call.start.call, generation, offer })]];
    }
    case "restartAnswered": {
      if (call.role !== "callee" || event.generation !== call.generation) return stay;
      const { generation, answer } = event;
      return [phone, [signal(call, { type: "callRestartAnswer", call: call.start.call, generation, answer })]];
    }
    case "quality":
      return [{ ...phone, call: { ...call, quality: event.quality } }, []];
    default:
      return stay;
  }
}

export function runningSignal(phone: Phone, now: Instant, call: Running, from: Sender, said: CallSignal): Step {
  const stay: Step = [phone, []];
  if (from.device !== call.device) return stay;
  const media = (command: Extract<CallEffect, { type: "media" }>["command"]): CallEffect => ({
    type: "media",
    page: call.page,
    call: call.id,
    command,
  });
  switch (said.type) {
    case "callLive":
      // Said again because the caller does not yet hear us: perhaps our candidates were lost.
      return call.role === "callee" ? [phone, late(call)] : stay;
    case "callCandidates": {
      const { generation, candidates } = said;
      return generation === call.generation ? [phone, [media({ type: "candidates", generation, candidates })]] : stay;
    }
    case "callRestartWanted":
      // What asks from an older generation has not yet seen the last restart, unless that one was lost on its way.
      return call.role === "caller" &&
        (said.generation === call.generation || (said.generation < call.generation && rested(call, now)))
        ? restart(phone, now, call)
        : stay;
    case "callRestartOffer": {
      if (call.role !== "callee" || said.generation <= call.generation) return stay;
      // Each costs this browser a gathering of its addresses. An honest caller waits longer, and says it again.
      if (call.lastOffer !== null && isWithin(call.lastOffer, now, OFFER_PAUSE)) return stay;
      const { generation, offer } = said;
      // A restart like one of our own: it has its time before we wish for another.
      const nextRestart = call.nextRestart === null ? null : after(now, RESTART_EVERY);
      const next = { ...call, generation, candidates: [], lastRestart: now, lastOffer: now, nextRestart };
      return [{ ...phone, call: next }, [media({ type: "restartOffer", generation, offer })]];
    }
    case "callRestartAnswer": {
      if (call.role !== "caller" || said.generation !== call.generation) return stay;
      const { generation, answer } = said;
      return [phone, [media({ type: "restartAnswer", generation, answer })]];
    }
    case "callSideState": {
      if (said.number <= call.peerSideNumber) return stay;
      const { microphone, camera, screen, held, number } = said;
      return [{ ...phone, call: { ...call, peer: { microphone, camera, screen, held }, peerSideNumber: number } }, []];
    }
    default:
      return stay;
  }
}

/** The credentials of a relay do not last, and a restart may need them. [L20] */
export function newServers(phone: Phone, now: Instant, call: Running, iceServers: IceServerList): Step {
  const next: Running = { ...call, nextPath: after(now, PATH_EVERY) };
  return [{ ...phone, call: next }, [{ type: "media", page: call.page, call: call.id, command: { type: "servers", iceServers } }]];
}

/** What we send has changed: the other side is told, now and every ten seconds, since signals may be lost. */
export function tellSide(phone: Phone, now: Instant, call: Running, self: Side = call.self): Step {
  // By the clock, too: a core that starts anew must not count from where the other side no longer listens.
  const sideNumber = Math.max(call.sideNumber + 1, Math.floor(since(call.since, now) / 1000));
  const next: Running = { ...call, self, sideNumber, nextSide: after(now, SIDE_EVERY) };
  return [{ ...phone, call: next }, [signal(next, { type: "callSideState", call: call.start.call, number: sideNumber, ...self })]];
}

/** An ICE restart, now or as soon as the last one has had its time. Only the caller offers; the callee asks for one. [L10] */
export function restart(phone: Phone, now: Instant, call: Running): Step {
  const again = call.silentSince !== null || call.connectedAt === null;
  if (call.lastRestart !== null && !rested(call, now)) {
    // While something is heard, what asks for a restart is answered by the one that is under way.
    if (!again) return [phone, []];
    return [{ ...phone, call: { ...call, nextRestart: after(call.lastRestart, RESTART_PAUSE) } }, []];
  }
  const nextRestart = again ? after(now, RESTART_EVERY) : null;
  if (call.role === "callee") {
    const next: Running = { ...call, lastRestart: now, nextRestart };
    const { generation } = call;
    return [{ ...phone, call: next }, [signal(call, { type: "callRestartWanted", call: call.start.call, generation })]];
  }
  if (call.generation >= MAX_GENERATION) return end(phone, now, { type: "failed", why: "connectionLost" }, "lost");
  const next: Running = { ...call, lastRestart: now, nextRestart, generation: call.generation + 1, candidates: [] };
  const { generation } = next;
  return [{ ...phone, call: next }, [{ type: "media", page: call.page, call: call.id, command: { type: "restart", generation } }]];
}

/** Whether the last restart has had the time that it needs. */
const rested = ({ lastRestart }: Running, now: Instant): boolean =>
  lastRestart === null || !isWithin(lastRestart, now, RESTART_PAUSE);

/** A clock that went back says nothing. */
function isWithin(then: Instant, now: Instant, pause: typeof RESTART_PAUSE): boolean {
  const passed = since(then, now);
  return passed >= 0 && passed < pause;
}

export function runningTick(phone: Phone, now: Instant, call: Running): Step {
  if (call.pageUntil !== null && now >= call.pageUntil) return end(phone, now, { type: "failed", why: "tabClosed" }, "left");
  if (call.until !== null && now >= call.until) {
    return call.connectedAt === null
      ? end(phone, now, { type: "failed", why: "noPath" }, "noPath")
      : end(phone, now, { type: "failed", why: "connectionLost" }, "lost");
  }
  const effects: CallEffect[] = [];
  let next: Phone = phone;
  let running = call;
  const take = ([stepped, more]: Step): void => {
    next = stepped;
    effects.push(...more);
    if (stepped.call?.at === "running") running = stepped.call;
  };
  if (running.nextLive !== null && now >= running.nextLive) {
    take([{ ...next, call: { ...running, nextLive: after(now, LIVE_EVERY) } }, [live(running), ...late(running)]]);
  }
  if (now >= running.nextPath) {
    take([{ ...next, call: { ...running, nextPath: after(now, PATH_AGAIN_AFTER) } }, [{ type: "findPath", call: running.id }]]);
  }
  if (running.nextSide !== null && now >= running.nextSide) take(tellSide(next, now, running));
  if (running.nextRestart !== null && now >= running.nextRestart) take(restart(next, now, running));
  return [next, effects];
}

function heard(phone: Phone, now: Instant, call: Running): Step {
  const next: Running = { ...call, silentSince: null, nextRestart: null, until: null };
  return tellSide(phone, now, next);
}

const signal = (call: Running, said: CallSignal): CallEffect => ({ type: "signal", conversation: call.conversation, signal: said });
const live = (call: Running): CallEffect => signal(call, { type: "callLive", call: call.start.call, join: call.accept.join });
const late = (call: Running): readonly CallEffect[] =>
  call.candidates.length === 0
    ? []
    : [signal(call, { type: "callCandidates", call: idBytes(call.id), generation: call.generation, candidates: call.candidates })];

function keys(call: Running, removal: boolean): CallEffect {
  const [own, theirs] = call.role === "caller" ? [call.start.join, call.accept.join] : [call.accept.join, call.start.join];
  return {
    type: "frameKeys",
    conversation: call.conversation,
    page: call.page,
    call: call.start.call,
    workerKey: call.workerKey,
    join: own,
    peer: { device: call.device, join: theirs },
    removal,
  };
}
