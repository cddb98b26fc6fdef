/** One case: a life with one thing bent in it, the healing behind it, and the judgement. */
import { seededRandom } from "../packages/group/test-kit/people.ts";
import type { Field } from "./frame.ts";
import { isUnmet, retryFailed, sayLastWords } from "./going-on.ts";
import { lives, type Life } from "./lives.ts";
import { bend, type Operation, type Sent } from "./operations.ts";
import { alarmsOf, beyond, friendsOf, oracles, sizeOf, unsettled } from "./oracles.ts";
import { accept, ask, begin, hangUp, lookUp, names, pass, wish, type Kept, type Name, type Play } from "./play.ts";

export interface Case {
  readonly life: string;
  readonly to: string;
  readonly message: string;
  /** Which of these messages to this person, from 0. */
  readonly nth: number;
  readonly field: string;
  readonly operation: Operation;
  readonly from: "once" | "always";
  readonly seed: string;
}

/** What the same life comes to with an honest server. */
export interface Honest {
  readonly sent: readonly Sent[];
  readonly alarms: ReadonlyMap<string, number>;
  /** What an honest server cannot help either, where people go back to an older disk: all of it is told. */
  readonly losses: ReadonlySet<string>;
  readonly size: ReturnType<typeof sizeOf>;
}

export type Verdict = "refused" | "alarmed" | "silentAccept" | "hang" | "threw" | "unbounded" | "notReached";
export interface Outcome {
  readonly verdict: Verdict;
  /** What is wrong, each with the oracle that says so. */
  readonly faults: readonly string[];
  readonly alarms: readonly string[];
  /** Frames that were bent. */
  readonly bent: number;
  /** Nobody was at rest before a new connection came. */
  readonly late: boolean;
}

/** How many requests somebody may make in ten seconds beyond the busiest of the honest life, and bytes on all the disks. */
const MOST_ASKS = 60;
const MOST_BYTES = 400_000;

export const caseName = ({ life, to, message, nth, field, operation, from, seed }: Case): string =>
  [life, to, message, nth, field, operation, from, seed].join("|");

export function caseOf(name: string): Case {
  const [life = "", to = "", message = "", nth = "", field = "", operation = "", from = "", seed = ""] = name.split("|");
  return {
    life,
    to,
    message,
    nth: Number(nth),
    field,
    operation: operation as Operation,
    from: from === "always" ? "always" : "once",
    seed,
  };
}

const lifeOf = (name: string): Life => {
  const life = lives.find((each) => each.name === name);
  if (!life) throw new Error(`no life is called ${name}`);
  return life;
};

/** The life as it is when the server is honest. What is wrong then is wrong with the life, or with the product. */
export function runHonestly(name: string, beginnings: Readonly<Record<Life["from"], Kept>>): Honest {
  const life = lifeOf(name);
  const kept = beginnings[life.from];
  const play = begin(kept, name);
  life.lead(play);
  const sent = play.history.slice(kept.history.length);
  heal(play);
  const alarms = alarmsOf(play);
  const found = oracles.map((oracle) => ({ oracle, wrong: oracle.judge(play).map((what) => `${oracle.name}: ${what}`) }));
  const losses = found.flatMap(({ oracle, wrong }) =>
    (oracle.verdict === "hang" || oracle.excusedByAlarm) && alarms.size > 0 ? wrong : [],
  );
  const faults = [...play.faults, ...found.flatMap(({ wrong }) => wrong).filter((what) => !losses.includes(what))];
  if (faults.length > 0)
    throw new Error(`the honest life “${name}” is not well:
${faults.join("\n")}`);
  const honest = { sent, alarms, losses: new Set(losses), size: sizeOf(play) };
  play.end();
  return honest;
}

