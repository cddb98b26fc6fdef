/**
 * A short life of Alice, Bob and Carol under Mallory's eyes: what each of them does is written down as they do it, and
 * is the one truth that everything shown is judged by.
 */
import { toHex } from "@megachat/base";
import { simServer, simTime, type SimStored, type SimTime } from "@megachat/testing";
import { seededRandom } from "../packages/group/test-kit/people.ts";
import { live, signUp, type Person, type Soul } from "../packages/core/test-kit/lives.ts";
import type { CoreWish } from "@megachat/core";
import { mallorysLine, type Mallory } from "./line.ts";
import type { Bent, Sent } from "./operations.ts";

export const names = ["alice", "bobby", "carol"] as const;
export type Name = (typeof names)[number];

/** A text that somebody was told is on its way. */
export interface Said {
  readonly from: Name;
  readonly to: Name;
  readonly text: string;
}
/** Something asked of a core, and its answer once there is one. */
export interface Wished {
  readonly by: Name;
  readonly type: CoreWish["type"];
  /** Of the asker's lives, the one in which it was asked. */
  readonly life: number;
  readonly answer: () => { readonly ok: boolean; readonly error?: unknown; readonly value?: unknown } | null | undefined;
}
/** A person whom a screen showed to somebody who looked for one. */
export interface Shown {
  readonly by: Name;
  readonly asked: string;
  readonly person: { readonly account: Uint8Array<ArrayBuffer>; readonly handle: string };
}
/** What people have decided about one another, by their own doing alone. */
export interface Decided {
  readonly asked: Set<string>;
  /** Two who both want to talk, as `alice bobby` in the order of the alphabet. */
  readonly friends: Set<string>;
  readonly verified: Set<string>;
  readonly blocked: Set<string>;
  readonly names: Map<Name, string>;
}

/** Everything that can be gone back to. */
export interface Kept {
  readonly now: number;
  readonly stored: SimStored;
  readonly people: readonly Person[];
  readonly history: readonly Sent[];
  readonly said: readonly Said[];
  readonly decided: Decided;
}

export interface Play {
  readonly time: SimTime;
  readonly souls: Readonly<Record<Name, Soul>>;
  readonly said: Said[];
  readonly wished: Wished[];
  readonly decided: Decided;
  /** The account that a screen showed somebody who looked for another, as `alice bobby`. */
  readonly seen: Map<string, Uint8Array<ArrayBuffer> | undefined>;
  readonly shown: Shown[];
  /** Calls that were really begun, by their ids. */
  readonly calls: Map<string, { readonly by: Name; readonly with: Name; readonly at: number; accepted: number | null }>;
  /** Whose microphone its owner has opened. */
  readonly mayCapture: Set<Name>;
  readonly faults: string[];
  readonly told: string[];
  /** Requests by person and ten simulated seconds. */
  readonly asks: Map<string, number>;
  readonly history: Sent[];
  readonly mallory: Mallory;
  /** From here on the server is honest. */
  readonly relent: () => void;
  readonly keep: () => Kept;
  readonly end: () => void;
}

const noDecisions = (): Decided => ({
  asked: new Set(),
  friends: new Set(),
  verified: new Set(),
  blocked: new Set(),
  names: new Map(),
});
const copyOfDecided = (of: Decided): Decided => ({
  asked: new Set(of.asked),
  friends: new Set(of.friends),
  verified: new Set(of.verified),
  blocked: new Set(of.blocked),
  names: new Map(of.names),
});

export type Bend = (sent: Sent, history: readonly Sent[]) => Bent | undefined;

/** Three people who have just signed up, at a server of their own. */
export function newPeople(seed: string): Kept {
  const time = simTime();
  const server = simServer(time);
  const random = seededRandom(`${seed} people`);
  const people = names.map((name) => signUp(name, { time, server, random }));
  return { now: time.now(), stored: server.stored(), people, history: [], said: [], decided: noDecisions() };
}

