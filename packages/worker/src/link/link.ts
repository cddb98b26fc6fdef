/**
 * The connection to the server, as the client sees it: dialing, greeting, resuming, pairing replies with requests,
 * noticing silence and coming back. A pure step; `connection.ts` carries out the effects. [V1–V9]
 */
import { after, seconds, since, type Duration, type Instant } from "@megachat/base";
import {
  closeCode,
  type HelloAnswer,
  type Push,
  type RefusalReason,
  type Reply,
  type Request,
  type Resumed,
  type ServerFrame,
  type ValueOf,
} from "@megachat/wire";
import { backoff } from "./backoff.ts";
import { mayAnswer } from "./replies.ts";

export interface Link {
  readonly at: At;
  /** Whether we hold a session, so that a new connection resumes it before anything else. */
  readonly hasSession: boolean;
  /** The browser says that there is no network. It is not believed, only shown. */
  readonly networkDown: boolean;
  /** When the link was last up, or first tried. */
  readonly since: Instant;
}

export type At =
  /** Before `start` and after `stop`. */
  | { readonly step: "stopped" }
  /** The server speaks another protocol: only a reload helps. */
  | { readonly step: "outdated" }
  | { readonly step: "waiting"; readonly attempt: number; readonly until: Instant }
  | { readonly step: "dialing"; readonly attempt: number; readonly started: Instant }
  | Up;

/** A connection that carries frames. */
export interface Up extends Life {
  /** `hello` was sent · `resume` was sent · requests pass. */
  readonly step: "greeting" | "resuming" | "open";
  /** The server counts this connection to our session. */
  readonly signedIn: boolean;
  readonly attempt: number;
  readonly opened: Instant;
  /** Requests sent on this connection; the next one's number. */
  readonly sent: number;
  readonly inFlight: ReadonlyMap<number, InFlight>;
  readonly queue: readonly Asked[];
  /** The server said that it is going down and when to come back. */
  readonly comeBack: Instant | null;
}
interface Life {
  /** When bytes last came, or left the socket's own buffer. */
  readonly heard: Instant;
  /** Since when an answer is due; null while the line may be still. */
  readonly probe: Instant | null;
  /** Bytes the socket had not sent when last looked at, and when that was. */
  readonly unsent: number;
  readonly looked: Instant;
}
export interface Asked {
  /** Null for requests of the link itself. */
  readonly key: string | null;
  readonly request: Request;
}
interface InFlight {
  readonly key: string | null;
  readonly type: Request["type"];
  readonly sent: Instant;
}

export type LinkInput =
  | { readonly type: "start" | "stop" }
  | { readonly type: "timeIs"; readonly unsent: number }
  | { readonly type: "opened" }
  | { readonly type: "frame"; readonly frame: ServerFrame }
  /** Bytes that are no frame. */
  | { readonly type: "malformed" }
  | { readonly type: "closed"; readonly code: number }
  | { readonly type: "network"; readonly up: boolean }
  | { readonly type: "ask"; readonly key: string; readonly request: Request }
  /** A session was gained, or dropped, by other means than this link's own replies. */
  | { readonly type: "session"; readonly has: boolean }
  /** Break and come back: inputs come faster than they are worked off, or who was asking has forgotten. */
  | { readonly type: "reset" };

export type LinkEffect =
  | { readonly type: "dial" }
  | { readonly type: "close"; readonly code: number }
  /** `hello` and `resume` are filled in by whoever holds the client's name and the session's token. */
  | { readonly type: "send"; readonly number: number; readonly request: Request | "hello" | "resume" }
  | { readonly type: "tell"; readonly event: LinkEvent };

