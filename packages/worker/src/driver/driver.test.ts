import {
  after,
  decodeUtf8,
  encodeUtf8,
  instant,
  minutes,
  ok,
  seconds,
  silentLog,
  type Duration,
  type Instant,
  type Result,
} from "@megachat/base";
import type { Effect, Input, Stepped, Timed } from "@megachat/core";
import type { Engine, RowChange } from "@megachat/group";
import { emptyDisk, memoryStore, type MemoryDisk } from "@megachat/testing/memory-store";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { StoreFault } from "../store/sql.ts";
import type { Store } from "../store/store.ts";
import { MAX_LIVES, MAX_WAITING, MAX_WAITING_BYTES, startDriver, type Driver, type DriverFailure, type Shown } from "./driver.ts";

/** A core that adds: the sum lies on the disk, in one row; the engine counts its steps in another. */
interface Sum {
  readonly sum: number;
  readonly waiting: readonly string[];
}
type Wish =
  | { readonly type: "add"; readonly n: number }
  | { readonly type: "peek" }
  | { readonly type: "askThenAdd"; readonly n: number }
  | { readonly type: "throw" }
  | { readonly type: "recall"; readonly from: number; readonly to: number }
  | { readonly type: "wake"; readonly in: Duration };

const CONVERSATION = new Uint8Array(16).fill(3);

const sumRow = (sum: number): Effect => ({
  type: "store",
  put: "row",
  space: "sum",
  key: new Uint8Array(),
  value: encodeUtf8(String(sum)),
});

function step(powers: { readonly engine: Engine }, state: Sum, { now, input }: Timed<Input<Wish>>): Stepped<Sum> {
  const answer = (intent: string, result: unknown): Effect => ({ type: "answer", intent, result });
  if (input.type === "reply") {
    const [intent = "", n = "0"] = input.key.split(" ");
    const sum = state.sum + Number(n);
    return [{ sum, waiting: state.waiting.filter((each) => each !== intent) }, [sumRow(sum), answer(intent, sum)]];
  }
  if (input.type === "recalled") {
    const places = input.lines?.map(({ position }) => position) ?? "none";
    return [state, [answer(input.key, { places, from: input.from, to: input.to })]];
  }
  if (input.type !== "intent") return [state, []];
  switch (input.wish.type) {
    case "add": {
      powers.engine.unload(new Uint8Array([1]));
      const sum = state.sum + input.wish.n;
      return [
        { ...state, sum },
        [
          answer(input.intent, ok(sum)),
          { type: "ask", key: `added ${sum}`, request: { type: "ping" } },
          { type: "changed" },
          sumRow(sum),
        ],
      ];
    }
    case "peek":
      return [state, [answer(input.intent, state.sum)]];
    case "askThenAdd":
      return [
        { ...state, waiting: [...state.waiting, input.intent] },
        [
          { type: "store", put: "row", space: "waiting", key: encodeUtf8(input.intent), value: new Uint8Array([1]) },
          { type: "ask", key: `${input.intent} ${input.wish.n}`, request: { type: "ping" } },
        ],
      ];
    case "throw":
      powers.engine.unload(new Uint8Array([9]));
      throw new Error("a bug");
    case "recall": {
      const { from, to } = input.wish;
      return [state, [{ type: "recall", key: "these", conversation: CONVERSATION, from, to, limit: 3 }]];
    }
    case "wake":
      return [state, [{ type: "wakeAt", time: after(now, input.wish.in) }]];
  }
}

/** Only what the driver touches: changes, and their end. `unload` stands in for any call that changes rows. */
function fakeEngine(disposed: () => void): Engine {
  let changes: RowChange[] = [];
  const engine: Pick<Engine, "takeChanges" | "unload" | "dispose"> = {
    takeChanges: () => {
      const taken = changes;
      changes = [];
      return taken;
    },
    unload: (value) => void changes.push({ key: new Uint8Array([7]), value }),
    dispose: disposed,
  };
  return engine as Engine;
}

