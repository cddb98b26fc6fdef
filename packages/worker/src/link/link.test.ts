import { after, instant, seconds, type Duration } from "@megachat/base";
import { closeCode, type Push, type Reply, type Request, type ServerFrame } from "@megachat/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { backoff } from "./backoff.ts";
import {
  alarmOf,
  DEAD_AFTER,
  isUp,
  MAX_IN_FLIGHT,
  MAX_QUEUE,
  PING_AFTER,
  REPLY_TIMEOUT,
  startLink,
  stepLink,
  type Link,
  type LinkEffect,
  type LinkEvent,
  type LinkInput,
} from "./link.ts";

const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length);
const hello: Reply = { type: "helloAnswer", time: 1, signUp: "open", setup: bytes(16), setupKey: bytes(32) };
const resumed: Reply = { type: "resumed", account: bytes(16), device: bytes(16), share: bytes(32), handle: "alice" };
const session: Reply = {
  type: "session",
  account: bytes(16),
  device: bytes(16),
  session: bytes(16),
  token: bytes(32),
  knownSecret: bytes(32),
};
const pong: Reply = { type: "pong", time: 1 };
const fetch: Request = { type: "fetchHeads", after: null };
const heads: Reply = { type: "heads", heads: [], more: false };
const push: Push = { type: "transientPush", log: bytes(16), body: bytes(1) };
const reply = (number: number, answer: Reply): LinkInput => ({ type: "frame", frame: { type: "reply", number, reply: answer } });
const pushed = (each: Push): LinkInput => ({ type: "frame", frame: { type: "push", push: each } });
const ask = (key: string, request: Request = fetch): LinkInput => ({ type: "ask", key, request });
const time: LinkInput = { type: "timeIs", unsent: 0 };

/** A link on a clock of its own that remembers what it did. */
function run(hasSession: boolean) {
  let now = instant(1_000_000);
  let link: Link = startLink(now, hasSession);
  let did: readonly LinkEffect[] = [];
  const give = (...inputs: readonly LinkInput[]): readonly LinkEffect[] => {
    did = inputs.flatMap((input) => {
      const [next, effects] = stepLink(link, input, { now, chance: 0 });
      link = next;
      return effects;
    });
    return did;
  };
  return {
    give,
    /** Gives the time whenever the link wants it, until `wait` has passed. */
    pass: (wait: Duration): readonly LinkEffect[] => {
      const end = after(now, wait);
      const all: LinkEffect[] = [];
      for (let alarm = alarmOf(link); alarm !== null && alarm <= end; alarm = alarmOf(link)) {
        now = alarm > now ? alarm : now;
        all.push(...give(time));
      }
      now = end;
      return all;
    },
    /** Time passes and nobody looks. */
    wait: (wait: Duration): void => {
      now = after(now, wait);
    },
    link: () => link,
    up: () => {
      if (!isUp(link.at)) throw new Error("not up");
      return link.at;
    },
  };
}
const online = (hasSession = true) => {
  const it = run(hasSession);
  it.give({ type: "start" }, { type: "opened" }, reply(0, hello), ...(hasSession ? [reply(1, resumed)] : []));
  return it;
};
const told = (effects: readonly LinkEffect[]): readonly LinkEvent[] =>
  effects.flatMap((effect) => (effect.type === "tell" ? [effect.event] : []));
const sent = (effects: readonly LinkEffect[]) => effects.flatMap((effect) => (effect.type === "send" ? [effect.request] : []));

test("[V1] a connection greets first, resumes the session second, and only then carries requests", () => {
  const it = run(true);
  expect(it.give({ type: "start" })).toEqual([{ type: "dial" }]);
  expect(it.give(ask("early"))).toEqual([{ type: "tell", event: { type: "unanswered", key: "early" } }]);
  expect(it.give({ type: "opened" })).toEqual([{ type: "send", number: 0, request: "hello" }]);
  expect(told(it.give(ask("early")))).toEqual([{ type: "unanswered", key: "early" }]);
  expect(it.give(reply(0, hello))).toEqual([
    { type: "tell", event: { type: "greeted", answer: hello } },
    { type: "send", number: 1, request: "resume" },
  ]);
  expect(told(it.give(reply(1, resumed)))).toEqual([
    { type: "resumed", resumed },
    { type: "online", signedIn: true },
  ]);
  expect(it.give(ask("a"))).toEqual([{ type: "send", number: 2, request: fetch }]);
  expect(told(it.give(reply(2, heads)))).toEqual([{ type: "reply", key: "a", reply: heads }]);
});

