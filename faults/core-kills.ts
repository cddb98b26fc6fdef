/**
 * Whole cores on simulated time, each ended at one point of one step: while it waits for what it is given, once it has
 * written what comes of it, and after each thing that it did then. The lives and the oracles are those of `mallory/`; the
 * server is honest here.
 */
import { toHex } from "@megachat/base";
import type { CoreWish } from "@megachat/core";
import { isUnmet, retryFailed, sayLastWords } from "../mallory/going-on.ts";
import { alarmsOf, friendsOf, oracles } from "../mallory/oracles.ts";
import { beginnings, lives, type Life } from "../mallory/lives.ts";
import { accept, ask, begin, conversationId, hangUp, lookUp, names, pass, wish, type Name, type Play } from "../mallory/play.ts";
import type { SimDisk } from "@megachat/testing";
import type { Point } from "../packages/core/test-kit/lives.ts";

/** One point, by its life, the one who dies there, and how often that one has come to this point before. */
export interface Place {
  readonly life: string;
  readonly who: Name;
  readonly point: string;
  readonly nth: number;
}
/** Without those in which people go back to an older disk: what they lose, no kill has taken. */
const led = lives.filter(({ name }) => !/\bdisk\b/u.test(name));

export const places = (stage: Stage): readonly Place[] => led.flatMap(({ name }) => placesIn(stage, name));
/** For the log. */
export const placeName = ({ life, who, point, nth }: Place): string => `${life} | ${who} | ${point} | ${nth}`;

type Dies = Play["souls"]["alice"]["dies"];
type Given = Parameters<Dies>[1];

/** What a step is given, as specifically as a reader of the list wants it. */
function givenName(input: Given): string {
  switch (input.type) {
    case "intent":
      return `wish ${input.wish.type}`;
    case "reply":
      return `reply ${input.reply.type} to ${wordsOf(input.key)}`;
    case "push":
      return `push ${input.push.type}`;
    case "media":
      return input.event.type === "event" ? `media ${input.event.event.type}` : `media ${input.event.type}`;
    case "link":
      return input.online ? "online" : "offline";
    case "recalled":
      return "what was recalled";
    case "unanswered":
      return "no answer";
    case "timeIs":
      return "the time";
  }
}

/** What a question is about, without whom. */
const wordsOf = (key: string): string =>
  key
    .split(":")
    .filter((part) => /^[a-z]+$/iu.test(part) && !/^[\da-f]{16,}$/u.test(part))
    .join(" ");

function pointName(point: Point, input: Given): string {
  const given = givenName(input);
  switch (point.at) {
    case "awaiting":
      return `awaiting ${given}`;
    case "written": {
      const spaces = new Set(
        point.effects.flatMap((each) => (each.type === "store" ? [each.put === "row" ? each.space : "line"] : [])),
      );
      return `written at ${given}: ${[...spaces].toSorted().join(" ")}`;
    }
    case "carriedOut": {
      const { effect } = point;
      return `after ${effect.type}${effect.type === "ask" ? ` ${effect.request.type}` : ""} at ${given}`;
    }
  }
}

const lifeOf = (name: string): Life => {
  const life = lives.find((each) => each.name === name);
  if (!life) throw new Error(`no life is called ${name}`);
  return life;
};

export interface Stage {
  readonly begun: ReturnType<typeof beginnings>;
  readonly honest: Map<string, Honest>;
}
/** What comes of a life that nothing befalls: on an older disk even that is told of, or lost. */
interface Honest {
  readonly alarms: ReadonlyMap<string, number>;
  readonly losses: readonly string[];
}
export const setStage = (): Stage => ({ begun: beginnings("faults"), honest: new Map() });
/** As it is, or with a client that speaks before it writes: whoever dies then has lost what that step wrote. */
export type Client = "asItIs" | "speaksFirst";

/** Every point that somebody comes to in a life that nothing befalls. */
function placesIn(stage: Stage, name: string): readonly Place[] {
  const places: Place[] = [];
  const counts = new Map<string, number>();
  const { play } = lead(stage, name, (who, point, input) => {
    const at = pointName(point, input);
    // A step that writes nothing has no such point.
    if (at.endsWith(": ")) return false;
    const key = `${who} ${at}`;
    const nth = counts.get(key) ?? 0;
    counts.set(key, nth + 1);
    places.push({ life: name, who, point: at, nth });
    return false;
  });
  stage.honest.set(name, { alarms: new Map(realAlarms(play)), losses: judged(play) });
  play.end();
  return places;
}

/** What is wrong in the end when somebody dies there; null where this life does not come to that point. */
export function dieAt(stage: Stage, place: Place, client: Client): readonly string[] | null {
  let nth = 0;
  let struck = false;
  let before: SimDisk | undefined;
  const { play, killed } = lead(stage, place.life, (who, point, input, its) => {
    if (client === "speaksFirst" && !struck && who === place.who && point.at === "awaiting") before = its.souls[who].disk().clone();
    if (struck || who !== place.who || pointName(point, input) !== place.point) return false;
    struck = nth++ === place.nth;
    if (struck && before) its.souls[who].restart(before);
    return struck;
  });
  const { alarms: known, losses } = stage.honest.get(place.life) ?? { alarms: new Map<string, number>(), losses: [] };
  const alarms = realAlarms(play).filter(([what, times]) => times > (known.get(what) ?? 0));
  const wrong = judged(play).filter((what) => !losses.includes(what));
  const faults = [...play.faults, ...killed, ...wrong, ...alarms.map(([what]) => `alarm: ${what}`)];
  play.end();
  return struck ? faults : null;
}