interface Machine {
  readonly disk: MemoryDisk;
  readonly did: string[];
  readonly shown: Shown<Sum>[];
  readonly failures: DriverFailure[];
  readonly driver: Driver<Sum, Wish>;
  readonly pass: (wait: Duration) => Promise<void>;
  readonly setBack: (by: Duration) => void;
  readonly times: Input<Wish>["type"][];
}
async function machine(disk: MemoryDisk = emptyDisk(), wrap: (store: Store) => Store = (store) => store): Promise<Machine> {
  const did: string[] = [];
  const shown: Shown<Sum>[] = [];
  const failures: DriverFailure[] = [];
  const times: Input<Wish>["type"][] = [];
  let now = instant(1_000_000);
  let alarm: { readonly time: Instant; readonly run: () => void } | undefined;
  const store = wrap(memoryStore(disk));
  const revive = async (): Promise<Result<{ readonly engine: Engine; readonly state: Sum }, StoreFault>> => {
    const rows = await store.rows("sum");
    if (!rows.ok) return rows;
    const text = decodeUtf8(rows.value[0]?.value ?? encodeUtf8("0"));
    did.push("revive");
    return ok({ engine: fakeEngine(() => did.push("dispose")), state: { sum: Number(text.ok ? text.value : 0), waiting: [] } });
  };
  const started = await startDriver<Sum, Wish>({
    mind: {
      step: (powers, state, timed) => {
        times.push(timed.input.type);
        return step(powers, state, timed);
      },
    },
    store,
    revive,
    clock: { now: () => now },
    timer: {
      at: (time, given, run) => {
        // As a host's timer, it counts from when it was set.
        const mine = { time: instant(now + (time - given)), run };
        alarm = mine;
        return () => (alarm = alarm === mine ? undefined : alarm);
      },
    },
    pause: async () => {},
    random: { bytes: (count) => new Uint8Array(count) },
    log: silentLog,
    ask: (key) => did.push(`ask ${key}`),
    show: (each) => {
      shown.push(each);
      did.push(`show ${each.state.sum}`);
    },
    out: (effect) => did.push(effect.type === "answer" ? `answer ${effect.intent} ${JSON.stringify(effect.result)}` : effect.type),
    reset: () => did.push("reset"),
    lost: (intents, fault) => did.push(`lost ${intents.join()} ${fault.type}`),
    failed: (why) => failures.push(why),
  });
  if (!started.ok) throw new Error("not started");
  await started.value.idle();
  did.length = 0;
  return {
    disk,
    did,
    shown,
    failures,
    times,
    driver: started.value,
    setBack: (by) => (now = (now - by) as Instant),
    pass: async (wait) => {
      const end = after(now, wait);
      while (alarm && alarm.time <= end) {
        const due = alarm;
        alarm = undefined;
        now = due.time > now ? due.time : now;
        due.run();
        await started.value.idle();
      }
      now = end;
    },
  };
}
const intent = (id: string, wish: Wish): Input<Wish> => ({ type: "intent", intent: id, from: "tab", wish });
const add = (id: string, n: number): Input<Wish> => intent(id, { type: "add", n });

test("[V17] lines that the core asks for come from the disk, both ends included, and a disk that gives none says so", async () => {
  const body = Uint8Array.of(1);
  const line = (position: number) =>
    ({ type: "store", put: "line", conversation: CONVERSATION, position, part: 0, sender: null, messageId: null, body }) as const;
  const disk = emptyDisk();
  let broken = false;
  const it = await machine(disk, (store) => ({
    ...store,
    lines: async (wish) => (broken ? { ok: false, error: { type: "corrupt" } } : store.lines(wish)),
  }));
  await memoryStore(disk).write([1, 2, 3, 5, 8].map(line));
  it.driver.give(intent("a", { type: "recall", from: 2, to: 5 }));
  await expect.poll(() => it.did).toContain('answer these {"places":[2,3,5],"from":2,"to":5}');
  it.driver.give(intent("c", { type: "recall", from: 1, to: 8 }));
  await expect.poll(() => it.did).toContain('answer these {"places":[1,2,3],"from":1,"to":3}');
  it.driver.give(intent("d", { type: "recall", from: 6, to: 99 }));
  await expect.poll(() => it.did).toContain('answer these {"places":[8],"from":6,"to":99}');
  broken = true;
  it.driver.give(intent("b", { type: "recall", from: 2, to: 5 }));
  await expect.poll(() => it.did).toContain('answer these {"places":"none","from":2,"to":5}');
});

