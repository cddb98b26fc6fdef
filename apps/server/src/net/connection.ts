/**
 * One connection: frames in, replies and pushes out. [S4] [S5] [S33]
 *
 * Bytes that do not decode close it. Requests are carried out as they come and answered once each. A peer that does not
 * read is not read from, and then dropped: it fetches what it missed when it comes back.
 */
import { ClientFrame, closeCode, decode, encode, MAX_FRAME, ServerFrame, type Reply, type Request } from "@megachat/wire";
import type { WebSocket } from "ws";
import type { BusEvent } from "../bus.ts";
import { refused, slowDown, type Answer, type Caller, type Operation, type SignedIn } from "../operation.ts";
import { operations } from "../operations.ts";
import { encodePush } from "../pushes.ts";
import type { Services } from "../services.ts";
import { NotStored } from "../store/group-commit.ts";

/** Unsent bytes at which we stop reading requests, and at which the peer is given up. */
const PAUSE_AT = 1 << 20;
const DROP_AT = 8 << 20;
/** Requests on their way of one connection. */
const MAX_IN_FLIGHT = 64;
/** Requests answered with `slowDown` in a row before the connection is closed. */
const PATIENCE = 500;
/** A connection without a session is for signing in. */
const ENTRANCE_MS = 15 * 60_000;
/** Nothing heard for so long: the other end is gone. A beat comes every third of it, so a dead line lasts 28 s. */
export const SILENCE_MS = 21_000;

export interface Connection {
  /** Called every third of {@link SILENCE_MS}: pings, and closes what is idle or gone. */
  readonly beat: () => void;
  readonly goAway: (retryAfterMs: number) => void;
  readonly account: () => Uint8Array | undefined;
  readonly end: (why: "signedOut" | "disabled" | "replaced") => void;
  readonly terminate: () => void;
}

let lastNumber = 0;

export function openConnection(
  services: Services,
  socket: WebSocket,
  from: { readonly address: string; readonly host: string },
): Connection {
  const { log, steady, bus, buckets, metrics } = services;
  const name = `connection ${++lastNumber}`;
  const opened = steady.now();
  const caller: Caller = { ...from, login: null, greeted: false };
  let me: SignedIn | undefined;
  let subscription: Disposable | undefined;
  let heard = opened;
  let inFlight = 0;
  let slowed = 0;

  const send = (bytes: Uint8Array): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > DROP_AT) {
      log.warn("peerDoesNotRead");
      metrics.dropped("doesNotRead");
      socket.terminate();
      return;
    }
    socket.send(bytes, regulate);
    regulate();
  };
  // Reading stops while answers pile up or too much is on its way, so a peer can only ask for what it takes.
  const regulate = (): void => {
    const full = socket.bufferedAmount > PAUSE_AT || inFlight >= MAX_IN_FLIGHT;
    if (full && !socket.isPaused) socket.pause();
    else if (!full && socket.isPaused) socket.resume();
  };

  const end: Connection["end"] = (why) => {
    leave();
    send(encodePush({ type: "sessionEnded", why }));
    socket.close(closeCode.sessionEnded);
  };
  const onEvent = (event: BusEvent): void => (event.type === "frame" ? send(event.bytes) : end(event.why));

  const enter = (session: SignedIn): void => {
    leave();
    // The line may have broken while the answer was on its way: nobody would ever end what began here.
    if (socket.readyState !== socket.OPEN) return;
    // One connection has a device: the newest, since the older one may be a dead line nobody has noticed yet.
    bus.publish([session.device], { type: "end", why: "replaced" });
    me = session;
    subscription = bus.subscribe(session.device, onEvent);
  };
  const leave = (): void => {
    subscription?.[Symbol.dispose]();
    subscription = undefined;
    me = undefined;
  };

  const answer = ({ number, request }: ClientFrame, read: number, outcome: Answer<Reply>): void => {
    const reply = "reply" in outcome ? outcome.reply : outcome;
    metrics.answered(request.type, reply.type, (steady.now() - read) / 1000);
    send(encode(ServerFrame, { type: "reply", number, reply }));
    if (reply.type === "refused" && reply.reason === "protocol") socket.close(closeCode.protocol);
    if (!("next" in outcome)) return;
    if ("signIn" in outcome.next) enter(outcome.next.signIn);
    else leave();
  };

  const carryOut = async (request: Request): Promise<Answer<Reply>> => {
    // A client of another version may mean something else by the same bytes.
    if (request.type !== "hello" && !caller.greeted) return refused("protocol");
    // The table pairs each type with its own handler; the compiler cannot follow a union through it.
    const operation = operations[request.type] as Operation<Request["type"]>;
    if (operation.needs === "nothing") return operation.handle(services, request, caller);
    return me ? operation.handle(services, request, me, caller) : refused("notSignedIn");
  };

  const tooSoon = (): number => Math.max(buckets.requestsPerConnection.take(name), buckets.requestsPerAddress.take(caller.address));

  const onFrame = async (frame: ClientFrame): Promise<void> => {
    const read = steady.now();
    const wait = tooSoon();
    if (wait > 0) {
      if (++slowed > PATIENCE) return socket.close(closeCode.tooMuch);
      return answer(frame, read, slowDown(wait));
    }
    slowed = 0;
    inFlight++;
    regulate();
    try {
      answer(frame, read, await carryOut(frame.request));
    } catch (fault) {
      if (fault instanceof NotStored) {
        log.error("notStored", { operation: frame.request.type });
        answer(frame, read, refused("notStored"));
      } else {
        log.error("requestFailed", { operation: frame.request.type, ...whatFailed(fault) });
        metrics.answered(frame.request.type, "failed", (steady.now() - read) / 1000);
        socket.close(1011);
      }
    } finally {
      inFlight--;
      regulate();
    }
  };

  socket.on("message", (data: Buffer, isBinary) => {
    heard = steady.now();
    const frame = isBinary && data.length <= MAX_FRAME ? decode(ClientFrame, data) : undefined;
    if (frame?.ok) return void onFrame(frame.value);
    log.warn("malformedFrame", { reason: frame ? frame.error.reason : "not a binary frame", bytes: data.length });
    metrics.dropped("malformed");
    socket.close(closeCode.malformed);
  });
  socket.on("pong", () => {
    heard = steady.now();
  });
  // ws closes by itself after an error: a frame that is too large, a broken line.
  socket.on("error", (fault) => log.warn("connectionFailed", { code: (fault as NodeJS.ErrnoException).code ?? fault.name }));
  socket.on("close", leave);

  return {
    beat: () => {
      const now = steady.now();
      if (now - heard > SILENCE_MS) return socket.terminate();
      if (!me && now - opened > ENTRANCE_MS) return socket.close(closeCode.idle);
      if (now - heard >= SILENCE_MS / 3) socket.ping();
    },
    goAway: (retryAfterMs) => {
      send(encodePush({ type: "goingAway", retryAfterMs }));
      socket.close(closeCode.goingAway);
    },
    account: () => me?.account,
    end,
    terminate: () => socket.terminate(),
  };
}

/** Where our own code failed. An error's message may quote a peer, so it stays out of the log. */
function whatFailed(fault: unknown): { readonly fault: string; readonly where: string } {
  if (!(fault instanceof Error)) return { fault: "not an error", where: "" };
  const where = fault.stack?.split("\n").find((line) => line.includes("/src/"));
  return { fault: fault.name, where: /[\w-]+\.ts:\d+/.exec(where ?? "")?.[0] ?? "" };
}
