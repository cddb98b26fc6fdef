/**
 * What must hold after every life, whatever Mallory did. Each oracle compares what people are shown with what they really
 * did, and gives a sentence for each thing that is wrong. None of them looks into how the client came to it.
 */
import { bytesEqual, toHex } from "@megachat/base";
import type { conversation } from "@megachat/core";
import { viewOf, type Soul } from "../packages/core/test-kit/lives.ts";
import { names, pairOf, type Name, type Play } from "./play.ts";

export interface Oracle {
  readonly name: string;
  readonly judge: (play: Play) => readonly string[];
  /** A loss or a difference that somebody is told of is no silent one. What is forged is wrong even when it is told. */
  readonly excusedByAlarm: boolean;
  readonly verdict: "silentAccept" | "hang";
}

const pairs = names.flatMap((one) => names.filter((other) => other !== one).map((other) => [one, other] as const));
const each = (judge: (one: Soul, other: Soul, play: Play) => readonly string[]) => (play: Play) =>
  pairs.flatMap(([one, other]) => judge(play.souls[one], play.souls[other], play).map((what) => `${one} of ${other}: ${what}`));
const nameOf = (soul: Soul): Name => soul.name as Name;
const contactOf = (one: Soul, other: Soul) => one.state().contacts.contacts.get(toHex(other.account));

type Line = conversation.Line;
/** An hour: the sender's word on when, within what clocks and waiting explain. */
const NEAR = 3_600_000;

/** P1: every text was really said by the one it is shown of, in this conversation, to this person; once, and in order. */
const forgedLines = each((one, other, play) => {
  const lines = one.lines(other);
  const texts = lines.filter((line): line is Extract<Line, { readonly type: "textLine" }> => line.type === "textLine");
  const wrong: string[] = [];
  for (const sender of [one, other]) {
    const to = sender === one ? other : one;
    const said = play.said.filter((each) => each.from === nameOf(sender) && each.to === nameOf(to)).map(({ text }) => text);
    const shown = texts.filter((line) => bytesEqual(line.sender, sender.account));
    const at = shown.map(({ text }) => said.indexOf(text));
    if (at.includes(-1)) wrong.push(`shows what ${sender.name} never said`);
    if (new Set(at).size !== at.length) wrong.push(`shows a text of ${sender.name} twice`);
    // Who joined again is told what was missed a second time, behind what came since.
    const again = lines.some((line) => line.type === "systemLine" && line.what === "rejoined");
    if (!again && at.some((place, i) => place < (at[i - 1] ?? -1))) wrong.push(`shows ${sender.name}'s texts in another order`);
    if (shown.some(({ own }) => own !== (sender === one))) wrong.push(`shows a text of ${sender.name} on the wrong side`);
    if (shown.some(({ sentAt }) => sentAt < play.time.now() - NEAR || sentAt > play.time.now() + NEAR))
      wrong.push(`shows a text of ${sender.name} at a time that never was`);
  }
  if (texts.some((line) => ![one, other].some(({ account }) => bytesEqual(line.sender, account))))
    wrong.push("shows a text of a third person");
  if (lines.some(({ type }) => type === "updateNeededLine")) wrong.push("shows content that nobody sent");
  return wrong;
});

const never: ReadonlySet<string> = new Set(["deviceAdded", "deviceRemoved", "keysChanged", "unverified", "unblocked"]);

/** P1: no line tells of people, devices or keys what nobody did. */
const forgedEvents = each((one, other, play) => {
  const events = one.lines(other).flatMap((line) => (line.type === "systemLine" ? [line.what] : []));
  const key = `${one.name} ${other.name}`;
  return [
    ...events.filter((what) => never.has(what)),
    ...(events.includes("verified") && !play.decided.verified.has(key) ? ["verified"] : []),
    ...(events.includes("blocked") && !play.decided.blocked.has(key) ? ["blocked"] : []),
  ].map((what) => `tells of “${what}”, which nobody did`);
});