test("[V10] nothing is shown, asked or answered before it is on the disk", async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const it = await machine(emptyDisk(), (store) => ({
    ...store,
    write: async (changes) => {
      await gate;
      return store.write(changes);
    },
  }));
  it.driver.give(add("a", 2));
  for (let i = 0; i < 20; i++) await Promise.resolve();
  expect(it.did).toEqual([]);
  expect(it.driver.state().sum).toBe(0);
  release();
  await it.driver.idle();
  expect(it.did.length).toBeGreaterThan(0);
});

test("[V11] effects follow in the order of their steps; what is shown comes before the answers", async () => {
  const it = await machine();
  it.driver.give(add("a", 1));
  it.driver.give(intent("p", { type: "peek" }));
  it.driver.give(add("b", 2));
  await it.driver.idle();
  expect(it.did).toEqual([
    "show 3",
    'answer a {"ok":true,"value":1}',
    "ask added 1",
    "answer p 1",
    'answer b {"ok":true,"value":3}',
    "ask added 3",
  ]);
});

test("[V10] the engine's rows and the step's rows are in one transaction", async () => {
  const writes: number[] = [];
  const it = await machine(emptyDisk(), (store) => ({
    ...store,
    write: async (changes) => {
      writes.push(changes.length);
      return store.write(changes);
    },
  }));
  it.driver.give(add("a", 1));
  await it.driver.idle();
  // The engine's row, the sum, the intent with its answer.
  expect([...it.disk.rows.values()].map(({ space }) => space).toSorted()).toEqual(["intent", "mls", "sum"]);
  expect(writes).toHaveLength(1);
});

test("[V12] after a failed write nothing was sent, and the core starts from the disk with a fresh engine", async () => {
  const it = await machine();
  it.driver.give(add("a", 5));
  await it.driver.idle();
  it.did.length = 0;
  it.disk.fault = { type: "full" };
  it.driver.give(add("b", 7));
  await it.driver.idle();
  it.disk.fault = null;
  expect(it.did).toEqual(["lost b full", "dispose", "revive", "show 5", "reset"]);
  expect(it.driver.state().sum).toBe(5);
  it.driver.give(add("c", 1));
  await it.driver.idle();
  expect(it.driver.state().sum).toBe(6);
});

test("[V12] a disk that goes on refusing is the end, told once", async () => {
  const it = await machine();
  it.disk.fault = { type: "io" };
  for (let i = 0; i < MAX_LIVES + 3; i++) {
    it.driver.give(add(`i${i}`, 1));
    await it.driver.idle();
  }
  expect(it.failures).toEqual([{ type: "disk", fault: { type: "io" } }]);
});

test("[V13] an input that makes the step throw is dropped; what waited with it is done", async () => {
  const it = await machine();
  it.driver.give(add("a", 1));
  it.driver.give(intent("x", { type: "throw" }));
  it.driver.give(add("b", 2));
  await it.driver.idle();
  expect(it.driver.state().sum).toBe(3);
  expect(it.did.filter((each) => each.startsWith("answer"))).toEqual([
    'answer a {"ok":true,"value":1}',
    'answer b {"ok":true,"value":3}',
  ]);
  // The thrower's engine change is not on the disk: its engine was thrown away.
  expect([...it.disk.rows.values()].filter(({ space }) => space === "mls").map(({ value }) => value[0])).toEqual([1]);
});

test("[V14] an intent asked again is not done again, and is answered as the first time, also by the next leader", async () => {
  const it = await machine();
  it.driver.give(add("a", 5));
  it.driver.give(add("a", 5));
  await it.driver.idle();
  expect(it.driver.state().sum).toBe(5);
  await it.driver.stop();
  const next = await machine(it.disk);
  next.driver.give(add("a", 5));
  next.driver.give(intent("p", { type: "peek" }));
  next.driver.give(intent("p", { type: "peek" }));
  await next.driver.idle();
  expect(next.did).toEqual(['answer a {"ok":true,"value":5}', "answer p 5", "answer p 5"]);
});

test("[V14] an intent whose answer comes later is answered once, and remembered with it", async () => {
  const it = await machine();
  it.driver.give(intent("later", { type: "askThenAdd", n: 4 }));
  it.driver.give(intent("later", { type: "askThenAdd", n: 4 }));
  await it.driver.idle();
  expect(it.did).toEqual(["ask later 4"]);
  it.driver.give({ type: "reply", key: "later 4", reply: { type: "done" } });
  await it.driver.idle();
  const next = await machine(it.disk);
  next.driver.give(intent("later", { type: "askThenAdd", n: 4 }));
  await next.driver.idle();
  expect(next.did).toEqual(["answer later 4"]);
  expect(next.driver.state().sum).toBe(4);
});

