/**
 * `rings`: whole call set-ups signalled a second by one server process: start, ringing, alerting, accept, live, what each
 * side sends, and the end; eight envelopes, of which start, accept and end are rows that are on the disk before anybody
 * hears of them, and an acknowledgement of each device. Each goes out when what it answers has come, as clients do. The
 * generator seals nothing while it is measured, and shares the two cores. A hop is from an envelope's sending to its
 * arrival at the other side.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ClientFrame, decode, encode, ServerFrame, type Request } from "@megachat/wire";
import { befriend, draft, random, signUp, type Online } from "../../apps/server/src/testing/people.ts";
import { median, report } from "../report.ts";
import { startOne } from "../servers/start.ts";

const PAIRS = 32;
const ROUNDS = 12;
/** Calls of each pair in a round, one after the other. */
const CALLS = 60;
/** 500,000 in ten minutes. */
const WANTED = 833;

/** A start or an accept with its description, padded to 512 bytes; an end, to 256; a signal. Sealed and framed by MLS. */
const DESCRIBED = 690;
const SHORT = 430;
const SIGNAL = 340;

type Kind = "row" | "signal";
/** One end of a conversation: frames that lie ready, and what has come of the server's. */
interface End {
  readonly send: (frame: Uint8Array) => void;
  /** Until the next row, or the next signal, that nobody has taken yet. */
  readonly next: (kind: Kind) => Promise<void>;
}
const counted = { in: 0, out: 0 };

function endOf({ client }: Online): End {
  const { socket } = client;
  socket.removeAllListeners("message");
  const come = { row: 0, signal: 0 };
  const waiting: { [K in Kind]: (() => void) | null } = { row: null, signal: null };
  socket.on("message", (bytes: Buffer) => {
    // A push is an array of three, and in it stands its type, 0x0301 for a row: to decode all would measure the generator.
    if (bytes[0] !== 0x83) return mustBeGood(bytes);
    counted.out++;
    const kind = bytes[6] === 0x01 ? "row" : "signal";
    const taker = waiting[kind];
    waiting[kind] = null;
    if (taker) taker();
    else come[kind]++;
  });
  return {
    send: (frame) => socket.send(frame),
    next: (kind) => {
      if (come[kind] > 0) {
        come[kind]--;
        return Promise.resolve();
      }
      return new Promise((resolve) => (waiting[kind] = resolve));
    },
  };
}

/** A refusal would stop the call without a word. */
function mustBeGood(bytes: Uint8Array): void {
  const frame = decode(ServerFrame, new Uint8Array(bytes));
  if (!frame.ok || frame.value.type !== "reply") throw new Error("no reply");
  const { type } = frame.value.reply;
  if (type !== "appended" && type !== "done") throw new Error(`not taken: ${type}`);
}

interface Pair {
  readonly log: Uint8Array<ArrayBuffer>;
  readonly caller: End;
  readonly callee: End;
  /** Of the newest row of each, and of the log. */
  sent: { caller: number; callee: number; head: number };
}
interface Call {
  readonly start: Uint8Array;
  readonly ringing: Uint8Array;
  readonly alerting: Uint8Array;
  readonly accept: Uint8Array;
  readonly live: Uint8Array;
  readonly sides: readonly [Uint8Array, Uint8Array];
  readonly end: Uint8Array;
  readonly read: readonly [Uint8Array, Uint8Array];
}

let numbers = 1_000;
const framed = (request: Request): Uint8Array => encode(ClientFrame, { number: ++numbers, request });

function sealCall({ log, sent }: Pair): Call {
  const row = (who: "caller" | "callee", length: number): Uint8Array => {
    sent.head++;
    return framed(draft(log, 1, ++sent[who], { body: random(length) }));
  };
  const signal = (): Uint8Array => framed({ type: "sendTransient", log, body: random(SIGNAL) });
  const read = (): Uint8Array => framed({ type: "acknowledge", log, position: sent.head });
  return {
    start: row("caller", DESCRIBED),
    ringing: signal(),
    alerting: signal(),
    accept: row("callee", DESCRIBED),
    live: signal(),
    sides: [signal(), signal()],
    end: row("caller", SHORT),
    read: [read(), read()],
  };
}

/** The whole of one call; `hops` gets the milliseconds of each envelope. */
async function ring({ caller, callee }: Pair, call: Call, hops: number[]): Promise<void> {
  const hop = async (from: End, to: End, kind: Kind, frame: Uint8Array): Promise<void> => {
    const begun = performance.now();
    from.send(frame);
    counted.in++;
    // Who wrote a row goes on when it has come back to them, too.
    const own = kind === "row" ? from.next("row") : null;
    await to.next(kind);
    hops.push(performance.now() - begun);
    await own;
  };
  await hop(caller, callee, "row", call.start);
  await hop(caller, callee, "signal", call.ringing);
  await hop(callee, caller, "signal", call.alerting);
  await hop(callee, caller, "row", call.accept);
  await hop(caller, callee, "signal", call.live);
  await Promise.all([hop(caller, callee, "signal", call.sides[0]), hop(callee, caller, "signal", call.sides[1])]);
  await hop(caller, callee, "row", call.end);
  caller.send(call.read[0]);
  callee.send(call.read[1]);
}

await using product = await startOne("product");
const pairs: Pair[] = [];
for (let n = 0; n < PAIRS; n++) {
  const [founder, asker] = [await signUp(product.url, `founder${n}`), await signUp(product.url, `asker${n}`)];
  const log = await befriend(founder, asker);
  pairs.push({ log, caller: endOf(founder), callee: endOf(asker), sent: { caller: 1, callee: 0, head: 1 } });
}
await sleep(200);

interface Round {
  readonly calls: number;
  readonly in: number;
  readonly out: number;
  readonly hops: readonly number[];
}
async function round(): Promise<Round> {
  const sealed = pairs.map((pair) => Array.from({ length: CALLS }, () => sealCall(pair)));
  const hops: number[] = [];
  Object.assign(counted, { in: 0, out: 0 });
  const begun = performance.now();
  await Promise.all(
    pairs.map(async (pair, at) => {
      for (const call of sealed[at] ?? []) await ring(pair, call, hops);
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  return { calls: (PAIRS * CALLS) / seconds, in: counted.in / seconds, out: counted.out / seconds, hops };
}

// The first is the compiler's.
await round();
const rounds: Round[] = [];
for (let n = 0; n < ROUNDS; n++) rounds.push(await round());
const hops = rounds.flatMap((each) => each.hops).toSorted((a, b) => a - b);
const p99 = hops[Math.floor(hops.length * 0.99)] ?? Number.NaN;
const medianOf = (of: (each: Round) => number): number => median(rounds.map(of));
console.log(
  `${medianOf((each) => each.in).toFixed(0)} envelopes/s in, ${medianOf((each) => each.out).toFixed(0)} out; ` +
    `a hop ${median(hops).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
);
report({
  figure: "rings",
  value: medianOf(({ calls }) => calls),
  unit: "calls/s",
  baseline: WANTED,
  aim: { atLeast: 1 },
  besides: { p99HopMs: { value: p99, below: 50 } },
  samples: {
    calls: rounds.map(({ calls }) => calls),
    in: rounds.map((each) => each.in),
    out: rounds.map((each) => each.out),
    hops,
  },
});
