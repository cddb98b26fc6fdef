/**
 * Carries out what {@link stepLink} decides: one socket at a time, one timer, and whole frames decoded at the door.
 * The host's socket, clock and timer come in as ports, so the same file runs in a worker, in Node and on simulated time. [V1–V9]
 */
import type { Instant, Log, Random } from "@megachat/base";
import { ClientFrame, decode, encode, MAX_FRAME, PROTOCOL, ServerFrame, type Request } from "@megachat/wire";
import type { Timer } from "../driver/timer.ts";
import { alarmOf, startLink, stepLink, type Link, type LinkEvent, type LinkInput } from "./link.ts";

/** An open or opening WebSocket. */
export interface Socket {
  readonly send: (frame: Uint8Array<ArrayBuffer>) => void;
  readonly close: (code: number) => void;
  /** Bytes given to {@link send} that have not left this process. */
  readonly unsent: () => number;
}
/** After `closed` nothing more is called. */
export interface SocketEvents {
  readonly opened: () => void;
  /** Null for a message that is not binary. */
  readonly message: (bytes: Uint8Array | null) => void;
  readonly closed: (code: number) => void;
}
export type Dial = (events: SocketEvents) => Socket;

export interface SessionToken {
  readonly session: Uint8Array<ArrayBuffer>;
  readonly token: Uint8Array<ArrayBuffer>;
}

export interface ConnectionPorts {
  readonly dial: Dial;
  /** Never goes back. */
  readonly now: () => Instant;
  readonly timer: Timer;
  readonly random: Random;
  readonly log: Log;
  /** Name and version of this client, ≤ 32 bytes, for support. */
  readonly client: string;
  /** What `resume` presents, asked when one is due: after `{ type: "session", has: true }`. */
  readonly session: () => SessionToken | undefined;
}

export interface Connection {
  readonly give: (input: Exclude<LinkInput, { readonly type: "opened" | "frame" | "malformed" | "closed" | "timeIs" }>) => void;
  readonly link: () => Link;
}

/** `tell` hears every event in order, and never from inside a call of {@link Connection.give}'s caller's own step. */
export function openConnection(
  ports: ConnectionPorts,
  tell: (event: LinkEvent) => void,
  /** After inputs that changed what {@link Connection.link} says. */
  changed: () => void = () => {},
): Connection {
  let link = startLink(ports.now(), false);
  let socket: Socket | undefined;
  let cancel: (() => void) | undefined;
  // Telling may give the next input at once: inputs wait in line, so that events keep their order.
  const inputs: LinkInput[] = [];
  let busy = false;

  const give = (input: LinkInput): void => {
    inputs.push(input);
    if (busy) return;
    busy = true;
    const before = link;
    try {
      for (let next = inputs.shift(); next; next = inputs.shift()) run(next);
    } finally {
      busy = false;
    }
    cancel?.();
    const alarm = alarmOf(link);
    cancel =
      alarm === null
        ? undefined
        : ports.timer.at(alarm, ports.now(), () => give({ type: "timeIs", unsent: socket?.unsent() ?? 0 }));
    if (link.at.step !== before.at.step || link.networkDown !== before.networkDown) changed();
  };

  const run = (input: LinkInput): void => {
    const [next, effects] = stepLink(link, input, { now: ports.now(), chance: chanceOf(ports.random) });
    link = next;
    for (const effect of effects) {
      switch (effect.type) {
        case "dial":
          socket = dialFresh();
          break;
        case "close":
          hangUp(effect.code);
          break;
        case "send":
          send(effect.number, effect.request);
          break;
        case "tell":
          if (effect.event.type === "violation") ports.log.warn("serverBrokeProtocol", { what: effect.event.what });
          tell(effect.event);
          break;
      }
    }
  };

  const dialFresh = (): Socket => {
    // What a socket we have given up still says is nobody's business.
    const own = (): boolean => socket === fresh;
    const fresh: Socket = ports.dial({
      opened: () => void (own() && give({ type: "opened" })),
      message: (bytes) => void (own() && give(inputOf(bytes))),
      closed: (code) => {
        if (!own()) return;
        socket = undefined;
        give({ type: "closed", code });
      },
    });
    return fresh;
  };

  const hangUp = (code: number): void => {
    const old = socket;
    socket = undefined;
    old?.close(code);
  };

  const send = (number: number, request: Request | "hello" | "resume"): void => {
    const whole = request === "hello" ? hello(ports.client) : request === "resume" ? resume(ports.session()) : request;
    socket?.send(encode(ClientFrame, { number, request: whole }));
  };

  return { give, link: () => link };
}

function inputOf(bytes: Uint8Array | null): LinkInput {
  if (bytes === null || bytes.length > MAX_FRAME) return { type: "malformed" };
  const frame = decode(ServerFrame, bytes);
  return frame.ok ? { type: "frame", frame: frame.value } : { type: "malformed" };
}

const hello = (client: string): Request => ({ type: "hello", protocol: PROTOCOL, client });

function resume(held: SessionToken | undefined): Request {
  // Dropped between the dial and now: the server refuses these and the link goes on without a session.
  const token = held ?? { session: new Uint8Array(16), token: new Uint8Array(32) };
  return { type: "resume", session: token.session, token: token.token };
}

/** 0 ≤ chance < 1, from two bytes: enough to spread clients over a wait. */
const chanceOf = (random: Random): number => {
  const [high = 0, low = 0] = random.bytes(2);
  return (high * 256 + low) / 65_536;
};