/** Goes on from what was kept: everybody is online a little later. */
export function begin(kept: Kept, seed: string, bend: Bend = () => undefined): Play {
  const time = simTime(kept.now);
  const server = simServer(time, kept.stored);
  const random = seededRandom(seed);
  const faults: string[] = [];
  const told: string[] = [];
  const asks = new Map<string, number>();
  const history: Sent[] = [...kept.history];
  let isBending = true;
  const mallory: Mallory = {
    bend: (sent) => {
      const bent = isBending ? bend(sent, history) : undefined;
      history.push(sent);
      return bent;
    },
    doorOpen: (sent) => faults.push(`door: ${sent.to} took for a frame what is none, in place of ${sent.message}`),
    told: (soul, what) => told.push(`${soul}: ${what}`),
    threw: (soul, fault) =>
      faults.push(
        `threw: ${soul}: ${fault instanceof Error ? (fault.stack ?? fault.message).split("\n").slice(0, 3).join(" ") : "unknown"}`,
      ),
    asked: (soul) => {
      const when = `${soul} ${Math.floor(time.now() / 10_000)}`;
      asks.set(when, (asks.get(when) ?? 0) + 1);
    },
    excuses: new Map(),
    connections: new Map(),
  };
  const people = kept.people.map((person) => ({ ...person, disk: person.disk.clone() }));
  const world = { time, server, random };
  const [alice, bobby, carol] = people.map((person) => live(person, world, mallorysLine(world, mallory))) as [Soul, Soul, Soul];
  const souls = { alice, bobby, carol };
  const play: Play = {
    time,
    souls,
    said: [...kept.said],
    wished: [],
    decided: copyOfDecided(kept.decided),
    seen: new Map(),
    shown: [],
    calls: new Map(),
    mayCapture: new Set(),
    faults,
    told,
    asks,
    history,
    mallory,
    relent: () => {
      isBending = false;
    },
    keep: () => ({
      now: time.now(),
      stored: server.stored(),
      people: people.map((person) => ({ ...person, disk: souls[person.name as Name].disk().clone() })),
      history: [...history],
      said: [...play.said],
      decided: copyOfDecided(play.decided),
    }),
    end: () => names.forEach((name) => souls[name].engine().dispose()),
  };
  for (const name of names) souls[name].goOnline();
  pass(play, 2000);
  return play;
}

/** Lets time pass. A step that throws on its own time is a fault; time goes on behind it. */
export function pass(play: Play, ms: number): void {
  const until = play.time.now() + ms;
  for (let throws = 0; play.time.now() < until && throws < 20; throws++) {
    try {
      play.time.pass(until - play.time.now());
    } catch (fault) {
      play.mallory.threw("time", fault);
    }
  }
  for (const name of names)
    if (play.souls[name].capturing() && !play.mayCapture.has(name))
      play.faults.push(`capture: ${name}'s microphone is open, and ${name} has opened none`);
}

// —— What people do ——————————————————————————————————————————————————————————————————————————————————————

export function wish(play: Play, by: Name, what: CoreWish): Wished["answer"] {
  try {
    const answer = play.souls[by].wish(what) as Wished["answer"];
    play.wished.push({ by, type: what.type, life: play.souls[by].life(), answer });
    return answer;
  } catch (fault) {
    play.mallory.threw(by, fault);
    return () => undefined;
  }
}

export const pairOf = (one: Name, other: Name): string => [one, other].toSorted().join(" ");
export const conversationId = (play: Play, one: Name, other: Name): string | undefined => {
  const conversation = play.souls[one].conversationWith(play.souls[other]);
  return conversation && toHex(conversation.id);
};

/** Whoever the screen shows is the one who is asked next. */
function note(play: Play, by: Name, asked: string, answer: ReturnType<Wished["answer"]>): void {
  const person = answer?.ok ? (answer.value as Shown["person"]) : undefined;
  play.seen.set(`${by} ${asked}`, person?.account);
  if (person) play.shown.push({ by, asked, person });
}

export function lookUp(play: Play, one: Name, handle: string): void {
  const answer = wish(play, one, { type: "lookUp", handle });
  pass(play, 1000);
  note(play, one, handle, answer());
}