test("[V14] what is remembered of intents is bounded", async () => {
  const it = await machine();
  for (let i = 0; i < 400; i++) it.driver.give(add(`i${i}`, 1));
  await it.driver.idle();
  expect([...it.disk.rows.values()].filter(({ space }) => space === "intent")).toHaveLength(256);
  const next = await machine(it.disk);
  next.driver.give(add("i399", 1));
  await next.driver.idle();
  expect(next.driver.state().sum).toBe(400);
});

test("[V15] the earliest wish to be woken stands, and a clock set back wakes neither early nor late", async () => {
  const it = await machine();
  it.driver.give(intent("w1", { type: "wake", in: minutes(10) }));
  it.driver.give(intent("w2", { type: "wake", in: seconds(50) }));
  await it.driver.idle();
  it.times.length = 0;
  await it.pass(seconds(49));
  expect(it.times).toEqual([]);
  await it.pass(seconds(2));
  expect(it.times).toEqual(["timeIs"]);

  const back = await machine();
  back.driver.give(intent("w", { type: "wake", in: seconds(50) }));
  await back.driver.idle();
  back.times.length = 0;
  back.setBack(minutes(5));
  // An input in between: the alarm is set anew by a clock that went back.
  back.driver.give(intent("later", { type: "wake", in: minutes(10) }));
  await back.driver.idle();
  back.times.length = 0;
  await back.pass(seconds(49));
  expect(back.times).toEqual([]);
  await back.pass(seconds(2));
  expect(back.times).toEqual(["timeIs"]);
});

test("[V9] pushes that outrun the core break the connection once, and are bounded", async () => {
  const it = await machine();
  for (let i = 0; i < MAX_WAITING * 2; i++) {
    it.driver.give({ type: "push", push: { type: "transientPush", log: new Uint8Array(16), body: new Uint8Array() } });
  }
  await it.driver.idle();
  expect(it.did.filter((each) => each === "reset")).toHaveLength(1);
  expect(it.times.length).toBeLessThanOrEqual(MAX_WAITING + 1);
});

test("[V9] a few enormous pushes are too many as well", async () => {
  const it = await machine();
  const body = new Uint8Array(786_432);
  for (let i = 0; i < 100; i++) {
    const item = { item: i, kind: "welcome", from: new Uint8Array(16), log: null, position: null, body } as const;
    it.driver.give({ type: "push", push: { type: "inboxPush", item } });
  }
  await it.driver.idle();
  expect(it.did.filter((each) => each === "reset")).toHaveLength(1);
  expect(it.times.filter((type) => type === "push")).toHaveLength(Math.floor(MAX_WAITING_BYTES / body.length));
});

test("[V16] N03 killed at any write, before or after it reached the disk: nothing answered is lost, nothing is done twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 5 })),
      async (numbers, chances) => {
        const disk = emptyDisk();
        const acknowledged = new Set<string>();
        const wanted = numbers.map((n, i) => ({ id: `i${i}`, n }));
        // Each life gets what no life before has answered, as a tab does after a change of leader.
        for (let life = 0; acknowledged.size < wanted.length; life++) {
          let dead = false;
          const it = await machine(disk, (store) => ({
            ...store,
            write: async (changes) => {
              const drawn = chances.next();
              const chance = life > 20 || drawn.done === true ? 5 : drawn.value;
              if (chance === 0) dead = true;
              if (dead) return new Promise<never>(() => {});
              const written = await store.write(changes);
              if (chance === 1) dead = true;
              return dead ? new Promise<never>(() => {}) : written;
            },
          }));
          for (const { id, n } of wanted) if (!acknowledged.has(id)) it.driver.give(add(id, n));
          for (let i = 0; i < 200; i++) await Promise.resolve();
          for (const line of it.did) {
            const [what, id = ""] = line.split(" ");
            if (what === "answer") acknowledged.add(id);
          }
        }
        const end = await machine(disk);
        expect(end.driver.state().sum).toBe(numbers.reduce((sum, n) => sum + n, 0));
      },
    ),
    { numRuns: 100 },
  );
});
