/**
 * Runs a core: gives it inputs one at a time, makes what it decided durable, and only then carries it out. [V10–V16]
 *
 * Inputs that wait together are stepped together and written in one transaction: their effects still follow in order,
 * and none of them leaves before all of them are on the disk. A write that fails, or a step that throws, ends this life
 * of the core: engine and state are thrown away and read from the disk again.
 */
import type { Clock, Instant, Log, Random, Result } from "@megachat/base";
import type { Effect, Hex, Input, Powers, PutLine, PutRow, Recall, Stepped, Timed } from "@megachat/core";
import type { Engine } from "@megachat/group";
import type { Request } from "@megachat/wire";
import { forwardClock } from "../host/powers.ts";
import type { StoreFault } from "../store/sql.ts";
import type { Store } from "../store/store.ts";
import { rememberIntents, type Remembered } from "./intents.ts";
import type { Timer } from "./timer.ts";

/** The core as the driver sees it. */
export interface Mind<State, Wish> {
  readonly step: (powers: Powers, state: State, timed: Timed<Input<Wish>>) => Stepped<State>;
}
export interface Life<State> {
  readonly engine: Engine;
  readonly state: State;
}

/** What tabs may have to be shown after a batch. */
export interface Shown<State> {
  readonly state: State;
  /** Conversations of which lines have changed. */
  readonly conversations: ReadonlySet<Hex>;
  /** The lines that were written just now. */
  readonly lines: readonly PutLine[];
  /** The core has started anew: whoever was shown something may have been shown too much. */
  readonly anew: boolean;
}
export type OutEffect = Extract<Effect, { readonly type: "answer" | "media" | "notice" | "leave" }>;
export type DriverFailure = { readonly type: "disk"; readonly fault: StoreFault } | { readonly type: "unstable" };

export interface DriverPorts<State, Wish> {
  readonly mind: Mind<State, Wish>;
  readonly store: Store;
  /** Reads engine and state from the disk. */
  readonly revive: () => Promise<Result<Life<State>, StoreFault>>;
  readonly clock: Clock;
  readonly timer: Timer;
  /** Lets the host's other events in. */
  readonly pause: () => Promise<void>;
  readonly random: Random;
  readonly log: Log;
  readonly ask: (key: string, request: Request) => void;
  /** Before the answers of the same batch. */
  readonly show: (shown: Shown<State>) => void;
  readonly out: (effect: OutEffect) => void;
  /** The core has forgotten what was under way: break the connection, so that it catches up from its head. */
  readonly reset: () => void;
  /** Inputs that the disk would not take are gone with the step they were for. */
  readonly lost: (intents: readonly string[], fault: StoreFault) => void;
  /** The end: nothing is stepped any more. */
  readonly failed: (why: DriverFailure) => void;
}

export interface Driver<State, Wish> {
  readonly give: (input: Input<Wish>) => void;
  readonly state: () => State;
  /** When every input given so far has been worked off. */
  readonly idle: () => Promise<void>;
  /** Finishes the batch under way and releases the engine; the store stays open. */
  readonly stop: () => Promise<void>;
}

/** Inputs stepped and written together at most. */
const MAX_BATCH = 64;
/** Inputs waiting, and bytes in pushes among them; with more, pushes break the connection. [V9] */
export const MAX_WAITING = 4096;
export const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Lives that may end within a minute before the core is given up. */
export const MAX_LIVES = 5;

type Outcome<Wish> =
  | { readonly type: "done" }
  | { readonly type: "fault"; readonly fault: StoreFault }
  | { readonly type: "threw"; readonly input: Input<Wish> };

export async function startDriver<State, Wish>(ports: DriverPorts<State, Wish>): Promise<Result<Driver<State, Wish>, StoreFault>> {
  const first = await ports.revive();
  if (!first.ok) return first;
  const known = await rememberIntents(ports.store);
  if (!known.ok) {
    first.value.engine.dispose();
    return known;
  }
  return { ok: true, value: drive(ports, first.value, known.value) };
}

