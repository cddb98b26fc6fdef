import { after, instant, seconds, silentLog, type Instant, type Random } from "@megachat/base";
import {
  ClientFrame,
  closeCode,
  decode,
  encode,
  MAX_FRAME,
  ServerFrame,
  type Reply,
  type ServerFrame as Frame,
} from "@megachat/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openConnection, type Socket, type SocketEvents } from "./connection.ts";
import type { LinkEvent } from "./link.ts";

const bytes = (length: number, value = 0): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(value);
const hello: Reply = { type: "helloAnswer", time: 1, signUp: "open", setup: bytes(16), setupKey: bytes(32) };
const resumed: Reply = { type: "resumed", account: bytes(16), device: bytes(16), share: bytes(32), handle: "alice" };
const heads: Reply = { type: "heads", heads: [], more: false };
const random: Random = { bytes };

interface Dialed {
  readonly events: SocketEvents;
  readonly sent: Uint8Array[];
  closed: number | undefined;
}

function connect(session = { session: bytes(16, 1), token: bytes(32, 2) }) {
  const dialed: Dialed[] = [];
  const events: LinkEvent[] = [];
  const warned: unknown[] = [];
  const alarms: { readonly time: Instant; readonly run: () => void }[] = [];
  let now = instant(5000);
  const connection = openConnection(
    {
      dial: (given): Socket => {
        const socket: Dialed = { events: given, sent: [], closed: undefined };
        dialed.push(socket);
        return { send: (frame) => socket.sent.push(frame), close: (code) => (socket.closed = code), unsent: () => 0 };
      },
      now: () => now,
      timer: {
        at: (time, _now, run) => {
          const alarm = { time, run };
          alarms.push(alarm);
          return () => alarms.splice(alarms.indexOf(alarm), 1);
        },
      },
      random,
      log: { ...silentLog, warn: (event, fields) => warned.push([event, fields]) },
      client: "test 1",
      session: () => session,
    },
    (event) => events.push(event),
  );
  const last = (): Dialed => {
    const socket = dialed.at(-1);
    if (!socket) throw new Error("nothing dialed");
    return socket;
  };
  return {
    connection,
    dialed,
    events,
    warned,
    last,
    alarms,
    say: (frame: Frame): void => last().events.message(encode(ServerFrame, frame)),
    sleep: (): void => {
      const [alarm] = alarms;
      if (!alarm) throw new Error("no alarm");
      now = alarm.time > now ? alarm.time : after(now, seconds(1));
      alarms.splice(0, 1);
      alarm.run();
    },
  };
}
function online() {
  const it = connect();
  it.connection.give({ type: "session", has: true });
  it.connection.give({ type: "start" });
  it.last().events.opened();
  it.say({ type: "reply", number: 0, reply: hello });
  it.say({ type: "reply", number: 1, reply: resumed });
  return it;
}
const framesOf = (socket: Dialed) =>
  socket.sent.map((frame) => {
    const read = decode(ClientFrame, frame);
    if (!read.ok) throw new Error("we sent junk");
    return read.value;
  });

test("[V1] hello names protocol and client; resume presents the session's token", () => {
  const it = online();
  expect(framesOf(it.last())).toEqual([
    { number: 0, request: { type: "hello", protocol: 1, client: "test 1" } },
    { number: 1, request: { type: "resume", session: bytes(16, 1), token: bytes(32, 2) } },
  ]);
  expect(it.events.map((event) => event.type)).toEqual(["greeted", "resumed", "online"]);
});

test("[V2] a listener that asks from inside an event keeps the order of events", () => {
  const it = online();
  it.connection.give({ type: "ask", key: "a", request: { type: "fetchHeads", after: null } });
  it.connection.give({ type: "ask", key: "b", request: { type: "fetchHeads", after: null } });
  it.say({ type: "reply", number: 2, reply: heads });
  it.last().events.closed(1006);
  expect(it.events.slice(3)).toEqual([
    { type: "reply", key: "a", reply: heads },
    { type: "unanswered", key: "b" },
    { type: "offline" },
    { type: "down" },
  ]);
});

test("[V4] text, oversized and undecodable messages close the connection, are counted and change nothing", () => {
  for (const message of [null, bytes(MAX_FRAME + 1), bytes(3, 0xff), bytes(0)]) {
    const it = online();
    const before = it.events.length;
    it.last().events.message(message);
    expect(it.last().closed).toBe(closeCode.malformed);
    expect(it.warned).toEqual([["serverBrokeProtocol", { what: "malformedFrame" }]]);
    expect(it.events.slice(before).map((event) => event.type)).toEqual(["violation", "offline", "down"]);
  }
});

test("[V4] no bytes of a server make a reply or a push out of nothing, and none throw", () => {
  const it = online();
  const seeds = [
    encode(ServerFrame, { type: "reply", number: 2, reply: heads }),
    encode(ServerFrame, { type: "push", push: { type: "transientPush", log: bytes(16), body: bytes(9) } }),
  ];
  const mutated = fc.tuple(fc.constantFrom(...seeds), fc.nat(63), fc.nat(255)).map(([seed, at, byte]) => {
    const copy = seed.slice();
    copy[at % copy.length] = byte;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), mutated), (message) => {
      const before = it.events.length;
      it.last().events.message(message.slice());
      const decoded = decode(ServerFrame, message);
      const news = it.events.slice(before);
      // A reply to a number we never used is a violation even when it decodes.
      if (!decoded.ok) expect(news.every((event) => event.type !== "reply" && event.type !== "push")).toBe(true);
      expect(news.some((event) => event.type === "reply")).toBe(false);
      while (it.connection.link().at.step === "waiting") it.sleep();
      if (it.connection.link().at.step === "dialing") {
        it.last().events.opened();
        it.say({ type: "reply", number: 0, reply: hello });
        it.say({ type: "reply", number: 1, reply: resumed });
      }
    }),
    { numRuns: 20_000 },
  );
});

test("[V2] what an abandoned socket still says is ignored", () => {
  const it = online();
  const old = it.last();
  old.events.message(null);
  while (it.connection.link().at.step === "waiting") it.sleep();
  const before = it.events.length;
  old.events.closed(1006);
  old.events.message(encode(ServerFrame, { type: "push", push: { type: "goingAway", retryAfterMs: 1 } }));
  expect(it.events.slice(before)).toEqual([]);
  expect(it.connection.link().at.step).toBe("dialing");
});