export type LinkEvent =
  | { readonly type: "greeted"; readonly answer: ValueOf<typeof HelloAnswer> }
  | { readonly type: "resumed"; readonly resumed: ValueOf<typeof Resumed> }
  /** The session is no more; the link goes on without one. */
  | { readonly type: "sessionRefused"; readonly reason: RefusalReason }
  | { readonly type: "online"; readonly signedIn: boolean }
  | { readonly type: "offline" }
  /** A try to connect has failed, or the connection is gone: the next try comes after a wait. */
  | { readonly type: "down" }
  | { readonly type: "reply"; readonly key: string; readonly reply: Reply }
  | { readonly type: "unanswered"; readonly key: string }
  | { readonly type: "push"; readonly push: Push }
  | { readonly type: "outdated" }
  /** The server broke the protocol; for the alarm's counter. */
  | { readonly type: "violation"; readonly what: Violation };
export type Violation = "malformedFrame" | "unknownNumber" | "wrongReply" | "pushWithoutSession" | "requestIgnored";

/** What an input brings besides itself. `now` never goes back; `chance` is fresh, 0 ≤ chance < 1. */
export interface Moment {
  readonly now: Instant;
  readonly chance: number;
}
type Step = readonly [Link, readonly LinkEffect[]];

/** A dial or a WebSocket handshake may take this long. */
export const DIAL_TIMEOUT = seconds(15);
/** A line without bytes for this long is probed with a ping. */
export const PING_AFTER = seconds(20);
/** No byte for this long while an answer is due: dead. */
export const DEAD_AFTER = seconds(10);
/** Meanwhile the socket's own buffer is looked at this often. */
const LOOK_AFTER = seconds(4);
/** A server that answers pings but not this request is broken. */
export const REPLY_TIMEOUT = seconds(60);
/** A connection that stood this long was good: trying again starts from the shortest wait. */
const PROVED_AFTER = seconds(30);
/** After another connection has taken over our session. */
const REPLACED_WAIT = seconds(60);
/** Requests under way at once; more wait in line. */
export const MAX_IN_FLIGHT = 32;
/** Requests in line; more are unanswered at once. */
export const MAX_QUEUE = 1024;

export const startLink = (now: Instant, hasSession: boolean): Link => ({
  at: { step: "stopped" },
  hasSession,
  networkDown: false,
  since: now,
});

export function stepLink(link: Link, input: LinkInput, moment: Moment): Step {
  switch (input.type) {
    case "start":
      return link.at.step === "stopped" ? dial({ ...link, since: moment.now }, 0, moment.now) : [link, []];
    case "stop":
      return drop(link, { step: "stopped" }, 1000);
    case "timeIs":
      return stepTime(link, input.unsent, moment);
    case "opened":
      return link.at.step === "dialing" ? greet(link, link.at.attempt, moment.now) : [link, []];
    case "frame":
      return isUp(link.at) ? stepFrame(link, link.at, input.frame, moment) : [link, []];
    case "malformed":
      return isUp(link.at) ? violate(link, "malformedFrame", moment) : [link, []];
    case "closed":
      return stepClosed(link, input.code, moment);
    case "network":
      return stepNetwork({ ...link, networkDown: !input.up }, input.up, moment.now);
    case "ask":
      return ask(link, { key: input.key, request: input.request }, moment.now);
    case "session": {
      const at = isUp(link.at) && link.at.step === "open" ? { ...link.at, signedIn: link.at.signedIn && input.has } : link.at;
      return [{ ...link, hasSession: input.has, at }, []];
    }
    case "reset":
      return isUp(link.at)
        ? breakOff(link, link.at, backoff(link.at.attempt, moment.chance), moment.now, closeCode.tooMuch)
        : [link, []];
  }
}

/** When {@link stepLink} wants to be told the time next; null: not at all. */
export function alarmOf(link: Link): Instant | null {
  const { at } = link;
  if (at.step === "waiting") return at.until;
  if (at.step === "dialing") return after(at.started, DIAL_TIMEOUT);
  if (!isUp(at)) return null;
  const silence =
    at.probe === null
      ? after(at.heard, PING_AFTER)
      : earlier(after(later(at.probe, at.heard), DEAD_AFTER), after(later(at.probe, at.looked), LOOK_AFTER));
  const oldest = oldestOf(at);
  return oldest === null ? silence : earlier(silence, after(oldest, REPLY_TIMEOUT));
}

