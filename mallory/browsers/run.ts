/**
 * `npm run mallory -- --browsers`: Mallory in front of the real server, against people in real Chromium and Firefox. One
 * operation for each field of everything the server says, chosen by the seed.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import type { BrowserKind } from "../../e2e/support/browsers.ts";
import type { Person } from "../../e2e/support/person.ts";
import { seededRandom } from "../../packages/group/test-kit/people.ts";
import { isMessage } from "../case.ts";
import { fieldsOfFrames, placesOf } from "../frame.ts";
import { mutantOf } from "../mutants.ts";
import { bend, operationsOn, type Bent, type Operation } from "../operations.ts";
import { acts, type Act, type Couple } from "./acts.ts";
import { judge, type Judgement } from "./judge.ts";
import { instead, makeTargets, unasked, withReply, type Target } from "./plan.ts";
import { buildWithout, builtWeb } from "./web.ts";
import { openWorld, type Attack, type World } from "./world.ts";

/** A line of the raw log. */
interface Entry extends Judgement {
  readonly case: string;
  readonly browser: BrowserKind;
  readonly operation: Operation | "none";
  readonly seconds: number;
}

/** Of the mutants, the one whose absence shows in whatever a person does. */
const PLANT = "what follows a frame is passed over";

const { values } = parseArgs({
  options: {
    browsers: { type: "boolean" },
    /** Which, with a comma between. */
    in: { type: "string", default: "chromium,firefox" },
    seed: { type: "string", default: "1" },
    /** Only every n-th field. */
    part: { type: "string", default: "1" },
    /** Only fields with this in their names. */
    only: { type: "string", default: "" },
    /** The control: take a defence away, and do what it was there for. */
    plant: { type: "boolean", default: false },
    log: { type: "string", default: join(import.meta.dirname, "../../test-results/mallory-browsers.jsonl") },
  },
});
const { seed, only } = values;
const part = Number(values.part);
const kinds = values.in.split(",").filter((kind): kind is BrowserKind => kind === "chromium" || kind === "firefox");
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const planted = values.plant ? mutantOf(PLANT) : null;

mkdirSync(dirname(values.log), { recursive: true });
const log = openSync(values.log, "w");
const entries: Entry[] = [];
const folder = planted === null ? null : mkdtempSync(join(tmpdir(), "megachat-mutant-"));
let fields = 0;
try {
  if (folder !== null && planted !== null) {
    say(`planted: ${planted.name}`);
    await buildWithout(planted.name, folder);
  }
  for (const kind of kinds) fields = Math.max(fields, await runIn(kind, folder ?? builtWeb()));
} finally {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
  closeSync(log);
}
conclude();

function conclude(): void {
  const count = (...verdicts: readonly Entry["verdict"][]): number =>
    entries.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const silentAccepts = count("silentAccept");
  const wrong = entries.length - count("refused", "alarmed", "notReached");
  say(
    `${count("alarmed")} told, ${count("refused")} without effect, ${entries.filter(({ late }) => late).length} after a reload; log: ${values.log}`,
  );
  say(
    JSON.stringify({
      seed,
      scenarios: entries.length,
      fields,
      executed: entries.length - count("notReached"),
      silentAccepts,
      hangs: count("hang"),
      threw: count("threw"),
      notReached: count("notReached"),
    }),
  );
  process.exitCode = (planted === null ? wrong === 0 && entries.length > 0 : silentAccepts > 0) ? 0 : 1;
}

/** Gives how many fields there are. */
async function runIn(kind: BrowserKind, webDir: string): Promise<number> {
  const world = await openWorld(kind, webDir, seed);
  try {
    const theater = troupe(world);
    const brought = new Map<string, World["history"]>();
    for (const act of acts) {
      const couple = await theater.coupleFor(act);
      const before = world.history.length;
      world.attack(() => undefined);
      await act.play(couple);
      world.attack(null);
      brought.set(
        act.name,
        world.history.slice(before).filter(({ to }) => to === "victim"),
      );
      const honest = await judge(world, act, couple);
      if (honest.faults.length > 0)
        throw new Error(`“${act.name}” is not well with an honest server:\n${honest.faults.join("\n")}`);
      theater.keep(act, couple, honest);
    }
    const fields = fieldsOfFrames();
    const all = makeTargets(fields, brought, seed, seededRandom);
    const chosen = all
      .filter((_, i) => i % part === Number(seed) % part)
      .filter(({ field }) => field.name.includes(only) && (planted?.fields.test(field.name) ?? true));
    say(`${kind}: ${chosen.length} of ${all.length} fields that are brought, of ${fields.length}; seed ${seed}`);
    for (const target of chosen) {
      const entry = await runTarget(kind, world, theater, target);
      entries.push(entry);
      writeSync(log, `${JSON.stringify(entry)}\n`);
      if (entry.faults.length > 0) say(`${entry.verdict}: ${kind} ${entry.case}\n  ${entry.faults.slice(0, 4).join("\n  ")}`);
      if (planted !== null && entry.verdict === "silentAccept") break;
    }
    return fields.length;
  } finally {
    await world.stop();
  }
}