test("[V1] without a session the connection is open to guests; a session gained on it counts at once", () => {
  const it = online(false);
  expect(it.up()).toMatchObject({ step: "open", signedIn: false });
  expect(told(it.give(pushed(push)))).toEqual([]);
  it.give(ask("open", { type: "openSession", ticket: bytes(16), device: bytes(16), share: bytes(32), signature: bytes(64) }));
  it.give(reply(1, session));
  expect(it.link().hasSession).toBe(true);
  expect(told(it.give(pushed(push)))).toEqual([{ type: "push", push }]);
});

test("[V1] a session that the server has ended is dropped and told, and the link goes on without", () => {
  for (const reason of ["sessionEnded", "accountDisabled", "unknownDevice", "notSignedIn"] as const) {
    const it = run(true);
    it.give({ type: "start" }, { type: "opened" }, reply(0, hello));
    expect(told(it.give(reply(1, { type: "refused", reason })))).toEqual([
      { type: "sessionRefused", reason },
      { type: "online", signedIn: false },
    ]);
    expect(it.link().hasSession).toBe(false);
  }
});

test("[V1] signing out leaves an open connection without a session", () => {
  const it = online();
  it.give(ask("out", { type: "signOut" }), reply(2, { type: "done" }));
  expect(it.link().hasSession).toBe(false);
  expect(it.up()).toMatchObject({ step: "open", signedIn: false });
  expect(told(it.give(pushed(push)))).toEqual([]);
});

test("[V2] a break tells each request that it is unanswered, in order, and then that the link is down", () => {
  const it = online();
  for (let i = 0; i < MAX_IN_FLIGHT + 3; i++) it.give(ask(`k${i}`));
  const events = told(it.give({ type: "closed", code: 1006 }));
  expect(events).toEqual([
    ...Array.from({ length: MAX_IN_FLIGHT + 3 }, (_, i) => ({ type: "unanswered", key: `k${i}` })),
    { type: "offline" },
    { type: "down" },
  ]);
});

test("[V3] only so many requests are under way; the others wait in line and go out in order", () => {
  const it = online();
  const keys = Array.from({ length: MAX_IN_FLIGHT + 2 }, (_, i) => `k${i}`);
  expect(it.give(...keys.map((key) => ask(key))).filter((effect) => effect.type === "send")).toHaveLength(MAX_IN_FLIGHT);
  const effects = it.give(reply(2, heads));
  expect(told(effects)).toEqual([{ type: "reply", key: "k0", reply: heads }]);
  expect(sent(effects)).toEqual([fetch]);
  it.give(...Array.from({ length: MAX_QUEUE }, () => ask("filler")));
  expect(told(it.give(ask("too many")))).toEqual([{ type: "unanswered", key: "too many" }]);
});

const closesFor = (effects: readonly LinkEffect[], what: string) => {
  expect(effects).toContainEqual({ type: "close", code: closeCode.malformed });
  expect(told(effects)[0]).toEqual({ type: "violation", what });
  expect(told(effects).some((event) => event.type === "reply" || event.type === "push")).toBe(false);
};

test("[V4] a reply to nothing, a reply of the wrong kind and bytes that are no frame end the connection and are counted", () => {
  closesFor(online().give(reply(99, heads)), "unknownNumber");
  const it = online();
  it.give(ask("a"));
  closesFor(it.give(reply(2, resumed)), "wrongReply");
  closesFor(online().give({ type: "malformed" }), "malformedFrame");
  const fresh = run(true);
  fresh.give({ type: "start" }, { type: "opened" });
  closesFor(fresh.give(pushed(push)), "pushWithoutSession");
});

test("[V4] a second reply to one request ends the connection", () => {
  const it = online();
  it.give(ask("a"), reply(2, heads));
  closesFor(it.give(reply(2, heads)), "unknownNumber");
});

