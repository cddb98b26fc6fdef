/**
 * Whole cores over a delivery service in memory, on simulated time: sign-up left behind, everything after it as it is
 * in a browser, but for the media, which does as it is told without a picture. For lives of several people.
 */
import { Secret, silentLog, toHex, type Result } from "@megachat/base";
import { identityHash } from "@megachat/crypto";
import { createEngine, restoreEngine, type Engine } from "@megachat/group";
import { simDisk, type SimDisk, type SimServer, type SimTime } from "@megachat/testing";
import {
  parseHandle,
  type MediaCommand,
  type MediaEvent,
  type Push,
  type Reply,
  type Request,
  type SessionOffer,
} from "@megachat/wire";
import { mls, type TestRandom } from "../../group/test-kit/people.ts";
import { accountRows } from "../src/account/index.ts";
import { makeAccount } from "../src/account/new-account.ts";
import type { MediaMessage } from "../src/call/index.ts";
import * as conversations from "../src/conversation/index.ts";
import { restoreCore, type CoreState } from "../src/core-state.ts";
import { conversationWith } from "../src/core/desk.ts";
import { stepCore, type deviceOf } from "../src/core-step.ts";
import { recallFrom } from "./recall.ts";
import type { Effect, Input, Notice, Powers } from "../src/step.ts";
import type { CoreWish } from "../src/wishes.ts";

export interface Soul {
  readonly name: string;
  readonly account: Uint8Array<ArrayBuffer>;
  readonly state: () => CoreState;
  readonly engine: () => Engine;
  readonly disk: () => SimDisk;
  readonly online: () => boolean;
  readonly notices: Notice[];
  readonly asks: Request[];
  /** The answer, when time has passed for it; undefined before. */
  readonly wish: (wish: CoreWish) => () => Result<unknown, { readonly type: string }> | null | undefined;
  readonly goOnline: () => void;
  readonly goOffline: () => void;
  readonly restart: (from?: SimDisk) => void;
  /** Counts its lives: what was asked in an earlier one is answered in none. */
  readonly life: () => number;
  readonly conversationWith: (other: Soul) => conversations.Conversation | undefined;
  readonly texts: (other: Soul) => readonly string[];
  readonly lines: (other: Soul) => readonly conversations.Line[];
  /** What the user of this device has been told is sent. */
  readonly promised: string[];
  latency: () => number;
  cut: (request: Request, phase: "request" | "reply") => boolean;
  rewritePush: (push: Push) => Push | null;
  rewriteReply: (reply: Reply, request: Request) => Reply;
  crashBefore: (() => boolean) | null;
  /** Asked at every point of every step at which the process may end; true ends it there, and another begins. */
  dies: (point: Point, input: Input<CoreWish>) => boolean;
  /** Whether the microphone is open. */
  readonly capturing: () => boolean;
  /** Why the account had to be left, each time it had to. */
  readonly left: string[];
}

/**
 * Where a process may end: while it waits for what it is given now, once it has written what comes of it, or when it has
 * carried out some of that.
 */
export type Point =
  | { readonly at: "awaiting" }
  | { readonly at: "written"; readonly effects: readonly Effect[] }
  | { readonly at: "carriedOut"; readonly effect: Effect };

const OFFER: SessionOffer = {
  fingerprint: new Uint8Array(32),
  iceUfrag: "abcd",
  icePwd: "abcdefghijklmnopqrstuv",
  candidates: [],
  audio: { payloadType: 111, ssrc: null, feedback: [], extensions: [] },
  video: { payloadType: 96, rtxPayloadType: null, ssrc: null, rtxSsrc: null, feedback: [], extensions: [] },
};
const TAB = "tab";

export interface World {
  readonly time: SimTime;
  readonly server: SimServer;
  readonly random: TestRandom;
}

/** What is left of a life when nothing runs: who somebody is, and their disk. */
export interface Person {
  readonly name: string;
  readonly account: Uint8Array<ArrayBuffer>;
  readonly device: Uint8Array<ArrayBuffer>;
  /** For the MLS engine. */
  readonly keys: ReturnType<typeof deviceOf>;
  readonly disk: SimDisk;
}

/** What lies between a life and the server. It hears nothing from a life that is over. */
export interface Line {
  readonly open: () => void;
  readonly close: () => void;
  readonly ask: (key: string, request: Request) => void;
}
/** What a line gives to its life. */
export type FromLine = Extract<Input<CoreWish>, { readonly type: "reply" | "unanswered" | "push" | "link" }>;
export type MakeLine = (soul: Soul, person: Person, give: (input: FromLine) => void) => Line;

export const newSoul = (name: string, world: World): Soul => live(signUp(name, world), world);

