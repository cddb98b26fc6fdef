import { silentLog } from "@megachat/base";
import { emptySnapshot, intentNames, type ConversationRef, type Push } from "@megachat/view";
import fc from "fast-check";
import { expect, test } from "vitest";
import { connectClient, type TabClient } from "./client.ts";
import { readChannelMessage, readCoreMessage, readTabMessage, type CoreMessage, type TabMessage } from "./messages.ts";
import { startRelay, type Host, type Relay, type StartHost } from "./relay.ts";

/** A browser of tabs: locks pass on at death, the channel delivers in order, and every delivery is a job of its own. */
interface Job {
  readonly from: string;
  readonly to: string;
  readonly run: () => void;
}
interface Tab {
  readonly name: string;
  readonly relay: Relay;
  readonly client: TabClient;
  readonly pushes: Push[];
}
function browser(startHost: (tab: string) => StartHost) {
  const tabs = new Map<string, Tab>();
  const locks = new Map<
    string,
    { holder: string; waiting: { readonly tab: string; readonly grant: () => void; readonly keeps: boolean }[] }
  >();
  const jobs: Job[] = [];
  let ids = 0;
  const freshId = (): string => `id${ids++}`;
  const later = (from: string, to: string, run: () => void): void => void jobs.push({ from, to, run });

  const request = (tab: string, lock: string, then: () => void, keeps: boolean): void => {
    const held = locks.get(lock);
    if (held) return void held.waiting.push({ tab, grant: then, keeps });
    if (keeps) locks.set(lock, { holder: tab, waiting: [] });
    later("locks", tab, then);
  };
  const release = (dead: string): void => {
    for (const [lock, held] of Array.from(locks)) {
      held.waiting = held.waiting.filter(({ tab }) => tab !== dead);
      if (held.holder !== dead) continue;
      locks.delete(lock);
      for (const next of held.waiting) request(next.tab, lock, next.grant, next.keeps);
    }
  };

  return {
    tabs,
    open: (name: string): Tab => {
      const pushes: Push[] = [];
      const relay = startRelay({
        tab: name,
        freshId,
        toTab: (message) => later(`${name} worker`, name, () => client.receive(structuredClone(message))),
        post: (message) => {
          const copy = structuredClone(message);
          for (const other of tabs.keys())
            if (other !== name) later(`${name} channel`, other, () => tabs.get(other)?.relay.fromChannel(copy));
        },
        hold: (lock, then) => request(name, lock, then, true),
        whenFree: (lock, then) => request(name, lock, then, false),
        startHost: startHost(name),
        log: silentLog,
      });
      const client = connectClient(
        { post: (message) => later(`${name} page`, name, () => relay.fromTab(structuredClone(message))) },
        freshId,
      );
      client.client.subscribe((push) => pushes.push(push));
      const tab: Tab = { name, relay, client, pushes };
      tabs.set(name, tab);
      return tab;
    },
    kill: (name: string): void => {
      tabs.delete(name);
      for (let i = jobs.length - 1; i >= 0; i--) if (jobs[i]?.to === name || jobs[i]?.from === `${name} page`) jobs.splice(i, 1);
      release(name);
    },
    /** Runs one job: any sender's oldest to one receiver. */
    turn: (chance: number): boolean => {
      const first = new Map<string, number>();
      jobs.forEach(({ from, to }, at) => {
        const line = `${from}→${to}`;
        if (!first.has(line)) first.set(line, at);
      });
      const choices = [...first.values()];
      const at = choices[chance % Math.max(1, choices.length)];
      if (at === undefined) return false;
      jobs.splice(at, 1)[0]?.run();
      return true;
    },
  };
}

/** A core that remembers on a disk which intents it has carried out, as the driver does. */
interface Disk {
  readonly done: Map<string, number>;
  leader: string | undefined;
  leaders: number;
}
const hostOn =
  (disk: Disk) =>
  (tab: string): StartHost =>
  (send): Host => {
    disk.leader = tab;
    disk.leaders++;
    const joined = new Set<string>();
    const toAll = (message: CoreMessage): void => joined.forEach((each) => send(each, message));
    return {
      joined: (each) => {
        joined.add(each);
        send(each, { type: "push", push: { type: "snapshot", snapshot: emptySnapshot } });
      },
      gone: (each) => void joined.delete(each),
      receive: (from, message) => {
        if (message.type !== "intent") return;
        // Two leaders at once would both write here.
        expect(disk.leader).toBe(tab);
        if (!disk.done.has(message.id)) disk.done.set(message.id, disk.done.size);
        toAll({ type: "push", push: { type: "listsReady" } });
        send(from, { type: "answer", id: message.id, answer: disk.done.get(message.id) });
      },
    };
  };
