import { toHex } from "@megachat/base";
import { simServer, simTime } from "@megachat/testing";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../group/test-kit/people.ts";
import { newSoul, viewOf, type Soul } from "../test-kit/lives.ts";
import { restoreCore } from "./core-state.ts";
import { stepCore } from "./core-step.ts";

function world(seed: string) {
  const time = simTime();
  const server = simServer(time);
  const random = seededRandom(seed);
  const souls = (["alice", "bobby", "carol"] as const).map((name) => newSoul(name, { time, server, random }));
  const [alice, bob, carol] = souls as [Soul, Soul, Soul];
  souls.forEach((soul) => soul.goOnline());
  time.pass(5000);
  return { time, server, random, souls, alice, bob, carol };
}

/** `one` asks `other` by handle, who accepts. */
function befriend(time: { pass: (ms: number) => void }, one: Soul, other: Soul): void {
  one.wish({ type: "lookUp", handle: other.name });
  time.pass(1000);
  one.wish({ type: "sendRequest", account: other.account, text: "It is me", invitation: null });
  time.pass(1000);
  const accepted = other.wish({ type: "acceptRequest", account: one.account });
  time.pass(5000);
  expect(accepted()).toMatchObject({ ok: true });
}

const send = (one: Soul, other: Soul, text: string): void => {
  const conversation = one.conversationWith(other);
  if (!conversation) return;
  const answer = one.wish({ type: "send", conversation: toHex(conversation.id), text })();
  if (answer?.ok) one.promised.push(`${toHex(conversation.id)} ${text}`);
};

