/**
 * People who only talk: one device each, a real engine, conversations and nothing else of the core, over a delivery
 * service in memory and on simulated time. For tests of the conversation part.
 */
import { bytesEqual, silentLog, toHex, type Instant } from "@megachat/base";
import { createEngine, newDirectRoster, restoreEngine, type Engine } from "@megachat/group";
import { simDisk, simServer, simTime, type SimDisk, type SimServer, type SimTime } from "@megachat/testing";
import type { Push, Reply, Request } from "@megachat/wire";
import { newAccount, newDevice, mls, seededRandom, type TestDevice, type TestRandom } from "../../group/test-kit/people.ts";
import * as conversations from "../src/conversation/index.ts";
import { recallFrom } from "./recall.ts";
import type { Effect, Powers, Recall } from "../src/step.ts";

/** The network between one person and the server: everything the test may do to it. */
export interface Wire {
  /** One way, in milliseconds. */
  latency: () => number;
  /** Whether a request, or its reply, is lost with the connection. */
  cut: (request: Request, phase: "request" | "reply") => boolean;
  /** What the server's words become on the way; null is silence. */
  rewritePush: (push: Push) => Push | null;
  rewriteReply: (reply: Reply, request: Request) => Reply;
}

export interface Talker {
  readonly name: string;
  readonly device: TestDevice;
  readonly wire: Wire;
  readonly received: string[];
  readonly happenings: conversations.Happening[];
  readonly asks: Request[];
  conversation: () => conversations.Conversation;
  engine: () => Engine;
  readonly disk: () => SimDisk;
  readonly say: (text: string) => conversations.Sent["sent"];
  readonly act: (
    step: (powers: Powers, context: conversations.Context, conversation: conversations.Conversation) => conversations.Stepped,
  ) => void;
  readonly goOnline: () => void;
  readonly goOffline: () => void;
  /** The process ends; what was written stays. `from` another disk: a copy or a backup. */
  readonly restart: (from?: SimDisk) => void;
  /** Texts on the disk, in order. */
  readonly texts: () => readonly string[];
  readonly lines: () => readonly conversations.Line[];
  /** Calls this before each transaction; a throw is a crash. */
  crashBefore: ((effects: readonly Effect[]) => void) | null;
  maySend: "yes" | "blocked" | "keysChanged";
  mayShow: boolean;
  readReceipts: boolean;
  shown: boolean;
}

export interface World {
  readonly time: SimTime;
  readonly server: SimServer;
  readonly random: TestRandom;
  readonly alice: Talker;
  readonly bob: Talker;
  /** Lets time pass until both have said all. */
  readonly settle: (ms?: number) => void;
}

export class Crash extends Error {}

/** Two people of whom Alice has founded their conversation and Bob has joined it. */
export function talkingPair(seed: string, start?: number): World {
  const time = simTime(start);
  const server = simServer(time);
  const random = seededRandom(seed);
  const [a, b] = [newAccount(random, "alice"), newAccount(random, "bob")];
  const alice = newTalker("alice", newDevice(random, a, 1), { time, server, random });
  const bob = newTalker("bob", newDevice(random, b, 1), { time, server, random });

  const id = random.bytes(16);
  const key = random.bytes(32);
  const keyPackage = bob.engine().keyPackage({ suite: 1, lastResort: false, now: time.now() });
  bob.disk().write([], bob.engine().takeChanges());
  const entry = (device: TestDevice) => ({
    account: device.account.id,
    n: 0,
    identityKey: device.account.identityKey,
    top: 1,
    standing: [1],
  });
  const roster = newDirectRoster(key, [entry(alice.device), entry(bob.device)]);
  const pending = alice
    .engine()
    .createConversation({ conversation: id, suite: 1, roster, keyPackages: [keyPackage.bytes], now: time.now() });
  if (!pending.ok) throw new Error(pending.error.type);
  alice.goOnline();
  bob.goOnline();
  alice.begin((powers, context) =>
    conversations.found(powers, context, { id, with: b.id, suite: 1, conversationKey: key }, pending.value),
  );
  const settle = (ms = 10_000): void => time.pass(ms);
  settle();
  return { time, server, random, alice, bob, settle };
}

interface Owned extends Talker {
  readonly begin: (make: (powers: Powers, context: conversations.Context) => conversations.Stepped) => void;
}

