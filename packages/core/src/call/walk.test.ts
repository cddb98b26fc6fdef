/**
 * Whole lives of calls: Alice with one device and two tabs, Bob with two devices, a log, transient messages that get
 * lost, paths that break, tabs that close and cores that start anew, all from one printed seed.
 */
import { instant, toHex, type Instant } from "@megachat/base";
import {
  encode,
  decode,
  type CallEvent,
  type CallSignal,
  type MediaCommand,
  type MediaEvent,
  type SessionAnswer,
  type SessionOffer,
} from "@megachat/wire";
import { expect, test } from "vitest";
import { Kept as KeptCodec, keptFromRow, keptToRow } from "./at-rest.ts";
import { stepCall } from "./step.ts";
import { newPhone, type CallInput, type Hex, type Kept, type Phone } from "./types.ts";

const OFFER: SessionOffer = {
  fingerprint: new Uint8Array(32),
  iceUfrag: "abcd",
  icePwd: "abcdefghijklmnopqrstuv",
  candidates: [],
  audio: { payloadType: 111, ssrc: null, feedback: [], extensions: [] },
  video: { payloadType: 96, rtxPayloadType: null, ssrc: null, rtxSsrc: null, feedback: [], extensions: [] },
};
const ANSWER: SessionAnswer = { ...OFFER, dtlsRole: "active" };
const conversation = "c0".repeat(16);

/** A small generator with a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What one tab has open. */
interface Tab {
  readonly name: string;
  call: Hex | null;
  capturing: boolean;
  sending: boolean;
  generation: number;
  /** Descriptions exchanged in this generation. */
  ready: boolean;
  connected: boolean;
  silent: boolean;
}
interface Device {
  readonly name: string;
  readonly account: string;
  tabs: Tab[];
  phone: Phone;
  kept: Kept | null;
  online: boolean;
  /** The core has just started anew and the tabs have not yet said what they have. */
  settling: boolean;
  /** How much of the log it has read. */
  read: number;
  outbox: CallEvent[];
}

class World {
  now: Instant = instant(1_000_000);
  readonly log: { readonly device: Device; readonly event: CallEvent; readonly at: Instant }[] = [];
  readonly devices: readonly Device[];
  readonly random: () => number;
  pathUp = true;
  quiet = false;
  #queue: { at: number; run: () => void }[] = [];
  steps = 0;
  connections = 0;

  constructor(seed: number) {
    this.random = seeded(seed);
    const device = (name: string, account: string, tabs: readonly string[]): Device => ({
      name,
      account,
      tabs: tabs.map(newTab),
      phone: newPhone,
      kept: null,
      online: true,
      settling: false,
      read: 0,
      outbox: [],
    });
    this.devices = [
      device("01".repeat(16), "alice", ["a", "b"]),
      device("02".repeat(16), "bob", ["c"]),
      device("03".repeat(16), "bob", ["d"]),
    ];
  }

