import { bytesEqual } from "@megachat/base";
import { pad } from "@megachat/crypto";
import { encode, MAX_BODY, Message, type Push, type Reply, type Request, type Row } from "@megachat/wire";
import { describe, expect, test } from "vitest";
import { talkingPair, viewOf, type Talker, type World } from "../../test-kit/talkers.ts";
import { textContent } from "./content.ts";
import * as conversations from "./index.ts";

const push = (one: Talker, row: Row): void => one.act((p, c, state) => conversations.pushed(p, c, state, row));
const watch = (one: Talker): void => one.act((p, c, state) => conversations.shown(p, c, state, true));
const fresh = (one: Talker, { time }: World): string => conversations.freshness(one.conversation().live, time.now()).at;
const alarmsOf = (one: Talker): readonly string[] => one.conversation().alarms.map(({ type }) => type);

/** The next row of the log, as a server could make it up. */
const madeUp = (one: Talker, { random, time }: World, row: Partial<Row> = {}): Row => ({
  position: one.conversation().position + 1,
  turn: one.conversation().turn,
  time: time.now(),
  kind: "application",
  device: random.bytes(16),
  sequence: 1,
  body: random.bytes(100),
  ...row,
});

/** A message of Alice's own making: whatever plaintext, well sealed. */
function bent(world: World, plaintext: Uint8Array): Row {
  const { alice, bob } = world;
  const sealed = alice.engine().seal(alice.conversation().id, plaintext, new Uint8Array(0));
  if (!sealed.ok) throw new Error(sealed.error.type);
  const known = bob.conversation().peers.get(Buffer.from(alice.device.id).toString("hex"));
  const { id: device } = alice.device;
  return madeUp(bob, world, { device, sequence: (known?.sequence ?? 0) + 1, body: Uint8Array.from(sealed.value.body) });
}
const message = (world: World, text: string, bend: Partial<Message> = {}): Uint8Array =>
  pad(
    Message.id,
    encode(Message, {
      type: "message",
      counter: 1,
      seen: 1,
      seenHash: world.bob.conversation().recent[0]?.hash ?? new Uint8Array(32),
      listVersion: 1,
      listHash: new Uint8Array(32),
      sentAt: world.time.now(),
      again: null,
      content: textContent(world.random.bytes(16), text),
      ...bend,
    }),
  );

/** The server takes no row until it is let go. */
function stubborn({ server }: World): { readonly letGo: () => void; readonly isStubborn: () => boolean } {
  const log = [...server.logs.values()][0];
  if (!log) throw new Error("no log");
  const { turn } = log;
  log.turn = turn + 7;
  return { letGo: () => void (log.turn = turn), isStubborn: () => log.turn !== turn };
}

/** What is on the disk still is a conversation. */
const survivesRestart = (one: Talker): void => {
  one.restart();
  expect(one.conversation().id).toHaveLength(16);
};