/** P2: pins, marks and blocks are as their owner left them, and of people who are who they are. */
const changedTrust = each((one, other, play) => {
  const contact = contactOf(one, other);
  if (!contact) return [];
  const key = `${one.name} ${other.name}`;
  const { identityKey } = other.state().account.self;
  const asked = play.decided.asked.has(key) || play.decided.asked.has(`${other.name} ${one.name}`);
  const name = play.decided.names.get(nameOf(other)) ?? null;
  return [
    ...(bytesEqual(contact.identityKey, identityKey) ? [] : ["another key is pinned"]),
    ...(contact.changed === null ? [] : ["a changed key is believed"]),
    ...(contact.handle === other.name ? [] : [`is called @${contact.handle}`]),
    ...(contact.displayName === null || contact.displayName === name ? [] : ["has a name that nobody gave"]),
    ...((contact.verifiedOn !== null) === play.decided.verified.has(key) ? [] : ["the verified mark is not as it was set"]),
    ...((contact.blockedOn !== null) === play.decided.blocked.has(key) ? [] : ["the block is not as it was set"]),
    ...(asked || contact.relation === "stranger" ? [] : [`is a ${contact.relation}, and nobody asked`]),
    ...(contact.relation === "contact" && !play.decided.friends.has(pairOf(nameOf(one), nameOf(other)))
      ? ["is a contact against somebody's will"]
      : []),
  ];
});

/** P1: who looks for somebody is shown that one, under their own name, or nobody. */
const anotherPerson = (play: Play): readonly string[] =>
  play.shown
    .filter(({ asked, person }) => {
      const real = names.find((name) => name === asked);
      return !real || person.handle !== asked || !bytesEqual(person.account, play.souls[real].account);
    })
    .map(({ by, asked, person }) => `${by} looked for ${asked} and was shown another, @${person.handle}`);

/** P2: nobody is known who does not exist, and whoever is in a conversation belongs there. */
const strangers = (play: Play): readonly string[] =>
  names.flatMap((name) => {
    const soul = play.souls[name];
    const real = new Set(names.map((each) => toHex(play.souls[each].account)));
    const unknown = [...soul.state().contacts.contacts.keys()].filter((hex) => !real.has(hex)).length;
    const wrong = [...soul.state().conversations.values()].filter(({ id, with: other }) => {
      const members = soul.engine().state(id)?.members ?? [];
      return members.some(
        ({ certificate }) => !bytesEqual(certificate.account, soul.account) && !bytesEqual(certificate.account, other),
      );
    }).length;
    return [
      ...(unknown > 0 ? [`${name} knows somebody who does not exist`] : []),
      ...(wrong > 0 ? [`a third is in a conversation of ${name}`] : []),
    ];
  });

/** P2: the account itself is as its owner left it. */
const changedSelf = (play: Play): readonly string[] =>
  names.flatMap((name) => {
    const { profile, self } = play.souls[name].state().account;
    return [
      ...(profile.displayName === (play.decided.names.get(name) ?? null) ? [] : [`${name} has a name of another's choice`]),
      ...(self.handle === name ? [] : [`${name} has another handle`]),
    ];
  });

/** P1: nobody is told that a text was delivered or read who has not been. */
const falseReceipts = each((one, other) => {
  const mine = one.conversationWith(other)?.receipts;
  const theirs = other.conversationWith(one)?.receipts;
  if (!mine || !theirs) return [];
  return [
    ...(mine.peerDelivered > theirs.ownDelivered ? ["believes more to be delivered than is"] : []),
    ...(mine.peerRead > theirs.ownRead ? ["believes more to be read than was"] : []),
  ];
});