export const isUp = (at: At): at is Up => at.step === "greeting" || at.step === "resuming" || at.step === "open";

// —— Coming up ———————————————————————————————————————————————————————————————————————————————————————————

const dial = (link: Link, attempt: number, now: Instant): Step => [
  { ...link, at: { step: "dialing", attempt, started: now } },
  [{ type: "dial" }],
];

function greet(link: Link, attempt: number, now: Instant): Step {
  const at: Up = {
    step: "greeting",
    signedIn: false,
    attempt,
    opened: now,
    heard: now,
    probe: null,
    unsent: 0,
    looked: now,
    sent: 0,
    inFlight: new Map(),
    queue: [],
    comeBack: null,
  };
  return sendOwn(link, at, "hello", now);
}

function stepGreeting(link: Link, at: Up, reply: Reply, moment: Moment): Step {
  if (reply.type === "helloAnswer") {
    const greeted = tell({ type: "greeted", answer: reply });
    const next = link.hasSession
      ? sendOwn(link, { ...at, step: "resuming" }, "resume", moment.now)
      : open(link, { ...at, step: "open" }, moment.now);
    return [next[0], [greeted, ...next[1]]];
  }
  if (reply.type === "refused" && reply.reason === "protocol") return outdated(link);
  return turnedAway(link, at, reply, moment);
}

function stepResuming(link: Link, at: Up, reply: Reply, moment: Moment): Step {
  if (reply.type === "resumed") {
    const next = open(link, { ...at, step: "open", signedIn: true }, moment.now);
    return [next[0], [tell({ type: "resumed", resumed: reply }), ...next[1]]];
  }
  if (reply.type === "refused" && endsSession(reply.reason)) {
    const next = open({ ...link, hasSession: false }, { ...at, step: "open" }, moment.now);
    return [next[0], [tell({ type: "sessionRefused", reason: reply.reason }), ...next[1]]];
  }
  return turnedAway(link, at, reply, moment);
}

const endsSession = (reason: RefusalReason): boolean =>
  reason === "sessionEnded" || reason === "notSignedIn" || reason === "unknownDevice" || reason === "accountDisabled";

const open = (link: Link, at: Up, now: Instant): Step => [
  { ...link, at, since: now },
  [tell({ type: "online", signedIn: at.signedIn })],
];

/** Not now: come back after the server's own wait, or ours where it names none. */
function turnedAway(link: Link, at: Up, reply: Reply, { now, chance }: Moment): Step {
  const ours = backoff(at.attempt, chance);
  const wait = reply.type === "slowDown" ? (Math.max(ours, Math.min(reply.retryAfterMs, seconds(60))) as Duration) : ours;
  return breakOff(link, at, wait, now, 1000);
}

// —— Requests and replies ————————————————————————————————————————————————————————————————————————————————

function ask(link: Link, asked: Asked, now: Instant): Step {
  const { at } = link;
  // Nothing waits across a break: who asks decides again when the link is back.
  if (!isUp(at) || at.step !== "open" || at.queue.length >= MAX_QUEUE) return [link, unanswered([asked])];
  if (at.inFlight.size >= MAX_IN_FLIGHT) return [{ ...link, at: { ...at, queue: [...at.queue, asked] } }, []];
  const [next, effect] = send(at, asked, now);
  return [{ ...link, at: next }, [effect]];
}

function send(at: Up, asked: Asked, now: Instant): readonly [Up, LinkEffect] {
  const inFlight = new Map(at.inFlight).set(at.sent, { key: asked.key, type: asked.request.type, sent: now });
  return [
    { ...at, sent: at.sent + 1, inFlight },
    { type: "send", number: at.sent, request: asked.request },
  ];
}