export function runCase(the: Case, field: Field, beginnings: Readonly<Record<Life["from"], Kept>>, honest: Honest): Outcome {
  const life = lifeOf(the.life);
  const chance = seededRandom(the.seed);
  let nth = 0;
  let bent = 0;
  const play = begin(beginnings[life.from], the.life, (sent, history) => {
    if (sent.to !== the.to || !isMessage(sent, field)) return undefined;
    const mine = nth++;
    if (mine < the.nth || (mine > the.nth && the.from === "once")) return undefined;
    const changed = bend(sent, field, the.operation, history, mine === the.nth ? seededRandom(the.seed) : chance);
    if (changed) bent++;
    return changed;
  });
  life.lead(play);
  const late = heal(play);
  const outcome = judge(play, honest, late, bent);
  play.end();
  return outcome;
}

/** Frames are replies and pushes themselves, besides the message they carry. */
export const isMessage = (sent: Sent, { message }: Field): boolean =>
  sent.message === message || (message === "reply" && sent.plain.length === 4) || (message === "push" && sent.plain.length === 3);

/**
 * The server is honest from here on. A quarter of an hour for the clients alone; then new connections, as they come in
 * every life; then people try again what they were told has failed.
 */
function heal(play: Play): boolean {
  play.relent();
  for (const name of names) comeBack(play, name);
  for (const name of names) hangUp(play, name);
  pass(play, 900_000);
  const late = unsettled(play).length > 0;
  for (const name of names) {
    play.souls[name].goOffline();
    comeBack(play, name);
  }
  pass(play, 180_000);
  if (unsettled(play).length > 0) tryAgain(play);
  sayLastWords(play);
  pass(play, 180_000);
  return late;
}

/** Whoever was thrown out signs in again: a new life on the same disk. */
function comeBack(play: Play, name: Name): void {
  const soul = play.souls[name];
  if (soul.left.length > 0 || play.told.some((told) => told.startsWith(name))) soul.restart();
  soul.goOnline();
}

/** What people do whose meeting came to nothing, or whose message failed: they take it back, and do it once more. */
function tryAgain(play: Play): void {
  for (const [first, second] of friendsOf(play)) {
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      if (!isUnmet(play, one, other) && !isUnmet(play, other, one)) continue;
      wish(play, one, { type: "withdrawRequest", account: play.souls[other].account });
      lookUp(play, one, other);
      ask(play, one, other);
      if (isUnmet(play, other, one)) accept(play, other, one);
    }
  }
  retryFailed(play);
  pass(play, 180_000);
}

function judge(play: Play, honest: Honest, late: boolean, bent: number): Outcome {
  const alarms = beyond(alarmsOf(play), honest.alarms);
  const found = oracles.flatMap((oracle) => {
    const faults: readonly string[] = oracle.excusedByAlarm && alarms.length > 0 ? [] : oracle.judge(play);
    return faults
      .map((fault) => ({ verdict: oracle.verdict, fault: `${oracle.name}: ${fault}` }))
      .filter(({ fault }) => !honest.losses.has(fault));
  });
  const size = sizeOf(play);
  const unbounded = [
    ...(size.busiest > honest.size.busiest + MOST_ASKS ? [`unbounded: ${size.busiest} requests in ten seconds`] : []),
    ...(size.bytes > honest.size.bytes + MOST_BYTES
      ? [`unbounded: ${size.bytes - honest.size.bytes} bytes more than honestly`]
      : []),
  ];
  const faults = [...play.faults, ...found.map(({ fault }) => fault), ...unbounded];
  const verdict = ((): Verdict => {
    if (bent === 0) return "notReached";
    if (found.some((each) => each.verdict === "silentAccept") || play.faults.some((fault) => !fault.startsWith("threw")))
      return "silentAccept";
    if (play.faults.length > 0) return "threw";
    if (found.length > 0) return "hang";
    if (unbounded.length > 0) return "unbounded";
    return alarms.length > 0 ? "alarmed" : "refused";
  })();
  return { verdict, faults, alarms, bent, late };
}