  chance = (of: number): boolean => this.random() < of;
  pick = <T>(list: readonly T[]): T => {
    const item = list[Math.floor(this.random() * list.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: 16 }, () => Math.floor(this.random() * 256));
  later = (ms: number, run: () => void): void => {
    this.#queue.push({ at: this.now + ms, run });
  };

  /** Lets simulated time pass. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const next = this.#queue.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#queue.splice(this.#queue.indexOf(next), 1);
      this.now = instant(Math.max(this.now, next.at));
      next.run();
    }
    this.now = instant(until);
  }

  feed(device: Device, input: CallInput): void {
    this.steps++;
    const [phone, effects] = stepCall(device.phone, this.now, input);
    device.phone = phone;
    for (const effect of effects) {
      switch (effect.type) {
        case "keep":
          // Through its bytes, as on the disk.
          device.kept = keptFromRow(keptToRow(effect.kept));
          if (!device.kept) throw new Error("what was kept cannot be read");
          break;
        case "send":
          device.outbox.push(effect.event);
          this.later(5, () => this.flush(device));
          break;
        case "signal":
          this.signal(device, effect.signal);
          break;
        case "media": {
          const tab = device.tabs.find(({ name }) => name === effect.page);
          if (tab) this.command(device, tab, effect.call, effect.command);
          break;
        }
        case "findPath":
          this.later(10, () =>
            this.feed(device, { type: "path", call: effect.call, servers: device.online ? [] : null, relay: true }),
          );
          break;
        case "code":
          this.feed(device, { type: "code", call: toHex(effect.start.call), digits: "00000000" });
          break;
        case "wakeAt":
          this.later(effect.time - this.now, () => this.feed(device, { type: "timeIs" }));
          break;
        case "frameKeys":
        case "outcome":
        case "line":
          break;
      }
    }
    this.check(device);
  }

  /** Sound and picture are on exactly in the tab, and for the call, that the screen shows as ours. */
  check(device: Device): void {
    if (device.settling) return;
    const { call } = device.phone;
    const owner = call && call.at !== "incoming" && call.at !== "ended" ? call.page : null;
    for (const tab of device.tabs) {
      if (tab.capturing && owner !== "") expect(tab.name, `${device.name} captures in a tab without a call`).toBe(owner);
      if (tab.name === owner) expect(tab.capturing, "the screen shows a call without a microphone").toBe(true);
      if (tab.sending && owner !== "") expect(call?.at).toBe("running");
    }
  }

  flush(device: Device): void {
    if (!device.online) return;
    for (const event of device.outbox.splice(0)) this.log.push({ device, event, at: this.now });
    for (const each of this.devices) this.later(5 + this.random() * 40, () => this.catchUp(each));
  }

  catchUp(device: Device): void {
    if (!device.online) return;
    for (; device.read < this.log.length; device.read++) {
      const row = this.log[device.read];
      if (!row) return;
      const own = row.device.account === device.account;
      const from = {
        account: own ? ("own" as const) : ("peer" as const),
        device: row.device.name,
        thisDevice: row.device === device,
      };
      this.feed(device, {
        type: "durable",
        conversation,
        position: device.read + 1,
        at: row.at,
        from,
        event: row.event,
        mayRing: true,
      });
    }
  }

  signal(from: Device, signal: CallSignal): void {
    for (const device of this.devices) {
      if (device === from) continue;
      if (!this.quiet && this.chance(0.2)) continue;
      this.later(5 + this.random() * 60, () => {
        if (!device.online || !from.online) return;
        const account = from.account === device.account ? ("own" as const) : ("peer" as const);
        this.feed(device, { type: "transient", conversation, from: { account, device: from.name, thisDevice: false }, signal });
      });
    }
  }

  command(device: Device, tab: Tab, call: Hex, command: MediaCommand): void {
    const tell = (ms: number, event: MediaEvent): void =>
      this.later(ms, () => {
        if (tab.call === call && device.tabs.includes(tab)) this.feed(device, { type: "media", page: tab.name, call, event });
      });
    switch (command.type) {
      case "capture":
        Object.assign(tab, newTab(tab.name), { call, capturing: true });
        tell(20, {
          type: "captured",
          microphone: { at: this.chance(0.1) ? "off" : "on" },
          camera: { at: "off" },
          screen: false,
          held: false,
        });
        break;
      case "offer":
        tell(30, { type: "offered", offer: OFFER, workerKey: new Uint8Array(32) });
        break;
      case "answer":
        tab.ready = true;
        tell(30, { type: "answered", answer: ANSWER, workerKey: new Uint8Array(32) });
        break;
      case "accepted":
        tab.ready = true;
        this.later(50, () => this.meet(call));
        break;
      case "send":
        tab.sending = true;
        break;
      case "restart":
        Object.assign(tab, { generation: command.generation, ready: false });
        tell(5, { type: "restartOffered", generation: command.generation, offer: OFFER });
        break;
      case "restartOffer":
        Object.assign(tab, { generation: command.generation, ready: true });
        tell(5, { type: "restartAnswered", generation: command.generation, answer: ANSWER });
        break;
      case "restartAnswer":
        tab.ready = tab.generation === command.generation;
        this.later(50, () => this.meet(call));
        break;
      case "close":
        if (tab.call === call) Object.assign(tab, newTab(tab.name));
        break;
      case "candidates":
      case "servers":
      case "keys":
      case "microphone":
      case "camera":
        break;
    }
  }

  ends(call: Hex): readonly { readonly device: Device; readonly tab: Tab }[] {
    return this.devices.flatMap((device) => device.tabs.filter((tab) => tab.call === call).map((tab) => ({ device, tab })));
  }

  /** Two ends with descriptions of one generation find each other while the path is up. */
  meet(call: Hex): void {
    const ends = this.ends(call).filter(({ tab }) => tab.ready);
    if (!this.pathUp || ends.length < 2 || new Set(ends.map(({ tab }) => tab.generation)).size > 1) return;
    for (const { device, tab } of ends) {
      const event: MediaEvent = tab.connected ? { type: "heard" } : { type: "connected" };
      if (!tab.connected) this.connections++;
      Object.assign(tab, { connected: true, silent: false });
      this.feed(device, { type: "media", page: tab.name, call, event });
    }
  }

  /** Each second: who was connected and now has nobody on the other side hears nothing. */
  listen(): void {
    for (const device of this.devices) {
      for (const tab of device.tabs) {
        if (!tab.connected || tab.silent || !tab.call) continue;
        const others = this.ends(tab.call).filter((end) => end.tab !== tab && end.tab.connected);
        if (this.pathUp && others.length > 0) continue;
        tab.silent = true;
        this.feed(device, { type: "media", page: tab.name, call: tab.call, event: { type: "silent", forMs: 1000 } });
      }
    }
  }

  /** Something that a person, a network or a browser does. */
  act(): void {
    const device = this.pick(this.devices);
    const tab = this.pick(device.tabs);
    const { call } = device.phone;
    const intent = (wish: Extract<CallInput, { type: "intent" }>["intent"]): void =>
      this.feed(device, { type: "intent", page: tab.name, intent: wish });
    const roll = this.random();
    if (roll < 0.3) {
      if (call?.at === "incoming") {
        const join = this.bytes();
        intent(
          this.chance(0.75)
            ? { type: "accept", call: call.id, media: "audio", relayOnly: false, join }
            : { type: "decline", call: call.id },
        );
      } else if (!call || call.at === "ended") {
        intent({
          type: "start",
          conversation,
          media: "audio",
          relayOnly: false,
          call: this.bytes(),
          join: this.bytes(),
          spareJoin: this.bytes(),
        });
      }
    } else if (roll < 0.4) {
      if (call) intent({ type: "hangUp", call: call.id });
    } else if (roll < 0.45) {
      if (call) intent({ type: "dismiss", call: call.id });
    } else if (roll < 0.5) {
      if (call) intent({ type: this.chance(0.5) ? "microphone" : "camera", call: call.id, on: this.chance(0.5) });
    } else if (roll < 0.56) {
      this.pathUp = !this.pathUp;
    } else if (roll < 0.62) {
      this.link(device, !device.online);
    } else if (roll < 0.65) {
      // The tab is reloaded: everything in it is gone.
      device.tabs = device.tabs.map((each) => (each === tab ? newTab(tab.name) : each));
      this.feed(device, { type: "pageGone", page: tab.name });
    } else if (roll < 0.68) {
      this.restart(device);
    } else if (roll < 0.71) {
      const devices = this.devices.map(({ name }) => name);
      for (const each of this.devices) this.feed(each, { type: "epoch", conversation, removal: false, devices });
    }
  }

  link(device: Device, online: boolean): void {
    device.online = online;
    this.feed(device, { type: "link", online });
    if (online) {
      this.flush(device);
      this.later(10, () => this.catchUp(device));
    }
  }

  /** The worker with the core dies; the tabs and what they have open stay. */
  restart(device: Device): void {
    device.phone = newPhone;
    device.settling = true;
    if (device.kept) this.feed(device, { type: "restored", kept: device.kept });
    this.later(20, () => {
      for (const { name, call } of device.tabs) if (call) this.feed(device, { type: "pageHas", page: name, call });
      device.settling = false;
    });
  }
}

const newTab = (name: string): Tab => ({
  name,
  call: null,
  capturing: false,
  sending: false,
  generation: 0,
  ready: false,
  connected: false,
  silent: false,
});

const LIVES = 250;

test("[L14, L16] in random lives the microphone is on exactly while a call is shown, and all calls end by themselves on both sides", () => {
  let steps = 0;
  let connections = 0;
  for (let seed = 1; seed <= LIVES; seed++) {
    const world = new World(seed);
    try {
      for (let i = 0; i < 120; i++) {
        world.act();
        world.pass(pause(world));
        world.listen();
      }
      // The faults end: everybody is online, nothing is lost, nobody touches anything.
      world.quiet = true;
      world.pathUp = true;
      for (const device of world.devices) if (!device.online) world.link(device, true);
      for (let second = 0; second < 120; second++) {
        world.pass(1000);
        world.listen();
      }
      const running = world.devices.flatMap(({ phone }) => (phone.call?.at === "running" ? [phone.call.id] : []));
      const open = world.devices.flatMap(({ tabs }) => tabs.flatMap(({ call }) => (call ? [call] : [])));
      // Either nobody is in a call, or two devices are in the same one; nobody rings or waits for ever.
      expect(running.toSorted()).toEqual(open.toSorted());
      expect([0, 2]).toContain(running.length);
      expect(new Set(running).size).toBeLessThanOrEqual(1);
      for (const { phone } of world.devices) expect([undefined, "ended", "running"]).toContain(phone.call?.at);
      // And all who read the log tell the same story about every call.
      const stories = world.devices.map(({ phone, account }) =>
        phone.records.map(
          (each) => `${each.id} ${account === "alice" ? each.outgoing : !each.outgoing} ${each.acceptedAt} ${each.closed}`,
        ),
      );
      expect(stories[1]).toEqual(stories[2]);
      expect(stories[0]).toEqual(stories[1]);
    } catch (fault) {
      console.error(`seed ${seed}`);
      throw fault;
    }
    steps += world.steps;
    connections += world.connections;
  }
  console.log(`${steps} steps, ${connections} connections`);
  expect(steps).toBeGreaterThan(100_000);
  expect(connections).toBeGreaterThan(500);
}, 120_000);

const pause = (world: World): number => (world.chance(0.2) ? 3000 + world.random() * 15_000 : world.random() * 400);

test("[L16] what is kept is read back from its bytes, and no other bytes are read", () => {
  const kept: Kept = { offers: [], records: [], call: { conversation, call: new Uint8Array(16), running: null } };
  expect(keptFromRow(keptToRow(kept))).toEqual(kept);
  expect(keptFromRow(keptToRow(kept).subarray(1))).toBeNull();
  expect(decode(KeptCodec, encode(KeptCodec, { type: "calls", offers: [], records: [], call: null })).ok).toBe(true);
});