function sendOwn(link: Link, at: Up, request: "hello" | "resume", now: Instant): Step {
  const inFlight = new Map(at.inFlight).set(at.sent, { key: null, type: request, sent: now });
  return [{ ...link, at: { ...at, sent: at.sent + 1, inFlight, probe: now } }, [{ type: "send", number: at.sent, request }]];
}

function stepFrame(link: Link, before: Up, frame: ServerFrame, moment: Moment): Step {
  const at: Up = { ...before, heard: moment.now, probe: null };
  if (frame.type === "push") return stepPush({ ...link, at }, at, frame.push, moment);
  const request = at.inFlight.get(frame.number);
  if (!request) return violate(link, "unknownNumber", moment);
  if (!mayAnswer(request.type, frame.reply.type)) return violate(link, "wrongReply", moment);

  const inFlight = new Map(at.inFlight);
  inFlight.delete(frame.number);
  const answered = { ...at, inFlight };
  if (at.step === "greeting") return stepGreeting(link, answered, frame.reply, moment);
  if (at.step === "resuming") return stepResuming(link, answered, frame.reply, moment);

  // The server has bound this connection to the session by the time it says so; pushes may follow at once.
  const gained = frame.reply.type === "session";
  const lost = request.type === "signOut" && frame.reply.type === "done";
  const bound = { ...answered, signedIn: (answered.signedIn || gained) && !lost };
  const [next, sent] = sendQueued(bound, moment.now);
  const reply: readonly LinkEffect[] = request.key === null ? [] : [tell({ type: "reply", key: request.key, reply: frame.reply })];
  return [{ ...link, hasSession: (link.hasSession || gained) && !lost, at: next }, [...reply, ...sent]];
}

function sendQueued(at: Up, now: Instant): readonly [Up, readonly LinkEffect[]] {
  const [first, ...rest] = at.queue;
  if (!first || at.inFlight.size >= MAX_IN_FLIGHT) return [at, []];
  const [next, effect] = send({ ...at, queue: rest }, first, now);
  return [next, [effect]];
}

function stepPush(link: Link, at: Up, push: Push, moment: Moment): Step {
  if (push.type === "goingAway") {
    const comeBack = after(moment.now, Math.min(push.retryAfterMs, seconds(60)) as Duration);
    return [{ ...link, at: { ...at, comeBack } }, [tell({ type: "push", push })]];
  }
  if (!at.signedIn) {
    // After a sign-out, pushes that were on their way are nobody's; before the first session there can be none.
    return at.step === "open" ? [link, []] : violate(link, "pushWithoutSession", moment);
  }
  if (push.type === "sessionEnded" && push.why === "replaced") {
    // A copy of this browser has resumed the same session. Coming back at once would be a tug-of-war.
    return [{ ...link, at: { ...at, comeBack: after(moment.now, REPLACED_WAIT) } }, [tell({ type: "push", push })]];
  }
  return [link, [tell({ type: "push", push })]];
}

// —— Silence, breaks and coming back —————————————————————————————————————————————————————————————————————

function stepTime(link: Link, unsent: number, moment: Moment): Step {
  const { at } = link;
  const { now, chance } = moment;
  if (at.step === "waiting") return now >= at.until ? dial(link, at.attempt, now) : [link, []];
  if (at.step === "dialing") {
    if (since(at.started, now) < DIAL_TIMEOUT) return [link, []];
    return waitThen(link, at.attempt + 1, backoff(at.attempt + 1, chance), now, [{ type: "close", code: 1000 }]);
  }
  if (!isUp(at)) return [link, []];

  // A slow line that is still taking our bytes is alive, although the ping stands behind them.
  const moving = unsent < at.unsent;
  const seen: Up = { ...at, unsent, looked: now, heard: moving ? now : at.heard };
  const oldest = oldestOf(seen);
  if (oldest !== null && since(oldest, now) >= REPLY_TIMEOUT) return violate(link, "requestIgnored", moment);
  if (seen.probe !== null) {
    const due = since(later(seen.probe, seen.heard), now) >= DEAD_AFTER;
    return due ? breakOff(link, at, backoff(at.attempt, chance), now, 1000) : [{ ...link, at: seen }, []];
  }
  return since(seen.heard, now) >= PING_AFTER ? ping(link, seen, now) : [{ ...link, at: seen }, []];
}