describe("whole cores", () => {
  test("[Y6] two strangers meet, talk, call, and both have the same of it", () => {
    const { time, alice, bob } = world("meet");
    befriend(time, alice, bob);
    expect(alice.notices.map(({ type }) => type)).toContain("requestAccepted");
    expect(bob.notices.map(({ type }) => type)).toContain("requestReceived");
    send(alice, bob, "hello");
    send(bob, alice, "hello to you");
    time.pass(5000);
    expect(bob.texts(alice).toSorted()).toEqual(["hello", "hello to you"]);
    expect(viewOf(alice, bob)).toEqual(viewOf(bob, alice));

    const conversation = alice.conversationWith(bob);
    const started = alice.wish({ type: "startCall", conversation: toHex(conversation?.id ?? new Uint8Array(0)), media: "video" });
    time.pass(3000);
    expect(started()).toMatchObject({ ok: true });
    expect(bob.state().phone.call?.at).toBe("incoming");
    expect(bob.capturing()).toBe(false);
    bob.wish({ type: "acceptCall", call: bob.state().phone.call?.id ?? "", media: "video" });
    time.pass(3000);
    expect(alice.state().phone.call).toMatchObject({ at: "running" });
    expect(bob.state().phone.call).toMatchObject({ at: "running" });
    expect(alice.state().phone.code).toMatch(/^\d{8}$/);
    expect(alice.state().phone.code).toBe(bob.state().phone.code);
    time.pass(60_000);
    bob.wish({ type: "hangUp", call: bob.state().phone.call?.id ?? "" });
    time.pass(3000);
    expect(alice.state().phone.call?.at).toBe("ended");
    expect(alice.capturing() || bob.capturing()).toBe(false);
    for (const [one, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      expect(one.lines(other).filter(({ type }) => type === "callLine")).toMatchObject([{ outcome: "finished" }]);
      expect(one.conversationWith(other)?.alarms).toEqual([]);
    }
  });

  test("[Y6] a call nobody answers is missed, and says so on both sides", () => {
    const { time, alice, bob } = world("missed");
    befriend(time, alice, bob);
    alice.wish({ type: "startCall", conversation: toHex(alice.conversationWith(bob)?.id ?? new Uint8Array(0)), media: "audio" });
    time.pass(90_000);
    expect(bob.state().phone.call).toMatchObject({ at: "ended", outcome: { type: "noAnswer" } });
    expect(bob.lines(alice).filter(({ type }) => type === "callLine")).toMatchObject([{ outcome: "missed", outgoing: false }]);
    expect(alice.lines(bob).filter(({ type }) => type === "callLine")).toMatchObject([{ outcome: "noAnswer", outgoing: true }]);
    expect(bob.conversationWith(alice)?.unreadAt).toHaveLength(1);
    expect(alice.capturing()).toBe(false);
  });

  test("[Y6] C12 blocked: nothing goes out, nothing rings, nothing is shown; unblocked, all is as before", () => {
    const { time, alice, bob } = world("block");
    befriend(time, alice, bob);
    bob.wish({ type: "block", account: alice.account });
    time.pass(1000);
    const conversation = toHex(bob.conversationWith(alice)?.id ?? new Uint8Array(0));
    expect(bob.wish({ type: "send", conversation, text: "no" })()).toMatchObject({
      ok: false,
      error: { type: "held", reason: "blocked" },
    });
    send(alice, bob, "let me in");
    alice.wish({ type: "startCall", conversation, media: "audio" });
    time.pass(5000);
    expect(bob.state().phone.call).toBe(null);
    expect(bob.conversationWith(alice)?.unreadAt).toEqual([]);
    expect(alice.conversationWith(bob)?.receipts.peerDelivered).toBe(0);
    bob.wish({ type: "unblock", account: alice.account });
    time.pass(90_000);
    send(bob, alice, "fine");
    time.pass(3000);
    expect(alice.texts(bob)).toContain("fine");
  });

  test("[Y6] a name is told to whom one talks with, when they meet and when it changes, and is no line", () => {
    const { time, alice, bob } = world("names");
    bob.wish({ type: "setDisplayName", displayName: "Bob the Builder" });
    time.pass(1000);
    befriend(time, alice, bob);
    const nameOf = (one: Soul, other: Soul): string | null | undefined =>
      one.state().contacts.contacts.get(toHex(other.account))?.displayName;
    expect(nameOf(alice, bob)).toBe("Bob the Builder");
    alice.wish({ type: "setDisplayName", displayName: "Alice in Chains" });
    time.pass(3000);
    expect(nameOf(bob, alice)).toBe("Alice in Chains");
    expect(bob.texts(alice)).toEqual([]);
    expect(bob.conversationWith(alice)?.unreadAt).toEqual([]);
  });

  test("[Y1] [Y4] a step gives the same for the same, and leaves what it was given alone", () => {
    const { time, alice, bob } = world("pure");
    befriend(time, alice, bob);
    const state = alice.state();
    const frozen = deepFreeze(state);
    const conversation = toHex(alice.conversationWith(bob)?.id ?? new Uint8Array(0));
    const once = (): string => {
      const powers = {
        engine: alice.engine(),
        random: seededRandom("same"),
        log: { error() {}, warn() {}, info() {}, debug() {} },
      };
      const wish = { type: "saveDraft", conversation, text: "half" } as const;
      const [, effects] = stepCore(powers, frozen, { now: time.now(), input: { type: "intent", intent: "i", from: "t", wish } });
      alice.engine().rollback();
      return JSON.stringify(effects);
    };
    expect(once()).toBe(once());
  });

  test("[Y2] everything a step writes comes before everything else it causes", () => {
    const { time, alice, bob } = world("order");
    befriend(time, alice, bob);
    const powers = { engine: alice.engine(), random: seededRandom("order"), log: { error() {}, warn() {}, info() {}, debug() {} } };
    const conversation = toHex(alice.conversationWith(bob)?.id ?? new Uint8Array(0));
    const wish = { type: "send", conversation, text: "in order" } as const;
    const [, effects] = stepCore(powers, alice.state(), {
      now: time.now(),
      input: { type: "intent", intent: "i", from: "t", wish },
    });
    const kinds = effects.map(({ type }) => type);
    expect(kinds).toContain("store");
    expect(kinds).toContain("ask");
    expect(kinds.lastIndexOf("store")).toBeLessThan(kinds.findIndex((type) => type !== "store"));
    alice.engine().rollback();
  });

  test("[Y3] a damaged or missing row of the account restores nothing; rows of other programs are passed over", () => {
    const { alice, random } = world("damage");
    const spaces = ["self", "accountLog", "accountRow", "profile", "keyPackages", "contact"];
    const rows = spaces.flatMap((space) =>
      alice
        .disk()
        .rows(space)
        .map((row) => ({ space, ...row })),
    );
    expect(restoreCore([...rows, { space: "elsewhere", key: new Uint8Array(1), value: new Uint8Array(1) }], random)).not.toBe(null);
    for (const gone of ["self", "accountLog", "profile"]) {
      expect(
        restoreCore(
          rows.filter(({ space }) => space !== gone),
          random,
        ),
        gone,
      ).toBe(null);
      const torn = rows.map((row) => (row.space === gone ? { ...row, value: row.value.subarray(0, row.value.length - 1) } : row));
      expect(restoreCore(torn, random), gone).toBe(null);
    }
  });

  test("[Y5] inputs for what is not there change nothing", () => {
    const { time, alice } = world("nothing");
    const powers = {
      engine: alice.engine(),
      random: seededRandom("nothing"),
      log: { error() {}, warn() {}, info() {}, debug() {} },
    };
    const state = alice.state();
    const log = new Uint8Array(16).fill(3);
    const row = { position: 1, turn: 0, time: 1, kind: "application", device: log, sequence: 1, body: new Uint8Array(9) } as const;
    const inputs = [
      { type: "push", push: { type: "rowPush", log, row } },
      { type: "push", push: { type: "transientPush", log, body: new Uint8Array(4) } },
      { type: "push", push: { type: "goingAway", retryAfterMs: 5 } },
      { type: "reply", key: "conversation:00:append:1-x", reply: { type: "done" } },
      { type: "reply", key: "nobody:knows", reply: { type: "done" } },
      { type: "unanswered", key: "call:path:00" },
      { type: "media", event: { type: "event", page: "t", call: "00", event: { type: "connected" } } },
      { type: "media", event: { type: "gone", page: "t" } },
    ] as const;
    for (const input of inputs) {
      const [next, effects] = stepCore(powers, state, { now: time.now(), input });
      expect(
        effects.filter(({ type }) => type === "store"),
        JSON.stringify(input),
      ).toEqual([]);
      expect(next.conversations).toBe(state.conversations);
      expect(next.contacts.contacts).toBe(state.contacts.contacts);
    }
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const each of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(each);
  return value;
}

// —— Lives ———————————————————————————————————————————————————————————————————————————————————————————————

type Deed = {
  readonly name: string;
  readonly may: (one: Soul, other: Soul) => boolean;
  readonly act: (one: Soul, other: Soul, n: number) => void;
};

const relation = (one: Soul, other: Soul): string | undefined => one.state().contacts.contacts.get(toHex(other.account))?.relation;
const idOf = (one: Soul, other: Soul): string => toHex(one.conversationWith(other)?.id ?? new Uint8Array(0));
const callOf = (one: Soul): string => one.state().phone.call?.id ?? "";

const deeds: readonly Deed[] = [
  { name: "lookUp", may: () => true, act: (one, other) => void one.wish({ type: "lookUp", handle: other.name }) },
  {
    name: "ask",
    may: (one, other) => relation(one, other) !== "contact",
    act: (one, other) => void one.wish({ type: "sendRequest", account: other.account, text: "please", invitation: null }),
  },
  {
    name: "accept",
    may: (one, other) => relation(one, other) === "requestReceived",
    act: (one, other) => void one.wish({ type: "acceptRequest", account: other.account }),
  },
  {
    name: "decline",
    may: (one, other) => relation(one, other) === "requestReceived",
    act: (one, other, n) => void (n % 3 === 0 && one.wish({ type: "declineRequest", account: other.account, block: false })),
  },
  {
    name: "send",
    may: (one, other) => one.conversationWith(other) !== undefined,
    act: (one, other, n) => send(one, other, `${one.name} ${n}`),
  },
  {
    name: "send again",
    may: (one, other) => one.conversationWith(other) !== undefined,
    act: (one, other, n) => send(one, other, `${one.name} again ${n}`),
  },
  {
    name: "read",
    may: (one, other) => one.conversationWith(other) !== undefined,
    act: (one, other) =>
      void one.wish({ type: "markRead", conversation: idOf(one, other), position: one.conversationWith(other)?.position ?? 0 }),
  },
  {
    name: "type",
    may: (one, other) => one.conversationWith(other) !== undefined,
    act: (one, other) => void one.wish({ type: "typing", conversation: idOf(one, other) }),
  },
  {
    name: "show",
    may: (one, other) => one.conversationWith(other) !== undefined,
    act: (one, other, n) => void one.wish({ type: "showConversation", conversation: idOf(one, other), visible: n % 2 === 0 }),
  },
  {
    name: "call",
    may: (one, other) => one.conversationWith(other) !== undefined,
    act: (one, other, n) =>
      void one.wish({ type: "startCall", conversation: idOf(one, other), media: n % 2 === 0 ? "audio" : "video" }),
  },
  {
    name: "answer",
    may: (one) => one.state().phone.call?.at === "incoming",
    act: (one, _other, n) =>
      void (n % 4 === 0
        ? one.wish({ type: "declineCall", call: callOf(one), text: "later" })
        : one.wish({ type: "acceptCall", call: callOf(one), media: "audio" })),
  },
  { name: "hang up", may: (one) => callOf(one) !== "", act: (one) => void one.wish({ type: "hangUp", call: callOf(one) }) },
  {
    name: "block",
    may: (one, other) => relation(one, other) === "contact",
    act: (one, other) => void one.wish({ type: "block", account: other.account }),
  },
  {
    name: "unblock",
    may: (one, other) =>
      one.state().contacts.contacts.get(toHex(other.account))?.blockedOn !== null && relation(one, other) !== undefined,
    act: (one, other) => void one.wish({ type: "unblock", account: other.account }),
  },
  {
    name: "unblock soon",
    may: (one, other) =>
      one.state().contacts.contacts.get(toHex(other.account))?.blockedOn !== null && relation(one, other) !== undefined,
    act: (one, other) => void one.wish({ type: "unblock", account: other.account }),
  },
  { name: "offline", may: (one) => one.online(), act: (one) => one.goOffline() },
  { name: "online", may: (one) => !one.online(), act: (one) => one.goOnline() },
  { name: "online too", may: (one) => !one.online(), act: (one) => one.goOnline() },
  {
    name: "restart",
    may: () => true,
    act: (one) => {
      one.restart();
      one.goOnline();
    },
  },
];

const SEEDS = Number(process.env["MEGACHAT_LIVES"] ?? 12);
const FIRST = Number(process.env["MEGACHAT_FIRST_LIFE"] ?? 1);
const STEPS = 60;
/** Lives that once went wrong. */
const KEPT = [140, 164];

describe("random lives of Alice, Bob and Carol", () => {
  const done = new Map<string, number>();
  test.each([...Array.from({ length: SEEDS }, (_, i) => FIRST + i), ...KEPT])(
    "[Y6] [C1] [C12] life %i: whatever happens, they converge and nothing promised is lost or doubled",
    (seed) => {
      const { time, random, souls } = world(`life ${seed}`);
      // Half of the lives also have a network that breaks, and processes that die before a transaction.
      const rough = seed % 2 === 0;
      for (const soul of souls) {
        soul.latency = () => random.below(rough ? 400 : 60);
        if (rough) soul.cut = () => random.below(40) === 0;
        if (rough) soul.crashBefore = () => random.below(120) === 0;
      }
      for (let n = 0; n < STEPS; n++) {
        const one = random.oneOf(souls);
        const other = random.oneOf(souls.filter((soul) => soul !== one));
        const possible = deeds.filter((deed) => deed.may(one, other));
        // What rings is answered sooner than chance among so many deeds would.
        const answer = possible.find(({ name }) => name === "answer");
        const deed = answer && random.below(2) === 0 ? answer : random.oneOf(possible);
        const at = `${deed.name} (${relation(one, other) ?? "strangers"}${one.online() ? "" : ", offline"})`;
        done.set(at, (done.get(at) ?? 0) + 1);
        deed.act(one, other, n);
        time.pass(random.below(3000));
      }
      for (const soul of souls) {
        soul.cut = () => false;
        soul.crashBefore = null;
        soul.latency = () => 20;
        soul.goOnline();
        for (const other of souls) if (other !== soul) soul.wish({ type: "unblock", account: other.account });
        if (callOf(soul) !== "") soul.wish({ type: "hangUp", call: callOf(soul) });
      }
      time.pass(180_000);
      // Messages that failed while somebody was blocked or removed are the user's to try again.
      for (const [i, one] of souls.entries()) {
        for (const other of souls.slice(i + 1)) {
          expect(viewOf(one, other), `${one.name} and ${other.name}`).toEqual(viewOf(other, one));
          for (const [me, you] of [
            [one, other],
            [other, one],
          ] as const) {
            const conversation = me.conversationWith(you);
            if (!conversation) continue;
            expect(conversation.alarms, `${me.name} of ${you.name}`).toEqual([]);
            expect(conversation.resync.at).toBe("none");
            const waiting = conversation.outbox.filter(({ state }) => state.at !== "failed");
            expect(waiting).toEqual([]);
            const texts = me.texts(you).filter((text) => text.startsWith(me.name));
            expect(new Set(texts).size).toBe(texts.length);
            const promised = me.promised.filter((each) => each.startsWith(toHex(conversation.id)));
            expect(texts.length + conversation.outbox.length).toBeGreaterThanOrEqual(promised.length);
          }
        }
      }
      for (const soul of souls) expect(soul.capturing(), `${soul.name}'s microphone`).toBe(false);
    },
  );

  test("[Y6] the lives together did every kind of thing", () => {
    if (SEEDS < 8) return;
    const kinds = new Set([...done.keys()].map((at) => at.replace(/ \(.*/u, "")));
    process.stdout.write(
      `* lives ${FIRST}…${FIRST + SEEDS - 1}: ${[...done]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([at, times]) => `${at} ×${times}`)
        .join(", ")}\n`,
    );
    expect([...kinds].toSorted()).toEqual(deeds.map(({ name }) => name).toSorted());
  });
});