/** The account as it is after sign-up, at the server and on a disk of its own. */
export function signUp(name: string, { time, server, random }: World): Person {
  const handle = parseHandle(name);
  if (!handle.ok) throw new Error("a bad name");
  const made = makeAccount(random, (device) => createEngine(mls(), device), {
    handle: handle.value,
    displayName: null,
    exportKey: new Secret(random.bytes(64)),
    serverKey: random.bytes(32),
    now: time.now(),
  });
  const { published } = made;
  const { account, device } = published;
  const { accountRecord, address, deviceList, certificate, keyPackages, lastResort } = published;
  const faces = { account, handle: name, accountRecord, address, deviceList, certificates: [certificate] };
  server.addAccount({ ...faces, identityHash: identityHash(made.state.self.identityKey) }, keyPackages, lastResort);
  const [first] = published.rows;
  const line = server.connect(account, device, () => {});
  if (first) {
    const row = {
      log: account,
      generation: 0,
      turn: 0,
      kind: "account",
      sequence: 1,
      body: first,
      welcome: null,
      groupInfo: null,
    } as const;
    line.ask({ type: "append", ...row });
  }
  line.close();

  const disk = simDisk();
  disk.write(accountRows(null, { ...made.state, stock: { ...made.state.stock, unpublished: null } }), made.engineRows);
  const keys = { certificate: made.state.self.certificate, signatureSeed: made.state.self.signatureSeed };
  return { name, account, device, keys, disk };
}

/** Wakes somebody up, offline. What is written goes to the person's own disk. */
export function live(person: Person, world: World, makeLine: MakeLine = plainLine(world)): Soul {
  const { time, random } = world;
  const { name, account } = person;
  let { disk } = person;
  let engine = restoreEngine(mls(), person.keys, disk.engineRows());
  let state = read();
  let online = false;
  /** Whether its owner has it online, line or no line. */
  let wanted = false;
  let life = 0;
  let intents = 0;
  let wakes = new Set<number>();
  let capturing = false;
  const answers = new Map<string, unknown>();

  function read(): CoreState {
    const spaces = [
      "self",
      "accountLog",
      "accountRow",
      "profile",
      "keyPackages",
      "contact",
      "invitation",
      "request",
      "conversation",
      "outbox",
      "chain",
      "call",
    ];
    const rows = spaces.flatMap((space) => disk.rows(space).map((row) => ({ space, ...row })));
    const restored = restoreCore(rows, random);
    if (!restored) throw new Error(`${name}'s disk is damaged`);
    return restored;
  }

  const powers = (): Powers => ({ engine, random, log: silentLog });
  const give = (input: Input<CoreWish>): void => {
    const [next, effects] = stepCore(powers(), state, { now: time.now(), input });
    if (me.crashBefore?.()) {
      me.restart();
      me.goOnline();
      return;
    }
    if (me.dies({ at: "awaiting" }, input)) return dieAndBeginAgain();
    disk.write(effects, engine.takeChanges());
    if (me.dies({ at: "written", effects }, input)) return dieAndBeginAgain();
    state = next;
    for (const effect of effects) {
      carryOut(effect);
      if (effect.type !== "store" && me.dies({ at: "carriedOut", effect }, input)) return dieAndBeginAgain();
    }
  };
  const dieAndBeginAgain = (): void => {
    const again = wanted;
    me.restart();
    if (again) me.goOnline();
  };

  const carryOut = (effect: Effect): void => {
    switch (effect.type) {
      case "ask":
        me.asks.push(effect.request);
        return line.ask(effect.key, effect.request);
      case "wakeAt": {
        if (wakes.has(effect.time)) return;
        wakes.add(effect.time);
        const mine = life;
        return time.in(Math.max(0, effect.time - time.now()) + 1, () => {
          if (mine !== life) return;
          wakes.delete(effect.time);
          give({ type: "timeIs" });
        });
      }
      case "recall": {
        const mine = life;
        const read = recallFrom(disk, effect);
        return time.in(1, () => {
          if (mine === life) give({ type: "recalled", key: effect.key, ...read });
        });
      }
      case "answer":
        return void answers.set(effect.intent, effect.result);
      case "notice":
        return void me.notices.push(effect.notice);
      case "media": {
        const { call, command } = effect.command as MediaMessage;
        return media(call, command);
      }
      case "store":
      case "changed":
        return;
      case "leave":
        return void me.left.push(effect.why);
    }
  };

  /** Does as it is told, at once or soon. */
  const media = (call: string, command: MediaCommand): void => {
    const mine = life;
    const tell = (ms: number, event: MediaEvent): void =>
      time.in(ms, () => {
        if (mine === life) give({ type: "media", event: { type: "event", page: TAB, call, event } });
      });
    const on = { at: "on" } as const;
    switch (command.type) {
      case "capture":
        capturing = true;
        return tell(50, {
          type: "captured",
          microphone: on,
          camera: command.camera ? on : { at: "off" },
          screen: false,
          held: false,
        });
      case "offer":
        return tell(150, { type: "offered", offer: OFFER, workerKey: new Uint8Array(32).fill(9) });
      case "answer":
        tell(150, { type: "answered", answer: { ...OFFER, dtlsRole: "active" }, workerKey: new Uint8Array(32).fill(9) });
        tell(900, { type: "connected" });
        return tell(1000, { type: "opened" });
      case "accepted":
        tell(300, { type: "connected" });
        return tell(400, { type: "opened" });
      case "restart":
        return tell(20, { type: "restartOffered", generation: command.generation, offer: OFFER });
      case "restartOffer":
        return tell(20, { type: "restartAnswered", generation: command.generation, answer: { ...OFFER, dtlsRole: "active" } });
      case "close":
        capturing = false;
        return;
      default:
        return;
    }
  };

  const newLine = (): Line => {
    const mine = life;
    return makeLine(me, person, (input) => {
      if (mine !== life) return;
      if (input.type === "link") online = input.online;
      give(input);
    });
  };

  const me: Soul = {
    name,
    account,
    state: () => state,
    engine: () => engine,
    disk: () => disk,
    online: () => online,
    notices: [],
    asks: [],
    promised: [],
    left: [],
    latency: () => 20,
    cut: () => false,
    rewritePush: (push) => push,
    rewriteReply: (reply) => reply,
    crashBefore: null,
    dies: () => false,
    capturing: () => capturing,
    wish: (wish) => {
      const intent = `${name}-${++intents}`;
      give({ type: "intent", intent, from: TAB, wish });
      return () => answers.get(intent) as Result<unknown, { readonly type: string }> | null | undefined;
    },
    goOnline: () => {
      wanted = true;
      line.open();
    },
    goOffline: () => {
      wanted = false;
      line.close();
    },
    life: () => life,
    restart: (from) => {
      life++;
      online = false;
      capturing = false;
      wakes = new Set();
      line.close();
      if (from) disk = from;
      engine.dispose();
      engine = restoreEngine(mls(), person.keys, disk.engineRows());
      state = read();
      line = newLine();
      give({ type: "timeIs" });
    },
    conversationWith: (other) => conversationWith(state, other.account),
    lines: (other) => {
      const conversation = conversationWith(state, other.account);
      return conversation ? disk.lines(conversation.id).flatMap(({ body }) => conversations.decodeLine(body) ?? []) : [];
    },
    texts: (other) => me.lines(other).flatMap((each) => (each.type === "textLine" ? [each.text] : [])),
  };
  let line = newLine();
  return me;
}