describe("a contact who wants our client to stumble", () => {
  test("[C8] [C21] a sealed message of any size that is none is kept whole, and the next one is read", () => {
    const world = talkingPair("huge");
    const { bob } = world;
    push(bob, bent(world, new Uint8Array(MAX_BODY - 4096).fill(7)));
    expect(bob.lines().at(-1)).toMatchObject({ type: "updateNeededLine" });
    push(bob, bent(world, message(world, "well")));
    expect(bob.texts()).toEqual(["well"]);
    survivesRestart(bob);
  });

  test("[C5] [C21] counters of any size are counted within bounds: no number ends this client", () => {
    const world = talkingPair("counters");
    const { bob } = world;
    push(bob, bent(world, message(world, "one", { counter: Number.MAX_SAFE_INTEGER - 1 })));
    push(bob, bent(world, message(world, "two", { counter: Number.MAX_SAFE_INTEGER })));
    push(bob, bent(world, message(world, "three", { counter: Number.MAX_SAFE_INTEGER })));
    watch(bob);
    for (let i = 0; i < 3; i++) {
      const head = { type: "head", position: Number.MAX_SAFE_INTEGER, hash: new Uint8Array(32), turn: 1, echo: null } as const;
      world.alice.act((p, c, state) => conversations.whisper(p, c, state, head));
      world.settle(20_000);
    }
    expect(bob.texts()).toEqual(["one", "two", "three"]);
    expect(alarmsOf(bob)).toContain("gap");
    survivesRestart(bob);
  });

  test("[C7] [C21] D23 rows that claim a later epoch make nobody join again: no commit is missing here", () => {
    const world = talkingPair("later epoch");
    const { alice, bob, settle } = world;
    settle();
    const { epoch } = bob.engine().state(bob.conversation().id) ?? { epoch: 0 };
    const genuine = bent(world, message(world, "x"));
    // The epoch stands in the clear header, behind version, wire format and the group's id.
    const body = Uint8Array.from(genuine.body);
    body.set([1], 2 + 2 + 1 + 16 + 6);
    push(bob, { ...genuine, body });
    settle(5000);
    expect(bob.conversation().resync.at).toBe("none");
    expect(alarmsOf(bob)).toContain("doesNotOpen");
    expect(bob.engine().state(bob.conversation().id)?.epoch).toBe(epoch);
    expect(bob.asks.filter(({ type }) => type === "fetchGroupInfo")).toEqual([]);
    expect(alice.conversation().resync.at).toBe("none");
  });
});

