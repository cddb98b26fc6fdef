/**
 * The line between a whole core and the server in memory: the product's own link, and real frames, each of which passes
 * through Mallory's hands.
 */
import { silentLog } from "@megachat/base";
import type { FromLine, MakeLine, World } from "../packages/core/test-kit/lives.ts";
import { openConnection, type Dial, type SocketEvents } from "../packages/worker/src/link/connection.ts";
import type { LinkEvent } from "../packages/worker/src/link/link.ts";
import type { Timer } from "../packages/worker/src/driver/timer.ts";
import { ClientFrame, decode, type Push, type Reply, type Request, type ServerFrame } from "@megachat/wire";
import { bytesOf, isEncoding, plainOf } from "./frame.ts";
import { ofPush, ofReply, type About } from "./about.ts";
import type { Bent, Sent } from "./operations.ts";

/** Whoever sits at the server: every frame passes here, and what is returned goes out instead. */
export interface Mallory {
  readonly bend: (sent: Sent) => Bent | undefined;
  /** A frame that is none was taken for one. */
  readonly doorOpen: (sent: Sent) => void;
  /** The person was told something that no honest server makes them hear. */
  readonly told: (soul: string, what: string) => void;
  /** A step of the core threw. */
  readonly threw: (soul: string, fault: unknown) => void;
  /** Somebody has asked the server for something. */
  readonly asked: (soul: string) => void;
  /** What an honest server answers once, and why not: it is busy now and then. */
  readonly excuses: Map<Request["type"], Reply>;
  /** What the honest server may do of its own accord to somebody's open connection. */
  readonly connections: Map<string, { readonly push: (push: Push) => void; readonly hangUp: (code: number) => void }>;
}

/** The server in memory relays nothing; a real one does. */
const RELAYS: Reply = {
  type: "iceServers",
  servers: [{ urls: ["turn:relay.example:3478"], username: "for an hour", credential: "its proof" }],
  relay: true,
};

/** One way, in milliseconds. */
const LATENCY = 20;

export function mallorysLine({ time, server, random }: World, mallory: Mallory): MakeLine {
  const timer: Timer = {
    at: (when, now, run) => {
      let stands = true;
      time.in(Math.max(0, when - now), () => {
        if (stands) run();
      });
      return () => {
        stands = false;
      };
    },
  };
  return (soul, { name, account, device }, give) => {
    let violations = 0;
    /** A step that throws ends this life of the core: the next begins from the disk, as the driver has it. */
    const giveSafely = (input: FromLine): void => {
      try {
        give(input);
      } catch (fault) {
        mallory.threw(name, fault);
        soul.restart();
        soul.goOnline();
      }
    };
    const dial: Dial = (events) => {
      const socket = serverSide(events, mallory, name, time);
      let session: ReturnType<typeof server.connect> | undefined;
      const answer = (frame: Uint8Array<ArrayBuffer>): void => {
        const read = decode(ClientFrame, frame);
        if (!read.ok) throw new Error("the client sent junk");
        const { number, request } = read.value;
        const reply = ((): Reply => {
          if (request.type === "hello") {
            return {
              type: "helloAnswer",
              time: time.now(),
              signUp: "open",
              setup: new Uint8Array(16),
              setupKey: new Uint8Array(32),
            };
          }
          if (request.type === "resume") {
            session = server.connect(account, device, (push) => socket.say({ type: "push", push }, ofPush(push)));
            mallory.connections.set(name, {
              push: (push) => socket.say({ type: "push", push }, ofPush(push)),
              hangUp: socket.hangUp,
            });
            return { type: "resumed", account, device, share: new Uint8Array(32), handle: name };
          }
          return excuseFor(request) ?? session?.ask(request) ?? { type: "refused", reason: "notSignedIn" };
        })();
        socket.say({ type: "reply", number, reply }, ofReply(request, reply));
      };
      return {
        send: (frame) => socket.soon(() => answer(frame)),
        close: () => {
          socket.close();
          session?.close();
        },
        unsent: () => 0,
      };
    };
    const excuseFor = ({ type }: Request): Reply | undefined => {
      const excuse = mallory.excuses.get(type);
      mallory.excuses.delete(type);
      return excuse ?? (type === "fetchIceServers" ? RELAYS : undefined);
    };
    const hear = (event: LinkEvent): void => {
      switch (event.type) {
        case "online":
          return event.signedIn ? giveSafely({ type: "link", online: true }) : undefined;
        case "offline":
          return giveSafely({ type: "link", online: false });
        case "reply":
          return giveSafely({ type: "reply", key: event.key, reply: event.reply });
        case "unanswered":
          return giveSafely({ type: "unanswered", key: event.key });
        case "push":
          return giveSafely({ type: "push", push: event.push });
        case "sessionRefused":
        case "outdated":
          return mallory.told(name, event.type);
        case "violation":
          violations++;
          return;
        case "greeted":
        case "resumed":
        case "down":
          return;
      }
    };
    const connection = openConnection(
      {
        dial,
        now: () => time.now(),
        timer,
        random,
        log: silentLog,
        client: "mallory's victim",
        session: () => ({ session: new Uint8Array(16), token: new Uint8Array(32) }),
      },
      hear,
    );
    connection.give({ type: "session", has: true });
    return {
      open: () => connection.give({ type: "start" }),
      close: () => connection.give({ type: "stop" }),
      ask: (key, request) => {
        mallory.asked(name);
        connection.give({ type: "ask", key, request });
      },
    };

    /** The server's end of one socket: order is kept both ways, and a frame that must be refused is watched. */
    function serverSide(events: SocketEvents, { bend, doorOpen }: Mallory, to: string, clock: World["time"]) {
      let isOpen = true;
      let late: readonly Uint8Array<ArrayBuffer>[] = [];
      const soon = (what: () => void): void => clock.in(LATENCY, () => (isOpen ? what() : undefined));
      const deliver = (bytes: Uint8Array<ArrayBuffer>, sent: Sent, isBent: boolean): void =>
        soon(() => {
          const before = violations;
          events.message(bytes);
          if (isBent && violations === before && !isEncoding(bytes)) doorOpen(sent);
        });
      soon(events.opened);
      return {
        soon,
        say: (frame: ServerFrame, of: About): void => {
          if (!isOpen) return;
          const message = frame.type === "reply" ? frame.reply.type : frame.push.type;
          const sent: Sent = { to, message, ...of, plain: plainOf(frame) };
          const bent = bend(sent);
          for (const bytes of [...(bent?.now ?? [bytesOf(sent.plain)]), ...late]) deliver(bytes, sent, bent !== undefined);
          late = bent?.late ?? [];
        },
        hangUp: (code: number): void =>
          soon(() => {
            isOpen = false;
            events.closed(code);
          }),
        close: (): void => {
          isOpen = false;
        },
      };
    }
  };
}