function drive<State, Wish>(ports: DriverPorts<State, Wish>, first: Life<State>, remembered: Remembered): Driver<State, Wish> {
  // What is due in a minute is due in a minute, whatever is done to the clock. [V15]
  const clock = forwardClock(ports.clock);
  let life = first;
  let intents = remembered;
  let queue: Input<Wish>[] = [];
  let running: Promise<void> | undefined;
  let over = false;
  let wake: Instant | undefined;
  let cancelWake: (() => void) | undefined;
  let overrun = false;
  let recalling: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const ends: Instant[] = [];

  const give = (input: Input<Wish>): void => {
    if (over) return;
    const weight = weightOf(input);
    if (input.type === "push" && (queue.length >= MAX_WAITING || waiting + weight > MAX_WAITING_BYTES)) {
      if (!overrun) ports.reset();
      overrun = true;
      return;
    }
    queue.push(input);
    waiting += weight;
    running ??= run();
  };

  const run = async (): Promise<void> => {
    // A turn of the event loop first: what arrives together is stepped together.
    await Promise.resolve();
    while (queue.length > 0 && !over) {
      const batch = queue.splice(0, MAX_BATCH);
      for (const input of batch) waiting -= weightOf(input);
      const outcome = await work(batch);
      if (outcome.type !== "done") await begin(batch, outcome);
      if (queue.length === 0) overrun = false;
      // A synchronous database lets no event in by itself: an hour's backlog must not keep a click waiting.
      else await ports.pause();
    }
    running = undefined;
  };

  const work = async (batch: readonly Input<Wish>[]): Promise<Outcome<Wish>> => {
    const now = clock.now();
    const powers: Powers = { engine: life.engine, random: ports.random, log: ports.log };
    const effects: Effect[] = [];
    let { state } = life;
    let seen = intents;
    for (const input of batch) {
      if (input.type === "intent" && seen.has(input.intent)) {
        effects.push(...seen.again(input.intent));
        continue;
      }
      try {
        const [next, decided] = ports.mind.step(powers, state, { now, input });
        state = next;
        const noted = seen.note(input, decided, now);
        seen = noted.remembered;
        effects.push(...decided, ...noted.rows);
      } catch (fault) {
        ports.log.error("stepThrew", { input: input.type, name: fault instanceof Error ? fault.name : "unknown" });
        return { type: "threw", input };
      }
    }

    const changes = [...engineRows(life.engine), ...effects.filter((effect) => effect.type === "store")];
    if (changes.length > 0) {
      const written = await ports.store.write(changes);
      if (!written.ok) return { type: "fault", fault: written.error };
    }
    life = { engine: life.engine, state };
    intents = seen;
    carryOut(effects, state);
    return { type: "done" };
  };

  const carryOut = (effects: readonly Effect[], state: State): void => {
    const changed = effects.filter((effect) => effect.type === "changed");
    if (changed.length > 0) {
      const conversations = new Set(changed.flatMap(({ conversation }) => (conversation === undefined ? [] : [conversation])));
      const lines = effects.filter((effect) => effect.type === "store" && effect.put === "line");
      ports.show({ state, conversations, lines, anew: false });
    }
    for (const effect of effects) {
      switch (effect.type) {
        case "ask":
          ports.ask(effect.key, effect.request);
          break;
        case "recall":
          recalling = Promise.allSettled([recalling, recall(effect)]);
          break;
        case "wakeAt":
          if (wake === undefined || effect.time < wake) wake = effect.time;
          break;
        case "answer":
        case "media":
        case "notice":
        case "leave":
          ports.out(effect);
          break;
        case "store":
        case "changed":
          break;
      }
    }
    setAlarm();
  };

  const recall = async ({ key, conversation, from, to, limit }: Recall): Promise<void> => {
    const place = { position: from, part: -1 };
    const page = await ports.store.lines({ conversation, from: "after", place, limit, hidden: null });
    const lines = page.ok ? page.value.lines.filter(({ position }) => position <= to) : null;
    const reached = page.ok && page.value.hasNewer ? Math.min(to, lines?.at(-1)?.position ?? to) : to;
    give({ type: "recalled", key, from, to: reached, lines });
  };

  const setAlarm = (): void => {
    cancelWake?.();
    cancelWake = undefined;
    if (wake === undefined || over) return;
    cancelWake = ports.timer.at(wake, clock.now(), () => {
      // The host's timers come early when the wait is long or the clock was set back.
      if (wake === undefined || clock.now() < wake) return setAlarm();
      wake = undefined;
      give({ type: "timeIs" });
    });
  };

  /** Starts the core anew from the disk. What only memory knew is gone: a new connection brings it back. */
  const begin = async (
    batch: readonly Input<Wish>[],
    outcome: Exclude<Outcome<Wish>, { readonly type: "done" }>,
  ): Promise<void> => {
    const now = clock.now();
    ends.push(now);
    if (outcome.type === "fault") {
      ports.log.error("diskRefused", { fault: outcome.fault.type });
      ports.lost(
        batch.flatMap((input) => (input.type === "intent" ? [input.intent] : [])),
        outcome.fault,
      );
    }
    // Whoever asked for the step that threw must not wait for ever.
    if (outcome.type === "threw" && outcome.input.type === "intent") ports.lost([outcome.input.intent], { type: "corrupt" });
    life.engine.dispose();
    const recent = ends.filter((end) => now - end < 60_000);
    if (recent.length >= MAX_LIVES)
      return fail(outcome.type === "fault" ? { type: "disk", fault: outcome.fault } : { type: "unstable" });

    const next = await ports.revive();
    const known = next.ok ? await rememberIntents(ports.store) : next;
    if (!next.ok || !known.ok)
      return fail({ type: "disk", fault: next.ok ? (known as { readonly error: StoreFault }).error : next.error });
    life = next.value;
    intents = known.value;
    wake = undefined;
    const kept = outcome.type === "threw" ? batch.filter((input) => input !== outcome.input) : [];
    queue = [...kept, ...queue].filter((input) => input.type === "intent" || input.type === "media");
    waiting = 0;
    ports.show({ state: life.state, conversations: new Set(), lines: [], anew: true });
    ports.reset();
    give({ type: "timeIs" });
  };

  const fail = (why: DriverFailure): void => {
    over = true;
    queue = [];
    cancelWake?.();
    ports.failed(why);
  };

  // A core that starts looks at the clock: what was due while nothing ran is due now.
  give({ type: "timeIs" });
  return {
    give,
    state: () => life.state,
    idle: async () => {
      while (running) await running;
    },
    stop: async () => {
      if (over) return;
      over = true;
      queue = [];
      cancelWake?.();
      await running;
      // Whoever stops us closes the store next.
      await recalling;
      life.engine.dispose();
    },
  };
}

/** Bytes that the server chose the number of. */
function weightOf(input: Input<unknown>): number {
  if (input.type !== "push") return 0;
  switch (input.push.type) {
    case "rowPush":
      return input.push.row.body.length;
    case "inboxPush":
      return input.push.item.body.length;
    case "transientPush":
      return input.push.body.length;
    case "sessionEnded":
    case "goingAway":
      return 0;
  }
}

const engineRows = (engine: Engine): readonly PutRow[] =>
  engine
    .takeChanges()
    .map(({ key, value }): PutRow => ({ type: "store", put: "row", space: ENGINE_SPACE, key, value: value ?? null }));

/** The space in which the engine's rows lie. */
export const ENGINE_SPACE = "mls";