describe("a server that makes things up", () => {
  test("[C2] [C21] a made-up sequence is told on, and takes no later message away", () => {
    const world = talkingPair("sequence");
    const { alice, bob } = world;
    push(bob, madeUp(bob, world, { device: alice.device.id, sequence: Number.MAX_SAFE_INTEGER }));
    push(bob, { ...bent(world, message(world, "still here")), sequence: 2 });
    expect(alarmsOf(bob)).toContain("serverOrder");
    expect(bob.texts()).toEqual(["still here"]);
  });

  test("[C21] rows in the names of ever new devices leave nothing behind", () => {
    const world = talkingPair("devices");
    const { bob } = world;
    const before = bob.conversation().peers.size;
    for (let i = 0; i < 1200; i++) push(bob, madeUp(bob, world, { body: Uint8Array.of(i & 255, i >> 8) }));
    expect(bob.conversation().peers.size).toBe(before);
    push(bob, bent(world, message(world, "on we go", { seen: 1 })));
    expect(bob.texts()).toEqual(["on we go"]);
    survivesRestart(bob);
  });

  test("[C21] a row from the end of time is shown with a time that clocks can show", () => {
    const world = talkingPair("time");
    const { bob, time } = world;
    push(bob, { ...bent(world, message(world, "when?", { sentAt: Number.MAX_SAFE_INTEGER })), time: Number.MAX_SAFE_INTEGER });
    expect(bob.lines().at(-1)).toMatchObject({ type: "textLine", sentAt: time.now() });
    expect(bob.conversation().lastLine?.at).toBe(time.now());
  });

  test("[C21] [C24] a last sequence that nobody can have is not believed: sending goes on when the lies end", () => {
    for (const last of [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 0]) {
      const world = talkingPair(`last ${last}`);
      const { alice, bob, settle } = world;
      settle();
      const lie: Reply = { type: "outOfSequence", last };
      const { letGo } = stubborn(world);
      alice.wire.rewriteReply = (reply, request) => (request.type === "append" ? lie : reply);
      alice.say("through");
      const before = alice.asks.length;
      settle(20_000);
      expect(alice.asks.slice(before).filter(({ type }) => type === "append").length).toBeLessThan(30);
      alice.wire.rewriteReply = (reply) => reply;
      letGo();
      settle(60_000);
      expect(bob.texts(), String(last)).toContain("through");
      survivesRestart(alice);
    }
  });

  test("[C24] N06 a server restored from an older backup is asked once a second, not for ever at once", () => {
    const world = talkingPair("backup of the server");
    const { alice, settle, server } = world;
    settle();
    const log = [...server.logs.values()][0];
    const device = Buffer.from(alice.device.id).toString("hex");
    log?.sequences.set(device, 0);
    alice.say("hello?");
    const before = alice.asks.length;
    settle(10_000);
    expect(alice.asks.length - before).toBeLessThan(40);
    expect(alice.texts()).toContain("hello?");
  });

  test("[C24] a turn that is said to have passed, and has not, is not sealed for again at once", () => {
    const world = talkingPair("stale");
    const { alice, bob, settle } = world;
    settle();
    const { letGo } = stubborn(world);
    const before = alice.asks.length;
    alice.say("again");
    settle(10_000);
    const appends = alice.asks.slice(before).filter(({ type }) => type === "append");
    expect(appends.length).toBeGreaterThan(1);
    expect(appends.length).toBeLessThan(10);
    letGo();
    settle(20_000);
    expect(bob.texts()).toContain("again");
  });

  const shownAs =
    (kind: Row["kind"], as: Row["kind"]) =>
    (sent: Push): Push =>
      sent.type === "rowPush" && sent.row.kind === kind ? { ...sent, row: { ...sent.row, kind: as } } : sent;

  test("[C30] a message shown once as a commit is told on, and ends no sending", () => {
    const world = talkingPair("as a commit");
    const { alice, bob, settle } = world;
    settle();
    alice.wire.rewritePush = shownAs("application", "commit");
    bob.say("bent on the way");
    settle();
    alice.wire.rewritePush = (sent) => sent;
    alice.say("still here");
    settle(20_000);
    expect(alarmsOf(alice)).toContain("serverOrder");
    expect(alice.conversation().turn).toBe(bob.conversation().turn);
    expect(bob.texts()).toContain("still here");
  });

  test("[C22] [C30] our own commit, shown to us alone as a message, ends no sending", () => {
    const world = talkingPair("as a message");
    const { alice, bob, settle } = world;
    settle();
    alice.wire.rewritePush = shownAs("commit", "application");
    alice.act((p, c, state) => conversations.tick(p, c, { ...state, renewAt: 0 }));
    settle();
    alice.wire.rewritePush = (sent) => sent;
    bob.say("are you there?");
    settle(20_000);
    alice.say("still here");
    settle(20_000);
    expect(alarmsOf(alice)).toContain("serverOrder");
    expect(bob.texts()).toContain("still here");
    expect(alice.conversation().turn).toBe(bob.conversation().turn);
  });

  test("[C30] a turn that no log can have is not believed, and sending goes on when the lie ends", () => {
    const world = talkingPair("no such turn");
    const { alice, bob, settle } = world;
    settle();
    const { position } = alice.conversation();
    alice.wire.rewriteReply = (reply, request) =>
      request.type === "append" ? { type: "staleTurn", turn: Number.MAX_SAFE_INTEGER, position } : reply;
    alice.say("for later");
    settle(10_000);
    alice.wire.rewriteReply = (reply) => reply;
    settle(20_000);
    expect(bob.texts()).toContain("for later");
  });

  test("[C24] a wait of no time and a wait of for ever both end within bounds", () => {
    for (const retryAfterMs of [0, Number.MAX_SAFE_INTEGER]) {
      const world = talkingPair(`wait ${retryAfterMs}`);
      const { alice, bob, settle } = world;
      settle();
      const lie: Reply = { type: "slowDown", retryAfterMs, puzzle: null };
      const { letGo } = stubborn(world);
      alice.wire.rewriteReply = (reply, request) => (request.type === "append" || request.type === "fetchRows" ? lie : reply);
      const before = alice.asks.length;
      alice.say("patience");
      settle(10_000);
      expect(alice.asks.length - before).toBeLessThan(40);
      alice.wire.rewriteReply = (reply) => reply;
      letGo();
      settle(700_000);
      expect(bob.texts()).toContain("patience");
    }
  });

  test("[C11] a server cannot take a conversation away by saying that there is another", () => {
    const world = talkingPair("exists");
    const { alice, bob, settle, random } = world;
    settle();
    const { letGo } = stubborn(world);
    alice.wire.rewriteReply = (reply, request) => (request.type === "append" ? { type: "exists", log: random.bytes(16) } : reply);
    alice.say("mine");
    settle(5000);
    expect(alice.conversation().ended).toBe(false);
    expect(alice.happenings.filter(({ type }) => type === "foundElsewhere")).toEqual([]);
    alice.wire.rewriteReply = (reply) => reply;
    letGo();
    settle(20_000);
    expect(bob.texts()).toContain("mine");
  });

  test("[C22] a commit of ours that stands in the log as something else is skipped by us as by the others", () => {
    const world = talkingPair("relabelled commit");
    const { alice, bob, settle } = world;
    const relabel = (row: Row): Row => (row.kind === "commit" && row.position > 1 ? { ...row, kind: "application" } : row);
    for (const one of [alice, bob]) {
      one.wire.rewritePush = (told) => (told.type === "rowPush" ? { ...told, row: relabel(told.row) } : told);
      one.wire.rewriteReply = (reply) => (reply.type === "rows" ? { ...reply, rows: reply.rows.map(relabel) } : reply);
    }
    for (let i = 0; i < 110; i++) alice.say(`a${i}`);
    settle(3000);
    const epochs = [alice, bob].map((one) => one.engine().state(one.conversation().id)?.epoch);
    expect(epochs[0]).toBe(epochs[1]);
    expect(alarmsOf(alice)).toContain("serverOrder");
  });

  test("[C22] a message of ours that was stored for another turn was read by nobody: it is told on and goes out again", () => {
    const world = talkingPair("other turn");
    const { alice, bob, settle, server } = world;
    settle();
    // Bob renews his keys; then the server takes a message of Alice's that she sealed before, as if the turn were still hers.
    const log = [...server.logs.values()][0];
    let held: Extract<Request, { readonly type: "append" }> | undefined;
    alice.wire.cut = (request, phase) => {
      if (request.type === "append" && request.kind === "application" && phase === "request" && !held) {
        held = request;
        return true;
      }
      return false;
    };
    alice.say("late");
    for (let i = 0; i < 110; i++) bob.say(`b${i}`);
    alice.wire.latency = () => 3000;
    world.time.pass(2000);
    expect(held).toBeDefined();
    if (!held || !log) return;
    const { turn } = log;
    expect(turn).toBeGreaterThan(held.turn);
    log.rows.push({
      position: log.rows.length + 1,
      turn,
      time: world.time.now(),
      kind: "application",
      device: alice.device.id,
      sequence: held.sequence,
      body: held.body,
    });
    log.sequences.set(Buffer.from(alice.device.id).toString("hex"), held.sequence);
    alice.wire.latency = () => 20;
    settle(60_000);
    expect(bob.texts().filter((text) => text === "late")).toHaveLength(1);
    expect(alice.texts().filter((text) => text === "late")).toHaveLength(1);
    expect(alarmsOf(alice)).toContain("serverOrder");
  });

  test("[C20] [C23] D06 a message that the server acknowledged and does not show: told within ten seconds", () => {
    const world = talkingPair("acknowledged");
    const { alice, settle } = world;
    settle();
    const { position, turn } = alice.conversation();
    alice.wire.rewritePush = () => null;
    alice.wire.rewriteReply = (reply, request) => {
      if (request.type === "append") return { type: "appended", position: position + 1, time: world.time.now() };
      return request.type === "fetchRows" ? { type: "rows", rows: [], head: position, turn } : reply;
    };
    alice.say("into the void");
    settle(12_000);
    expect(alarmsOf(alice)).toContain("gap");
  });

  test("[C23] a message said to stand where another row stands is told on and goes out again", () => {
    const world = talkingPair("denied");
    const { alice, bob, settle } = world;
    settle();
    const { letGo, isStubborn } = stubborn(world);
    alice.wire.rewriteReply = (reply, request) => {
      if (request.type !== "append" || !isStubborn()) return reply;
      letGo();
      return { type: "appended", position: 1, time: world.time.now() };
    };
    alice.say("where am I?");
    settle(20_000);
    expect(bob.texts()).toEqual(["where am I?"]);
    expect(alice.texts()).toEqual(["where am I?"]);
    expect(alarmsOf(alice)).toContain("serverOrder");
    expect(viewOf(alice)).toEqual(viewOf(bob));
  });

  test("[C19] D06 old heads, kept back or played to a client that starts anew, confirm nothing", () => {
    const world = talkingPair("old heads");
    const { alice, bob, settle, time } = world;
    [alice, bob].forEach(watch);
    settle(1000);
    const kept: Uint8Array[] = [];
    bob.wire.rewritePush = (told) => {
      if (told.type === "transientPush") kept.push(told.body);
      return told;
    };
    settle(200_000);
    expect(fresh(bob, world)).toBe("confirmed");
    expect(kept.length).toBeGreaterThan(5);
    // From now on the server gives Bob nothing of Alice's but what she said before.
    bob.restart();
    bob.wire.rewritePush = () => null;
    bob.goOnline();
    watch(bob);
    for (const body of kept) {
      bob.act((p, c, state) => conversations.whispered(p, c, state, body));
      expect(fresh(bob, world)).not.toBe("confirmed");
      settle(5000);
    }
    time.pass(60_000);
    expect(fresh(bob, world)).toBe("notConfirmed");
    expect(alarmsOf(bob)).not.toContain("fork");
  });

  test("[C20] a lost connection is no withheld row: the ten seconds run only while rows can come", () => {
    const world = talkingPair("tunnel");
    const { alice, bob, settle } = world;
    [alice, bob].forEach(watch);
    settle(31_000);
    bob.wire.rewritePush = (told) => (told.type === "rowPush" ? null : told);
    bob.wire.rewriteReply = (reply, request) =>
      request.type === "fetchRows" ? { type: "slowDown", retryAfterMs: 60_000, puzzle: null } : reply;
    alice.say("soon");
    settle(31_000 - 26_000);
    const head = {
      type: "head",
      position: alice.conversation().position,
      hash: alice.conversation().hash,
      turn: 1,
      echo: null,
    } as const;
    alice.act((p, c, state) => conversations.whisper(p, c, state, head));
    settle(1000);
    bob.goOffline();
    settle(120_000);
    expect(alarmsOf(bob)).toEqual([]);
    bob.wire.rewritePush = (told) => told;
    bob.wire.rewriteReply = (reply) => reply;
    bob.goOnline();
    settle(5000);
    expect(bob.texts()).toContain("soon");
    expect(alarmsOf(bob)).toEqual([]);
  });
});