test("[V5] a still line is pinged after 20 s and is dead 10 s later; any byte keeps it alive", () => {
  const it = online();
  expect(sent(it.pass(PING_AFTER))).toEqual([{ type: "ping" }]);
  it.give(reply(2, pong));
  expect(sent(it.pass(PING_AFTER))).toEqual([{ type: "ping" }]);
  it.pass(seconds(9));
  it.give(pushed(push));
  expect(told(it.pass(seconds(15)))).toEqual([]);
  const dead = it.pass((PING_AFTER + DEAD_AFTER) as Duration);
  expect(told(dead)).toContainEqual({ type: "offline" });
  expect(dead).toContainEqual({ type: "close", code: 1000 });
});

test("[V5] a slow line that is still taking our bytes is not dead; one that has stopped taking them is", () => {
  const it = online();
  it.pass(PING_AFTER);
  for (let left = 900_000; left > 0; left -= 100_000) {
    it.give({ type: "timeIs", unsent: left });
    it.wait(seconds(4));
  }
  expect(isUp(it.link().at)).toBe(true);
  it.wait(DEAD_AFTER);
  expect(told(it.give({ type: "timeIs", unsent: 100_000 }))).toContainEqual({ type: "offline" });
});

test("[V5] a server that never greets, never lets us in or never answers one request is left", () => {
  const dialing = run(true);
  dialing.give({ type: "start" });
  expect(dialing.pass(seconds(16)).filter((effect) => effect.type === "dial").length).toBeGreaterThan(0);

  const greeting = run(true);
  greeting.give({ type: "start" }, { type: "opened" });
  expect(greeting.pass(DEAD_AFTER)).toContainEqual({ type: "close", code: 1000 });

  const it = online();
  it.give(ask("ignored"));
  let effects: readonly LinkEffect[] = [];
  for (let waited = 0; waited < REPLY_TIMEOUT && isUp(it.link().at); waited += 1000) {
    it.give(pushed(push));
    effects = it.pass(seconds(1));
  }
  expect(told(effects)[0]).toEqual({ type: "violation", what: "requestIgnored" });
  expect(told(effects)).toContainEqual({ type: "unanswered", key: "ignored" });
});

test("[V6] waits double up to 30 s, lose up to half by chance, and start anew once a connection has stood", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, chance) => {
      const wait = backoff(attempt, chance);
      expect(wait).toBeGreaterThanOrEqual(250);
      expect(wait).toBeLessThanOrEqual(30_000);
      expect(backoff(attempt + 1, chance)).toBeGreaterThanOrEqual(wait);
    }),
  );
  const it = run(false);
  it.give({ type: "start" });
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    it.give({ type: "closed", code: 1006 });
    const { at } = it.link();
    if (at.step !== "waiting") throw new Error("not waiting");
    const before = at.until;
    it.give({ type: "timeIs", unsent: 0 });
    it.pass(seconds(30));
    waits.push(before);
    if (it.link().at.step === "waiting") throw new Error("still waiting");
  }
  const stood = online();
  stood.pass(seconds(19));
  stood.give(pushed(push));
  stood.pass(seconds(12));
  stood.give({ type: "closed", code: 1006 });
  expect(stood.link().at).toMatchObject({ step: "waiting", attempt: 0 });
  const broke = online();
  broke.give({ type: "closed", code: 1006 });
  expect(broke.link().at).toMatchObject({ step: "waiting", attempt: 1 });
});

test("[V6] the network coming back dials at once, and probes an open connection at once", () => {
  const it = run(false);
  it.give({ type: "start" }, { type: "closed", code: 1006 });
  expect(it.give({ type: "network", up: true })).toEqual([{ type: "dial" }]);
  const open = online();
  expect(sent(open.give({ type: "network", up: true }))).toEqual([{ type: "ping" }]);
  expect(told(open.pass(DEAD_AFTER))).toContainEqual({ type: "offline" });
});