const judged = (play: Play): readonly string[] =>
  oracles.flatMap((oracle) => oracle.judge(play).map((what) => `${oracle.name}: ${what}`));
/** A wish that is refused is an answer. */
const realAlarms = (play: Play) => [...alarmsOf(play)].filter(([what]) => !what.includes(" refused "));

type Strikes = (who: Name, point: Point, input: Given, play: Play) => boolean;

/** Leads a life, in which somebody may be struck, and what follows: people do again what was lost on them, and talk. */
function lead(stage: Stage, name: string, strikes: Strikes): { readonly play: Play; readonly killed: readonly string[] } {
  const life = lifeOf(name);
  const play = begin(stage.begun[life.from], name);
  const wishes = new Map<Name, CoreWish[]>(names.map((each) => [each, []]));
  let isLed = true;
  /** Who died over the wish to call: nobody else knows the name of that call. */
  let caller: Name | undefined;
  let lost: { readonly who: Name; readonly nth: number } | undefined;
  for (const who of names)
    play.souls[who].dies = (point, input) => {
      if (!isLed) return false;
      if (point.at === "awaiting" && input.type === "intent") wishes.get(who)?.push(input.wish);
      if (!strikes(who, point, input, play)) return false;
      if (input.type === "intent") lost = { who, nth: (wishes.get(who)?.length ?? 0) - 1 };
      if (input.type === "intent" && input.wish.type === "send" && point.at !== "awaiting") said(play, who, input.wish);
      if (input.type === "intent" && input.wish.type === "startCall") caller = who;
      return true;
    };
  life.lead(play);
  isLed = false;
  // What was wished in the moment of dying was wished of the one who died.
  const mine = lost && play.wished.filter(({ by }) => by === lost?.who)[lost.nth];
  if (mine) play.wished[play.wished.indexOf(mine)] = { ...mine, life: mine.life - 1 };
  const killed = untrueCalls(play);
  heal(play, wishes);
  if (caller) ownCalls(play, caller);
  return { play, killed };
}

/** What is written is said, although nobody was told so any more. */
function said(play: Play, from: Name, { conversation, text }: Extract<CoreWish, { readonly type: "send" }>): void {
  const to = names.find((other) => other !== from && conversationId(play, from, other) === conversation);
  if (to) play.said.push({ from, to, text });
}

/** A minute and a half later, and nobody has hung up: who is shown a call is in it, and the other one too. */
function untrueCalls(play: Play): readonly string[] {
  pass(play, 90_000);
  return names.flatMap((name) => {
    const { call: shown } = play.souls[name].state().phone;
    if (!shown || shown.at === "ended") return [];
    const isShared = names.some((other) => {
      const theirs = play.souls[other].state().phone.call;
      return other !== name && theirs?.id === shown.id && theirs.at !== "ended";
    });
    return isShared ? [] : [`${name} is shown a call that is over: ${shown.at}`];
  });
}

/** What may be wished a second time, by who was not answered. The rest would be another message, another call. */
const again: ReadonlySet<string> = new Set([
  "lookUp",
  "openInvitation",
  "sendRequest",
  "acceptRequest",
  "markVerified",
  "block",
  "setDisplayName",
  "markRead",
] satisfies readonly CoreWish["type"][]);

function heal(play: Play, wishes: ReadonlyMap<Name, readonly CoreWish[]>): void {
  for (const name of names) play.souls[name].goOnline();
  pass(play, 10_000);
  for (const name of names) {
    const lost = play.wished.filter(({ by }) => by === name);
    for (const [n, { life, answer, type }] of lost.entries()) {
      const same = wishes.get(name)?.[n];
      if (!same || life === play.souls[name].life() || answer() !== undefined || !again.has(type)) continue;
      wish(play, name, same);
      pass(play, 2000);
    }
  }
  for (const name of names) hangUp(play, name);
  pass(play, 900_000);
  for (const name of names) {
    play.souls[name].goOffline();
    play.souls[name].goOnline();
  }
  pass(play, 180_000);
  meetAgain(play);
  retryFailed(play);
  sayLastWords(play);
  pass(play, 120_000);
}

/** Two who want to talk, and whose meeting came to nothing, begin it once more. */
function meetAgain(play: Play): void {
  for (const [one, other] of friendsOf(play)) {
    if (!isUnmet(play, one, other) && !isUnmet(play, other, one)) continue;
    wish(play, one, { type: "withdrawRequest", account: play.souls[other].account });
    lookUp(play, one, other);
    ask(play, one, other);
    pass(play, 10_000);
    // A server that is busy says so, each time to another question.
    for (let tries = 0; tries < 4 && isUnmet(play, other, one); tries++) accept(play, other, one);
    pass(play, 60_000);
  }
}

function ownCalls(play: Play, caller: Name): void {
  for (const other of names) {
    if (other === caller) continue;
    for (const one of [play.souls[caller], play.souls[other]])
      for (const line of one.lines(one === play.souls[caller] ? play.souls[other] : play.souls[caller]))
        if (line.type === "callLine" && !play.calls.has(toHex(line.call)))
          play.calls.set(toHex(line.call), { by: caller, with: other, at: line.at, accepted: line.at });
  }
}