/** P1: every call shown was begun by the one it is shown of, ended as it did, and rang only whom it was for. */
const forgedCalls = (play: Play): readonly string[] => [
  ...names.flatMap((name) => {
    const present = play.souls[name].state().phone.call;
    if (!present) return [];
    const begun = play.calls.get(present.id);
    if (!begun || (begun.by !== name && begun.with !== name)) return [`${name} has a call that nobody made`];
    return present.at === "running" && begun.accepted === null ? [`${name} is in a call that nobody accepted`] : [];
  }),
  ...each((one, other) =>
    one.lines(other).flatMap((line) => {
      if (line.type !== "callLine") return [];
      const begun = play.calls.get(toHex(line.call));
      if (!begun || (begun.by !== one.name && begun.with !== one.name)) return ["a line tells of a call that nobody made"];
      return [
        ...(line.outgoing === (begun.by === one.name) ? [] : ["a call is shown of the wrong one"]),
        ...(line.outcome === "finished" && begun.accepted === null ? ["a call is shown as held that nobody accepted"] : []),
        ...(Math.abs(line.at - begun.at) > NEAR || (line.duration ?? 0) > play.time.now() - begun.at + 1000
          ? ["a call is shown at a time that never was"]
          : []),
      ];
    }),
  )(play),
];

/** What two must have in common. After joining again somebody hears a second time what was missed, behind what came since. */
function settledView(one: Soul, other: Soul): string {
  const view = viewOf(one, other);
  const again = [...one.lines(other), ...other.lines(one)].some((line) => line.type === "systemLine" && line.what === "rejoined");
  return JSON.stringify(again ? { ...view, texts: one.texts(other).toSorted() } : view);
}

/** P4: two who both show no alarm have the same of what they said to each other. */
const disagreement = each((one, other) => {
  if (!one.conversationWith(other) || !other.conversationWith(one) || one.name > other.name) return [];
  const waiting = [one.conversationWith(other), other.conversationWith(one)].some((each) => each && each.outbox.length > 0);
  return waiting || settledView(one, other) === settledView(other, one) ? [] : ["the two do not have the same, and both seem well"];
});

/** P3: what somebody was told is on its way has come, or is still said to be waiting, or failed before their eyes. */
const silentLoss = each((one, other, play) => {
  const shown = new Set(other.texts(one));
  const own = one.texts(other);
  return play.said
    .filter(({ from, to, text }) => from === one.name && to === other.name && own.includes(text) && !shown.has(text))
    .map(({ text }) => `“${text}” is shown as sent, and never came`);
});

/** P6: after a bounded time everybody is at rest: asked and answered, sent and read, joined and in step. */
export const unsettled = (play: Play): readonly string[] => [
  ...play.wished
    .filter(({ by, life, answer }) => play.souls[by].life() === life && answer() === undefined)
    .map(({ by, type }) => `${by} waits for an answer to ${type}`),
  ...names.flatMap((name) => {
    const soul = play.souls[name];
    const { account, conversations, phone } = soul.state();
    return [
      ...(soul.online() ? [] : [`${name} is not online`]),
      ...(account.outbox.length > 0 ? [`${name}'s account log is not written`] : []),
      ...(phone.call && phone.call.at !== "ended" ? [`${name}'s call does not end`] : []),
      ...[...conversations.values()].flatMap(({ outbox, resync, live }) => [
        ...(outbox.length > 0 ? [`${name} has something left to send`] : []),
        ...(resync.at === "none" ? [] : [`${name} is joining again`]),
        ...(live.fetching ? [`${name} waits for rows`] : []),
      ]),
    ];
  }),
  ...friendsOf(play).flatMap((pair) => {
    const [one, other] = pair.map((name) => play.souls[name]) as [Soul, Soul];
    if (!viewOf(one, other) || !viewOf(other, one)) return [`${pair.join(" and ")} have no conversation`];
    return settledView(one, other) === settledView(other, one) ? [] : [`${pair.join(" and ")} are not at the same point`];
  }),
  ...play.said
    .filter(({ from, to, text }) => !play.souls[to].texts(play.souls[from]).includes(text))
    .map(({ from, to, text }) => `${to} has not got ${from}'s “${text}”`),
];

export const friendsOf = ({ decided }: Play): readonly (readonly [Name, Name])[] =>
  [...decided.friends].map((pair) => pair.split(" ") as [Name, Name]);
export const lastWordOf = (name: Name): string => `${name}'s last word`;

/**
 * P6, and no alarm excuses it: once the server is honest again, what friends say next comes. Who is told of an attack may
 * still expect to talk when it is over.
 */