function newTalker(name: string, device: TestDevice, { time, server, random }: Pick<World, "time" | "server" | "random">): Owned {
  const account = device.account.id;
  let engine = createEngine(mls(), device);
  let disk = simDisk();
  let conversation: conversations.Conversation | undefined;
  let online = false;
  let life = 0;
  let connection: ReturnType<SimServer["connect"]> | undefined;
  let link = 0;
  let run = random.bytes(16);
  /** Nothing overtakes anything on one connection. */
  let lastArrival = 0;
  let lastDeparture = 0;

  const powers = (): Powers => ({ engine, random, log: silentLog });
  const context = (): conversations.Context => ({
    now: time.now(),
    online,
    self: {
      account,
      device: device.id,
      signatureSeed: device.signatureSeed as never,
      listVersion: 1,
      listHash: new Uint8Array(32),
    },
    run,
    maySend: () => me.maySend,
    mayShow: () => me.mayShow,
    readReceipts: me.readReceipts,
  });

  const take = (stepped: conversations.Stepped): void => {
    me.crashBefore?.(stepped.effects);
    disk.write(stepped.effects, engine.takeChanges());
    conversation = stepped.conversation;
    me.happenings.push(...stepped.happenings);
    for (const effect of stepped.effects) {
      if (effect.type === "ask") ask(effect.key, effect.request);
      if (effect.type === "wakeAt") wakeAt(effect.time);
      if (effect.type === "recall") recall(effect);
    }
  };
  /** A throw inside a step is this process's end; what the disk has is what there is. */
  const step = (run: () => conversations.Stepped): void => {
    try {
      take(run());
    } catch (fault) {
      if (!(fault instanceof Crash)) throw fault;
      me.restart();
      me.goOnline();
    }
  };
  const act: Talker["act"] = (input) => {
    if (conversation) step(() => input(powers(), context(), conversation as conversations.Conversation));
  };

  const recall = (wish: Recall): void => {
    const mine = life;
    const { from, to, lines } = recallFrom(disk, wish);
    time.in(1, () => {
      if (mine === life) act((p, c, state) => conversations.recalled(p, c, state, { from, to }, lines));
    });
  };

  const wakeAt = (at: Instant): void => {
    const mine = life;
    time.in(Math.max(0, at - time.now()) + 1, () => {
      if (mine === life) act(conversations.tick);
    });
  };

  /** In order, like one TCP connection. */
  const deliver = (what: () => void): void => {
    const mine = link;
    const wait = Math.max(me.wire.latency(), lastArrival - time.now());
    lastArrival = time.now() + wait;
    time.in(wait, () => {
      if (mine === link) what();
    });
  };
  const ask = (key: string, request: Request): void => {
    me.asks.push(request);
    if (!connection) return unanswered(key);
    if (me.wire.cut(request, "request")) return breakLink([key]);
    const mine = link;
    // Requests of one connection arrive in their order, as its bytes do.
    const wait = Math.max(me.wire.latency(), lastDeparture - time.now());
    lastDeparture = time.now() + wait;
    time.in(wait, () => {
      if (mine !== link || !connection) return;
      const reply = connection.ask(request);
      if (me.wire.cut(request, "reply")) return breakLink([key]);
      const rewritten = me.wire.rewriteReply(reply, request);
      deliver(() => answered(key, rewritten));
    });
  };
  const waiting = new Set<string>();
  const answered = (key: string, reply: Reply): void => {
    waiting.delete(key);
    const [, , what = "", detail = ""] = key.split(":");
    act((p, c, state) => conversations.answered(p, c, state, what, detail, reply));
  };
  const unanswered = (key: string): void => {
    const [, , what = "", detail = ""] = key.split(":");
    act((p, c, state) => conversations.unanswered(p, c, state, what, detail));
  };
  const breakLink = (keys: readonly string[]): void => {
    me.goOffline();
    keys.forEach(unanswered);
    const mine = life;
    time.in(500, () => {
      if (mine === life && !online) me.goOnline();
    });
  };

  const pushed = (push: Push): void => {
    switch (push.type) {
      case "rowPush":
        me.received.push(push.row.kind);
        return act((p, c, state) =>
          bytesEqual(state.id, push.log) ? conversations.pushed(p, c, state, push.row) : conversations.tick(p, c, state),
        );
      case "transientPush":
        return act((p, c, state) => conversations.whispered(p, c, state, push.body));
      case "inboxPush":
        return joinBy(push.item);
      case "sessionEnded":
      case "goingAway":
        return;
    }
  };
  const joinBy = (item: Extract<Push, { readonly type: "inboxPush" }>["item"]): void => {
    if (item.kind !== "welcome" || conversation || item.position === null) return;
    const staged = engine.stageWelcome(item.body);
    if (!staged.ok) throw new Error(staged.error.type);
    engine.adoptWelcome();
    const { position } = item;
    step(() => conversations.join(powers(), context(), staged.value, position, item.from));
    connection?.ask({ type: "clearInbox", item: item.item });
  };

  const me: Owned = {
    name,
    device,
    received: [],
    happenings: [],
    asks: [],
    wire: { latency: () => 20, cut: () => false, rewritePush: (push) => push, rewriteReply: (reply) => reply },
    crashBefore: null,
    maySend: "yes",
    mayShow: true,
    readReceipts: true,
    shown: false,
    conversation: () => {
      if (!conversation) throw new Error(`${name} is in no conversation`);
      return conversation;
    },
    engine: () => engine,
    disk: () => disk,
    begin: (make) => step(() => make(powers(), context())),
    act,
    say: (text) => {
      let sent: conversations.Sent["sent"] = { type: "empty" };
      act((p, c, state) => {
        const stepped = conversations.send(p, c, state, text, new TextEncoder().encode(text).length);
        sent = stepped.sent;
        return stepped;
      });
      return sent;
    },
    goOnline: () => {
      if (online) return;
      link++;
      online = true;
      connection = server.connect(account, device.id, (push) => {
        const rewritten = me.wire.rewritePush(push);
        if (rewritten) deliver(() => pushed(rewritten));
      });
      act((p, c, state) => conversations.linked(p, c, state, true));
      // What went out first may have broken the connection already.
      if (!connection) return;
      const heads = me.wire.rewriteReply(connection.ask({ type: "fetchHeads", after: null }), { type: "fetchHeads", after: null });
      const inbox = connection.ask({ type: "fetchInbox", after: 0 });
      deliver(() => {
        if (inbox.type === "inbox") inbox.items.forEach(joinBy);
        if (heads.type !== "heads") return;
        for (const head of heads.heads)
          act((p, c, state) =>
            bytesEqual(state.id, head.log) ? conversations.heard(p, c, state, head) : conversations.tick(p, c, state),
          );
      });
    },
    goOffline: () => {
      if (!online) return;
      online = false;
      link++;
      connection?.close();
      connection = undefined;
      act((p, c, state) => conversations.linked(p, c, state, false));
    },
    restart: (from) => {
      life++;
      link++;
      online = false;
      connection?.close();
      connection = undefined;
      run = random.bytes(16);
      if (from) disk = from;
      engine.dispose();
      engine = restoreEngine(mls(), device, disk.engineRows());
      const row = disk.rows("conversation")[0];
      const outbox = disk.rows("outbox");
      const chain = disk.rows("chain").flatMap(({ value }) => conversations.decodeSeen(value) ?? []);
      const outgoing = (wanted: Uint8Array): conversations.Outgoing | null => {
        const found = outbox.find(({ key }) => bytesEqual(key, wanted));
        return found ? conversations.decodeOutgoing(found.value) : null;
      };
      conversation = row ? (conversations.decodeConversation(row.value, { outgoing, chain }) ?? undefined) : undefined;
    },
    lines: () =>
      conversation
        ? disk.lines(conversation.id).map(({ body }) => {
            const line = conversations.decodeLine(body);
            if (!line) throw new Error("a line on the disk does not decode");
            return line;
          })
        : [],
    texts: () => me.lines().flatMap((line) => (line.type === "textLine" ? [line.text] : [])),
  };
  return me;
}

/** The device is where it was, and its keys are gone: a disk that was damaged there. Not yet online. */
export function loseKeys(one: Talker): void {
  const damaged = one.disk().clone();
  damaged.write(
    [],
    damaged.engineRows().map(({ key }) => ({ key, value: undefined })),
  );
  one.restart(damaged);
}

/** Everything that two who are up to date must agree on. */
export const viewOf = (talker: Talker): object => {
  const { position, turn, hash, id } = talker.conversation();
  const state = talker.engine().state(id);
  return {
    position,
    turn,
    hash: toHex(hash),
    epoch: state?.epoch,
    authenticator: toHex(state?.authenticator ?? new Uint8Array(0)),
    texts: talker.texts(),
  };
};