const freshDisk = (): Disk => ({ done: new Map(), leader: undefined, leaders: 0 });
const settle = (it: ReturnType<typeof browser>): void => {
  while (it.turn(0));
};

test("[V31] the first worker leads, later ones follow, and every tab begins with a snapshot", () => {
  const it = browser(hostOn(freshDisk()));
  const tabs = ["a", "b", "c"].map((name) => it.open(name));
  settle(it);
  expect(tabs.map(({ relay }) => relay.leads())).toEqual([true, false, false]);
  expect(tabs.map(({ pushes }) => pushes[0]?.type)).toEqual(["snapshot", "snapshot", "snapshot"]);
});

test("[V32] a follower's intents are answered by the leader, and pushes reach every tab before the answer", async () => {
  const it = browser(hostOn(freshDisk()));
  it.open("a");
  const b = it.open("b");
  settle(it);
  const answer = b.client.client.intents.postponeRecoveryKey({});
  settle(it);
  expect(await answer).toBe(0);
  expect(b.pushes.map(({ type }) => type)).toEqual(["snapshot", "listsReady"]);
});

test("[V33] when the leader dies the next one leads and is asked again what was not answered, once", async () => {
  const disk = freshDisk();
  const it = browser(hostOn(disk));
  it.open("a");
  const b = it.open("b");
  const c = it.open("c");
  settle(it);
  const answers = [b, c].map(async ({ client }) => client.client.intents.postponeRecoveryKey({}));
  for (let i = 0; i < 3; i++) it.turn(0);
  it.kill("a");
  settle(it);
  expect(new Set(await Promise.all(answers))).toEqual(new Set([0, 1]));
  expect(disk.done.size).toBe(2);
  expect(disk.leader).toBe("b");
  expect(c.pushes.filter(({ type }) => type === "snapshot")).toHaveLength(2);
});

test("[V34] a new leader hears which conversations a tab shows", () => {
  const heard: string[] = [];
  const it = browser(() => (_send): Host => ({
    joined: () => {},
    gone: (tab) => heard.push(`gone ${tab}`),
    receive: (tab, message) => {
      if (message.type === "intent" && message.intent.type === "showConversation")
        heard.push(`${tab} shows ${message.intent.ask.conversation}`);
    },
  }));
  it.open("a");
  const b = it.open("b");
  it.open("c");
  settle(it);
  const show = (name: string) =>
    void b.client.client.intents.showConversation({ conversation: name as ConversationRef, visible: true });
  show("one");
  show("two");
  void b.client.client.intents.hideConversation({ conversation: "one" as ConversationRef });
  settle(it);
  heard.length = 0;
  it.kill("a");
  settle(it);
  expect(new Set(heard)).toEqual(new Set(["b shows two"].concat(heard.filter((each) => each === "b shows one"))));
  expect(heard).toContain("b shows two");
  it.kill("c");
  settle(it);
  expect(heard.at(-1)).toBe("gone c");
});

test("[V31, V33, V35] N09 tabs opened, asking and killed in any interleaving: one leader, each intent done once, every living tab answered", async () => {
  type Move =
    | { readonly type: "open" | "kill" | "ask"; readonly which: number }
    | { readonly type: "turn"; readonly chance: number };
  const move: fc.Arbitrary<Move> = fc.oneof(
    { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("open" as const, "kill" as const), which: fc.nat(7) }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant("ask" as const), which: fc.nat(7) }) },
    { weight: 12, arbitrary: fc.record({ type: fc.constant("turn" as const), chance: fc.nat(1000) }) },
  );
  let interleavings = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 20, maxLength: 120, size: "max" }), async (moves) => {
      interleavings++;
      const disk = freshDisk();
      const it = browser(hostOn(disk));
      const asked = new Map<string, number>();
      const answered = new Map<string, number>();
      // A tab's name is never used again, as random ones are not.
      const names = new Map<number, string>();
      let opened = 0;
      for (const each of moves) {
        if (each.type === "turn") {
          it.turn(each.chance);
          continue;
        }
        const name = names.get(each.which) ?? `t${each.which}-${opened}`;
        const tab = it.tabs.get(name);
        if (each.type === "open" && !tab) {
          opened++;
          names.set(each.which, name);
          it.open(name);
        }
        if (each.type === "kill" && tab) {
          it.kill(name);
          names.delete(each.which);
          asked.delete(name);
          answered.delete(name);
        }
        if (each.type === "ask" && tab) {
          asked.set(name, (asked.get(name) ?? 0) + 1);
          void tab.client.client.intents.postponeRecoveryKey({}).then(() => answered.set(name, (answered.get(name) ?? 0) + 1));
        }
        expect([...it.tabs.values()].filter(({ relay }) => relay.leads()).length).toBeLessThanOrEqual(1);
      }
      settle(it);
      await new Promise((resolve) => setImmediate(resolve));
      if (it.tabs.size > 0) expect([...it.tabs.values()].filter(({ relay }) => relay.leads())).toHaveLength(1);
      for (const [name, count] of asked) expect(answered.get(name)).toBe(count);
    }),
    { numRuns: 10_000 },
  );
  expect(interleavings).toBeGreaterThanOrEqual(10_000);
}, 60_000);