const wedged = (play: Play): readonly string[] =>
  friendsOf(play)
    .flatMap(([one, other]) => [[one, other] as const, [other, one] as const])
    .filter(([one, other]) => !play.decided.blocked.has(`${one} ${other}`) && !play.decided.blocked.has(`${other} ${one}`))
    .filter(([one, other]) => !play.souls[other].texts(play.souls[one]).includes(lastWordOf(one)))
    .map(([one, other]) => `${one} cannot reach ${other} any more`);

export const oracles: readonly Oracle[] = [
  { name: "forgedLines", judge: forgedLines, excusedByAlarm: false, verdict: "silentAccept" },
  { name: "forgedEvents", judge: forgedEvents, excusedByAlarm: false, verdict: "silentAccept" },
  { name: "changedTrust", judge: changedTrust, excusedByAlarm: false, verdict: "silentAccept" },
  { name: "anotherPerson", judge: anotherPerson, excusedByAlarm: false, verdict: "silentAccept" },
  { name: "strangers", judge: strangers, excusedByAlarm: false, verdict: "silentAccept" },
  { name: "changedSelf", judge: changedSelf, excusedByAlarm: false, verdict: "silentAccept" },
  { name: "falseReceipts", judge: falseReceipts, excusedByAlarm: false, verdict: "silentAccept" },
  { name: "forgedCalls", judge: forgedCalls, excusedByAlarm: false, verdict: "silentAccept" },
  { name: "disagreement", judge: disagreement, excusedByAlarm: true, verdict: "silentAccept" },
  { name: "silentLoss", judge: silentLoss, excusedByAlarm: true, verdict: "silentAccept" },
  { name: "wedged", judge: wedged, excusedByAlarm: false, verdict: "hang" },
  { name: "unsettled", judge: unsettled, excusedByAlarm: true, verdict: "hang" },
];

// —— Alarms ——————————————————————————————————————————————————————————————————————————————————————————————

/** Everything that people are told is wrong, in a word each, with how often. */
export function alarmsOf(play: Play): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  const count = (what: string, times = 1): void => void counted.set(what, (counted.get(what) ?? 0) + times);
  for (const name of names) {
    const soul = play.souls[name];
    for (const alarm of soul.state().account.log.alarms) count(`${name} ${alarm.type}`, alarm.count);
    for (const why of soul.left) count(`${name} left: ${why}`);
    for (const { alarms, outbox, ended } of soul.state().conversations.values()) {
      for (const alarm of alarms) count(`${name} ${alarm.type}`, alarm.count);
      for (const { state } of outbox) if (state.at === "failed") count(`${name} failed: ${state.reason}`);
      if (ended) count(`${name} ended`);
    }
    for (const other of names)
      if (other !== name)
        for (const line of soul.lines(play.souls[other]))
          if (line.type === "systemLine" && (line.what === "missing" || line.what === "junkSkipped")) count(`${name} ${line.what}`);
  }
  for (const told of play.told) count(told);
  for (const { by, type, answer } of play.wished) {
    const came = answer();
    if (came?.ok === false) count(`${by} refused ${type}`);
  }
  return counted;
}

/** What stands that does not in the same life with an honest server. */
export const beyond = (alarms: ReadonlyMap<string, number>, honest: ReadonlyMap<string, number>): readonly string[] =>
  [...alarms].filter(([what, times]) => times > (honest.get(what) ?? 0)).map(([what]) => what);

/** How much of everything there is: for bounds. */
export function sizeOf(play: Play): { readonly busiest: number; readonly bytes: number } {
  const spaces = ["accountRow", "profile", "contact", "invitation", "request", "conversation", "outbox", "chain", "call"];
  const bytes = names.reduce((sum, name) => {
    const disk = play.souls[name].disk();
    return sum + spaces.flatMap((space) => disk.rows(space)).reduce((all, { value }) => all + value.length, 0);
  }, 0);
  return { busiest: Math.max(0, ...play.asks.values()), bytes };
}