test("[V7] a server that goes away names the wait, within a minute", () => {
  const it = online();
  it.give(pushed({ type: "goingAway", retryAfterMs: 7000 }), { type: "closed", code: closeCode.goingAway });
  expect(it.link().at).toMatchObject({ step: "waiting", until: 1_007_000 });
  const far = online();
  far.give(pushed({ type: "goingAway", retryAfterMs: 9e15 }), { type: "closed", code: closeCode.goingAway });
  expect(far.link().at).toMatchObject({ until: 1_060_000 });
  const slow = run(false);
  slow.give({ type: "start" }, { type: "opened" }, reply(0, { type: "slowDown", retryAfterMs: 5000, puzzle: null }));
  expect(slow.link().at).toMatchObject({ step: "waiting", until: 1_005_000 });
});

test("[V7] a session that another connection has taken over is not fought for", () => {
  const it = online();
  const taken: Push = { type: "sessionEnded", why: "replaced" };
  expect(told(it.give(pushed(taken)))).toEqual([{ type: "push", push: taken }]);
  it.give({ type: "closed", code: closeCode.sessionEnded });
  expect(it.link().at).toMatchObject({ step: "waiting", until: 1_060_000 });
});

test("[V8] another protocol stops the link for good", () => {
  const it = run(false);
  it.give({ type: "start" }, { type: "opened" });
  expect(told(it.give(reply(0, { type: "refused", reason: "protocol" })))).toContainEqual({ type: "outdated" });
  expect(it.link().at).toEqual({ step: "outdated" });
  expect(alarmOf(it.link())).toBeNull();
  const closed = online();
  expect(told(closed.give({ type: "closed", code: closeCode.protocol }))).toContainEqual({ type: "outdated" });
  expect(closed.give({ type: "network", up: true })).toEqual([]);
});

test("[V9] inputs that outrun the core break the connection instead of filling the memory", () => {
  const it = online();
  it.give(ask("a"));
  const effects = it.give({ type: "reset" });
  expect(effects[0]).toEqual({ type: "close", code: closeCode.tooMuch });
  expect(told(effects)).toEqual([{ type: "unanswered", key: "a" }, { type: "offline" }, { type: "down" }]);
});

test("[V2] whatever happens, each asked key gets exactly one end, and an open link always wants the time", () => {
  const frame: fc.Arbitrary<ServerFrame> = fc.oneof(
    fc.record({
      type: fc.constant("reply" as const),
      number: fc.nat(6),
      reply: fc.constantFrom(hello, resumed, heads, pong, session),
    }),
    fc.record({ type: fc.constant("push" as const), push: fc.constant(push) }),
  );
  const input: fc.Arbitrary<LinkInput> = fc.oneof(
    fc.constantFrom<LinkInput>({ type: "start" }, { type: "opened" }, { type: "malformed" }, { type: "reset" }, time),
    fc.record({ type: fc.constant("closed" as const), code: fc.constantFrom(1006, 4003, 4004) }),
    fc.record({ type: fc.constant("network" as const), up: fc.boolean() }),
    fc.record({ type: fc.constant("session" as const), has: fc.boolean() }),
    frame.map((each): LinkInput => ({ type: "frame", frame: each })),
    fc.nat(1_000_000).map((n): LinkInput => ask(`k${n}`)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(input, fc.nat(20_000)), { maxLength: 60 }), fc.boolean(), (steps, hasSession) => {
      let now = instant(0);
      let link = startLink(now, hasSession);
      const open = new Map<string, number>();
      const settle = (effects: readonly LinkEffect[]): void => {
        for (const event of told(effects)) {
          if (event.type === "reply" || event.type === "unanswered") open.set(event.key, (open.get(event.key) ?? 0) - 1);
        }
      };
      for (const [each, wait] of steps) {
        now = after(now, wait as Duration);
        if (each.type === "ask") open.set(each.key, (open.get(each.key) ?? 0) + 1);
        const frozen = structuredClone(link);
        const [next, effects] = stepLink(link, each, { now, chance: 0.5 });
        expect(link).toEqual(frozen);
        link = next;
        settle(effects);
        if (link.at.step !== "stopped" && link.at.step !== "outdated") expect(alarmOf(link)).not.toBeNull();
      }
      settle(stepLink(link, { type: "stop" }, { now, chance: 0 })[1]);
      expect([...open.values()].every((count) => count === 0)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