test("[V30] I13 whatever another page posts: nothing throws, and only messages of the contract are taken", () => {
  const near = fc.oneof(
    fc.record(
      {
        type: fc.constantFrom("intent", "media", "push", "answer", "leading", "join", "toCore", "toTab"),
        id: fc.anything(),
        intent: fc.anything(),
        term: fc.anything(),
        tab: fc.anything(),
        message: fc.anything(),
      },
      { requiredKeys: ["type"] },
    ),
    fc.record({
      type: fc.constantFrom("toCore", "toTab"),
      term: fc.constant("t"),
      tab: fc.constant("t"),
      message: fc.record(
        {
          type: fc.constantFrom("intent", "push", "answer"),
          id: fc.constant("i"),
          intent: fc.record({ type: fc.constantFrom(...intentNames), ask: fc.anything() }),
          push: fc.anything(),
          answer: fc.anything(),
        },
        { requiredKeys: ["type"] },
      ),
    }),
    fc.constantFrom<unknown>(
      JSON.parse('{"type":"intent","id":"i","intent":{"type":"__proto__","ask":{}}}'),
      JSON.parse('{"__proto__":{"type":"whoLeads"}}'),
      { type: "constructor" },
      { type: "push", push: { type: "toString" } },
    ),
    fc.anything(),
  );
  let taken = 0;
  fc.assert(
    fc.property(near, (value) => {
      for (const read of [readTabMessage, readCoreMessage, readChannelMessage]) {
        const message = read(value);
        if (message) taken++;
      }
    }),
    { numRuns: 100_000 },
  );
  expect(taken).toBeLessThan(100_000);
}, 60_000);

test("[V30] an intent with a wrong, missing or additional field is refused, and the right one is taken", () => {
  const good = { type: "intent", id: "i", intent: { type: "send", ask: { conversation: "c", text: "hi" } } } satisfies {
    readonly type: string;
    readonly id: string;
    readonly intent: unknown;
  };
  expect(readTabMessage(good)).toEqual(good);
  const ask = (value: unknown): TabMessage | undefined => readTabMessage({ ...good, intent: { type: "send", ask: value } });
  for (const bad of [
    { conversation: "c" },
    { conversation: "c", text: 1 },
    { conversation: "c", text: "\ud800" },
    { conversation: "", text: "x" },
    { conversation: "c", text: "x", more: 1 },
    null,
    [],
  ]) {
    expect(ask(bad)).toBeUndefined();
  }
  expect(readTabMessage({ type: "intent", id: "i", intent: { type: "changeSettings", ask: { theme: "dark" } } })).toBeDefined();
  expect(readTabMessage({ type: "intent", id: "i", intent: { type: "changeSettings", ask: { theme: "pink" } } })).toBeUndefined();
  const page = (value: unknown) =>
    readTabMessage({ type: "intent", id: "i", intent: { type: "loadMessages", ask: { conversation: "c", page: value } } });
  expect(page({ from: "latest", limit: 50 })).toBeDefined();
  expect(page({ from: "around", message: "m", limit: 50 })).toBeDefined();
  expect(page({ from: "before", order: 7, limit: 50 })).toBeDefined();
  expect(page({ from: "before", limit: 50 })).toBeUndefined();
  expect(page({ from: "latest", limit: 100_000 })).toBeUndefined();
});

test("[V36] a tab whose worker has crashed says so, and a late listener begins with a snapshot", () => {
  const tab = connectClient({ post: () => {} }, () => "id");
  tab.receive({ type: "push", push: { type: "snapshot", snapshot: emptySnapshot } });
  const heard: Push[] = [];
  tab.client.subscribe((push) => heard.push(push));
  tab.crashed();
  expect(heard.map(({ type }) => type)).toEqual(["snapshot", "session"]);
  expect(heard[1]).toMatchObject({ session: { at: "broken", reason: { type: "workerCrashed" } } });
});