export function followLink(play: Play, one: Name, of: Name, fragment: string): void {
  const answer = wish(play, one, { type: "openInvitation", handle: of, fragment });
  pass(play, 1000);
  note(play, one, of, answer());
}

export function ask(play: Play, one: Name, other: Name, invitation: string | null = null): void {
  play.decided.asked.add(`${one} ${other}`);
  const account = play.seen.get(`${one} ${other}`) ?? play.souls[other].account;
  if (invitation !== null || play.decided.asked.has(`${other} ${one}`)) play.decided.friends.add(pairOf(one, other));
  wish(play, one, { type: "sendRequest", account, text: `${one} asks`, invitation });
  pass(play, 1500);
}

export function accept(play: Play, one: Name, other: Name): void {
  play.decided.friends.add(pairOf(one, other));
  wish(play, one, { type: "acceptRequest", account: play.souls[other].account });
  pass(play, 5000);
}

export function meet(play: Play, one: Name, other: Name): void {
  lookUp(play, one, other);
  ask(play, one, other);
  accept(play, other, one);
}

export function say(play: Play, from: Name, to: Name, text: string): void {
  const conversation = conversationId(play, from, to);
  if (conversation === undefined) return;
  if (wish(play, from, { type: "send", conversation, text })()?.ok) play.said.push({ from, to, text });
}

export function read(play: Play, one: Name, other: Name): void {
  const conversation = play.souls[one].conversationWith(play.souls[other]);
  if (conversation) wish(play, one, { type: "markRead", conversation: toHex(conversation.id), position: conversation.position });
}

export function show(play: Play, one: Name, other: Name, visible: boolean): void {
  const conversation = conversationId(play, one, other);
  if (conversation !== undefined) wish(play, one, { type: "showConversation", conversation, visible });
}

export function call(play: Play, one: Name, other: Name): void {
  const conversation = conversationId(play, one, other);
  if (conversation === undefined) return;
  play.mayCapture.add(one);
  wish(play, one, { type: "startCall", conversation, media: "audio" });
  const begun = play.souls[one].state().phone.call;
  if (begun && begun.at !== "ended") play.calls.set(begun.id, { by: one, with: other, at: play.time.now(), accepted: null });
  pass(play, 3000);
}

export function answerCall(play: Play, one: Name): void {
  const ringing = play.souls[one].state().phone.call;
  if (ringing?.at !== "incoming") return;
  play.mayCapture.add(one);
  const begun = play.calls.get(ringing.id);
  if (begun) begun.accepted = play.time.now();
  wish(play, one, { type: "acceptCall", call: ringing.id, media: "audio" });
  pass(play, 5000);
}

export function hangUp(play: Play, one: Name): void {
  const { call: present } = play.souls[one].state().phone;
  if (present && present.at !== "ended") wish(play, one, { type: "hangUp", call: present.id });
  pass(play, 3000);
  play.mayCapture.delete(one);
}

export function verify(play: Play, one: Name, other: Name): void {
  const { account } = play.souls[other];
  const number = wish(play, one, { type: "safetyNumber", account })() as
    | { readonly ok: boolean; readonly value?: { readonly digits: string } }
    | undefined;
  const theirs = wish(play, other, { type: "safetyNumber", account: play.souls[one].account })() as typeof number;
  // Two people compare what their screens show, and only then say so.
  if (!number?.value || number.value.digits !== theirs?.value?.digits) return;
  play.decided.verified.add(`${one} ${other}`);
  wish(play, one, { type: "markVerified", account, digits: number.value.digits });
  pass(play, 1000);
}

export function block(play: Play, one: Name, other: Name): void {
  play.decided.blocked.add(`${one} ${other}`);
  wish(play, one, { type: "block", account: play.souls[other].account });
  pass(play, 1000);
}

export function callMyself(play: Play, one: Name, displayName: string): void {
  play.decided.names.set(one, displayName);
  wish(play, one, { type: "setDisplayName", displayName });
  pass(play, 1500);
}