async function runTarget(kind: BrowserKind, world: World, theater: Troupe, { field, act, nth, seed }: Target): Promise<Entry> {
  const begun = Date.now();
  const couple = await theater.coupleFor(act);
  const chance = seededRandom(seed);
  const operations = shuffled(
    operationsOn(field).filter((each) => planted?.operations.includes(each) ?? true),
    chance.below,
  );
  let seen = 0;
  let done: Operation | undefined;
  const attempt = (bendWith: (operation: Operation) => Bent | undefined): Bent | undefined => {
    for (const operation of operations) {
      const bent = bendWith(operation);
      if (!bent) continue;
      done = operation;
      return bent;
    }
    return undefined;
  };
  const seldom = instead.get(field.message);
  const attack: Attack = (sent, request, history) => {
    if (done !== undefined) return undefined;
    if (seldom) {
      if (sent.message !== seldom.of || !request) return undefined;
      const other = withReply(sent, seldom.make(request, chance));
      return attempt((operation) => bend(other, field, operation, history, chance));
    }
    if (!isMessage(sent, field) || placesOf(sent.plain, field).length === 0 || seen++ < nth) return undefined;
    return attempt((operation) => bend(sent, field, operation, history, chance));
  };
  world.attack(attack);
  const alone = unasked.get(field.message);
  if (alone !== undefined) {
    const sent = { to: "victim", message: field.message, about: "", isLog: false, turn: null, plain: alone as unknown[] };
    const bent = attempt((operation) => bend(sent, field, operation, world.history, chance));
    for (const bytes of bent?.now ?? []) world.say(bytes);
  }
  await act.play(couple).catch(() => undefined);
  world.attack(null);
  const name = [act.name, field.name, done ?? "none", nth, seed].join("|");
  const judgement: Judgement = await judge(world, act, couple);
  theater.keep(act, couple, judgement);
  const seconds = Math.round((Date.now() - begun) / 1000);
  const verdict = done === undefined && judgement.faults.length === 0 ? "notReached" : judgement.verdict;
  return { case: name, browser: kind, operation: done ?? "none", seconds, ...judgement, verdict };
}

function shuffled<T>(all: readonly T[], below: (bound: number) => number): readonly T[] {
  return all
    .map((item) => ({ item, at: below(2 ** 30) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

// —— Who plays ———————————————————————————————————————————————————————————————————————————————————————————

interface Troupe {
  readonly coupleFor: (act: Act) => Promise<Couple>;
  /** People go on together as long as all is well. */
  readonly keep: (act: Act, couple: Couple, judged: Judgement) => void;
}

function troupe(world: World): Troupe {
  let friends: Couple | null = null;
  let single: Person | null = null;
  const enter = async (person: Person): Promise<Person> => {
    await person.open();
    await person.signUp();
    return person;
  };
  const leave = (person: Person | null): void => void person?.context.close().catch(() => undefined);
  const strangers = async (): Promise<Couple> => {
    const victim = single ?? (await enter(await world.victim()));
    single = null;
    const friend = await enter(await world.friend());
    return { victim, friend, said: [], known: new Set([friend.name]) };
  };
  return {
    coupleFor: async (act) => {
      if (act.needs === "nobody") {
        const victim = await world.victim();
        return { victim, friend: victim, said: [], known: new Set() };
      }
      if (act.needs === "strangers") return strangers();
      if (friends) return friends;
      const couple = await strangers();
      await acts.find(({ name }) => name === "ask")?.play(couple);
      await couple.friend.openChat(couple.victim.name);
      return couple;
    },
    keep: (act, couple, { verdict }) => {
      const isWell = verdict === "refused";
      const { victim, friend } = couple;
      if (act.needs === "friends") {
        friends = isWell ? couple : null;
        if (isWell) return;
      } else if (act.needs === "nobody" && isWell && single === null) {
        single = victim;
        return;
      }
      leave(victim);
      if (friend !== victim) leave(friend);
    },
  };
}