describe("a founding that came too late", () => {
  test("[C11] what was written in it, and the draft, go on in the conversation there is", () => {
    const { alice, bob, settle, random } = talkingPair("inherit");
    settle();
    const content = textContent(random.bytes(16), "from before");
    const gone: conversations.Conversation = {
      ...alice.conversation(),
      id: random.bytes(16),
      draft: "half a sent",
      outbox: [
        {
          id: random.bytes(16),
          kind: "content",
          content,
          first: 0,
          queuedAt: alice.conversation().live.fetchNotBefore,
          state: { at: "queued" },
        },
      ],
    };
    alice.act((p, c, state) => conversations.inherit(p, c, state, gone));
    settle();
    expect(bob.texts()).toEqual(["from before"]);
    expect(alice.conversation().draft).toBe("half a sent");
  });
});

describe("doubt", () => {
  test("[C25] D03 a commit that failed for us alone holds our sending back for half a minute, and no longer", () => {
    const world = talkingPair("doubt");
    const { bob, time, settle } = world;
    settle();
    let doubt: "pathFailed" | undefined = "pathFailed";
    const carriedOn: number[] = [];
    const started = time.now();
    const look = (): void =>
      bob.act((powers, context, state) => {
        const { engine } = powers;
        const doubtful = (id: Uint8Array): ReturnType<typeof engine.state> => {
          const present = engine.state(id);
          return present && { ...present, doubt };
        };
        const carryOn = (): void => {
          doubt = undefined;
          carriedOn.push(time.now() - started);
        };
        return conversations.tick({ ...powers, engine: { ...engine, state: doubtful, carryOn } }, context, state);
      });
    for (let i = 0; i < 60; i++) {
      look();
      time.pass(1000);
    }
    expect(carriedOn).toHaveLength(1);
    expect(carriedOn[0]).toBeGreaterThanOrEqual(30_000);
    expect(carriedOn[0]).toBeLessThan(32_000);
  });

  /** The device has lost its keys, and comes back to join again. */
  const withoutKeys = ({ bob }: World): void => {
    const damaged = bob.disk().clone();
    damaged.write(
      [],
      damaged.engineRows().map(({ key }) => ({ key, value: undefined })),
    );
    bob.restart(damaged);
  };

  test("[C4] [C24] our joining again, shown as another's doing, brings us in all the same, and nothing is asked for ever", () => {
    const world = talkingPair("joining relabelled");
    const { alice, bob, settle } = world;
    withoutKeys(world);
    bob.wire.rewritePush = (sent) =>
      sent.type === "rowPush" && sent.row.kind === "externalCommit"
        ? { ...sent, row: { ...sent.row, device: alice.device.id } }
        : sent;
    const before = bob.asks.length;
    bob.goOnline();
    settle(60_000);
    expect(bob.asks.length - before).toBeLessThan(40);
    expect(alarmsOf(bob)).toContain("relabelled");
    bob.wire.rewritePush = (sent) => sent;
    bob.say("here again");
    alice.say("welcome");
    settle(30_000);
    expect(alice.texts()).toContain("here again");
    expect(bob.texts()).toContain("welcome");
  });

  test("[C24] our joining again, said to stand where something else does, is done anew after a pause", () => {
    const world = talkingPair("joining misplaced");
    const { alice, bob, settle } = world;
    withoutKeys(world);
    let isLying = true;
    bob.wire.rewriteReply = (reply, request) =>
      isLying && request.type === "append" && reply.type === "appended" ? { ...reply, position: 1 } : reply;
    bob.wire.rewritePush = (sent) => (isLying && sent.type === "rowPush" ? null : sent);
    const before = bob.asks.length;
    bob.goOnline();
    settle(60_000);
    expect(bob.asks.length - before).toBeLessThan(60);
    isLying = false;
    alice.say("where are you?");
    settle(120_000);
    bob.say("here again");
    settle(60_000);
    expect(alice.texts()).toContain("here again");
  });

  test("[C25] [C7] after joining again, the first message of another that opens destroys the state from before", () => {
    const world = talkingPair("confirm");
    const { alice, bob, settle } = world;
    const backup = bob.disk().clone();
    for (let i = 0; i < 120; i++) {
      alice.say(`a${i}`);
      bob.say(`b${i}`);
      settle(60);
    }
    settle(20_000);
    bob.restart(backup);
    bob.goOnline();
    alice.say("one more");
    settle(120_000);
    alice.say("and one");
    settle(30_000);
    expect(bob.texts()).toContain("and one");
    expect(bob.engine().state(bob.conversation().id)?.unconfirmed).toBe(false);
    expect(bytesEqual(alice.conversation().hash, bob.conversation().hash)).toBe(true);
  });
});