function ping(link: Link, at: Up, now: Instant): Step {
  const [next, effect] = send({ ...at, probe: now }, { key: null, request: { type: "ping" } }, now);
  return [{ ...link, at: next }, [effect]];
}

function stepNetwork(link: Link, up: boolean, now: Instant): Step {
  const { at } = link;
  if (!up) return [link, []];
  // A new network seldom carries the old connection: do not wait for the next ping to find out.
  if (at.step === "waiting") return dial(link, 0, now);
  if (isUp(at) && at.step === "open" && at.probe === null) return ping(link, at, now);
  return [link, []];
}

function stepClosed(link: Link, code: number, moment: Moment): Step {
  const { at } = link;
  if (code === closeCode.protocol && at.step !== "stopped") return outdated(link);
  if (at.step === "dialing") {
    return waitThen(link, at.attempt + 1, backoff(at.attempt + 1, moment.chance), moment.now, []);
  }
  return isUp(at) ? breakOff(link, at, backoff(at.attempt, moment.chance), moment.now, null) : [link, []];
}

/** The server did what it must not: nothing of the frame is used, and the connection ends. [V4] */
function violate(link: Link, what: Violation, { now, chance }: Moment): Step {
  if (!isUp(link.at)) return [link, []];
  const next = breakOff(link, link.at, backoff(link.at.attempt + 1, chance), now, closeCode.malformed);
  return [next[0], [tell({ type: "violation", what }), ...next[1]]];
}

/** The connection is over; what was asked is unanswered, and the next dial is set. */
function breakOff(link: Link, at: Up, wait: Duration, now: Instant, close: number | null): Step {
  const effects: LinkEffect[] = close === null ? [] : [{ type: "close", code: close }];
  effects.push(...lost(at));
  const proved = since(at.opened, now) >= PROVED_AFTER;
  const comeBack = at.comeBack === null ? wait : (Math.max(since(now, at.comeBack), wait) as Duration);
  return waitThen({ ...link, since: at.step === "open" ? now : link.since }, proved ? 0 : at.attempt + 1, comeBack, now, effects);
}

const waitThen = (link: Link, attempt: number, wait: Duration, now: Instant, effects: readonly LinkEffect[]): Step => [
  { ...link, at: { step: "waiting", attempt, until: after(now, wait) } },
  [...effects, tell({ type: "down" })],
];

const outdated = (link: Link): Step => {
  const [next, effects] = drop(link, { step: "outdated" }, 1000);
  return [next, [...effects, tell({ type: "down" }), tell({ type: "outdated" })]];
};

function drop(link: Link, at: At, code: number): Step {
  const open = isUp(link.at) || link.at.step === "dialing";
  const close: readonly LinkEffect[] = open ? [{ type: "close", code }] : [];
  return [{ ...link, at }, [...close, ...(isUp(link.at) ? lost(link.at) : [])]];
}

/** What the core must hear when a connection is gone: each request, then the state. */
const lost = (at: Up): readonly LinkEffect[] => [
  ...unanswered([...at.inFlight.values(), ...at.queue]),
  ...(at.step === "open" ? [tell({ type: "offline" })] : []),
];

const unanswered = (asked: readonly { readonly key: string | null }[]): readonly LinkEffect[] =>
  asked.flatMap(({ key }) => (key === null ? [] : [tell({ type: "unanswered", key })]));

const tell = (event: LinkEvent): LinkEffect => ({ type: "tell", event });
const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);
const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);
// Maps keep the order of insertion, and requests are sent in the order of time.
const oldestOf = (at: Up): Instant | null => at.inFlight.values().next().value?.sent ?? null;