/** A line in memory that loses, delays and rewrites as its soul says. */
const plainLine =
  ({ time, server }: World): MakeLine =>
  (soul, { account, device }, give) => {
    let connection: ReturnType<SimServer["connect"]> | undefined;
    let wanted = false;
    let link = 0;
    let lastArrival = 0;
    let lastDeparture = 0;
    const waiting = new Set<string>();

    const deliver = (what: () => void): void => {
      const mine = link;
      const wait = Math.max(soul.latency(), lastArrival - time.now());
      lastArrival = time.now() + wait;
      time.in(wait, () => {
        if (mine === link) what();
      });
    };
    const unanswered = (keys: readonly string[]): void => {
      for (const key of keys) time.in(0, () => give({ type: "unanswered", key }));
    };
    const connect = (): void => {
      if (connection) return;
      link++;
      connection = server.connect(account, device, (push) => {
        const rewritten = soul.rewritePush(push);
        if (rewritten) deliver(() => give({ type: "push", push: rewritten }));
      });
      give({ type: "link", online: true });
    };
    const disconnect = (): void => {
      if (!connection) return;
      link++;
      connection.close();
      connection = undefined;
      const keys = [...waiting];
      waiting.clear();
      unanswered(keys);
      give({ type: "link", online: false });
    };
    const breakOff = (): void => {
      disconnect();
      time.in(500, () => {
        if (wanted) connect();
      });
    };
    const ask = (key: string, request: Request): void => {
      if (!connection) return unanswered([key]);
      waiting.add(key);
      if (soul.cut(request, "request")) return breakOff();
      const mine = link;
      const wait = Math.max(soul.latency(), lastDeparture - time.now());
      lastDeparture = time.now() + wait;
      time.in(wait, () => {
        if (mine !== link || !connection) return;
        const reply = connection.ask(request);
        if (soul.cut(request, "reply")) return breakOff();
        const rewritten = soul.rewriteReply(reply, request);
        deliver(() => {
          waiting.delete(key);
          give({ type: "reply", key, reply: rewritten });
        });
      });
    };
    return {
      open: () => {
        wanted = true;
        connect();
      },
      close: () => {
        wanted = false;
        disconnect();
      },
      ask,
    };
  };

/** What two who are up to date must agree on; undefined where there is no conversation. */
export function viewOf(one: Soul, other: Soul): object | undefined {
  const conversation = one.conversationWith(other);
  if (!conversation) return undefined;
  const { position, turn, hash, id } = conversation;
  const present = one.engine().state(id);
  return {
    id: toHex(id),
    position,
    turn,
    hash: toHex(hash),
    epoch: present?.epoch,
    authenticator: toHex(present?.authenticator ?? new Uint8Array(0)),
    texts: one.texts(other),
  };
}
