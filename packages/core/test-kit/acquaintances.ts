/**
 * People who meet: accounts and contacts as they really are, a real engine, over a delivery service in memory. Of
 * conversations only the founding and the joining. For tests of the account and contact parts.
 */
import { Secret, silentLog, toHex } from "@megachat/base";
import { identityHash, sha256 } from "@megachat/crypto";
import { createEngine, restoreEngine, type Engine } from "@megachat/group";
import { simDisk, simServer, simTime, type SimDisk, type SimServer, type SimTime } from "@megachat/testing";
import { parseHandle, type InboxItem, type Push, type Reply, type Request } from "@megachat/wire";
import { mls, seededRandom, type TestRandom } from "../../group/test-kit/people.ts";
import { accountRows, accountSpaces, appendEntries, keyPackageUsed, restoreAccount, stepAccount } from "../src/account/index.ts";
import type { AccountState, AccountStep, AccountWish, Fold } from "../src/account/index.ts";
import { makeAccount } from "../src/account/new-account.ts";
import {
  contactRows,
  contactSpaces,
  foldIntoContacts,
  judgeWelcome,
  noContacts,
  restoreContacts,
  stepContacts,
  welcomed,
  type Contact,
  type ContactAnswers,
  type ContactContext,
  type ContactHappening,
  type ContactsState,
  type ContactStep,
  type ContactWish,
  type WelcomeJudgement,
} from "../src/contact/index.ts";
import type { Effect, Input, Powers } from "../src/step.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What the test does to everything between one person and the server. */
export interface Wire {
  /** Null is a connection that breaks instead of the reply. */
  rewriteReply: (reply: Reply, request: Request) => Reply | null;
  rewritePush: (push: Push) => Push | null;
  rewriteRequest: (request: Request) => Request;
}

export interface Person {
  readonly name: string;
  readonly account: Bytes;
  readonly wire: Wire;
  readonly asks: Request[];
  readonly happenings: ContactHappening[];
  readonly judgements: WelcomeJudgement[];
  readonly warnings: string[];
  /** By the other's account. */
  readonly conversations: Map<string, Bytes>;
  readonly own: () => AccountState;
  readonly contacts: () => ContactsState;
  readonly contact: (other: Person) => Contact | undefined;
  readonly engine: () => Engine;
  readonly disk: () => SimDisk;
  /** Everything on the disk, as one text: equal before and after what must change nothing. */
  readonly fingerprint: () => string;
  /** What is asked for, and the answer once all is quiet; undefined while there is none. */
  readonly ask: <W extends ContactWish>(wish: W) => ContactAnswers[W["type"]] | undefined;
  readonly wish: (wish: AccountWish) => unknown;
  readonly give: (input: Input<AccountWish> & Input<ContactWish>) => void;
  readonly goOnline: () => void;
  readonly goOffline: () => void;
  readonly restart: (from?: SimDisk) => void;
  /** A step of the contact part from outside it. */
  readonly actOnContacts: (act: (powers: Powers, state: ContactsState, context: ContactContext) => ContactStep) => void;
  /** Entries of the log, as another part writes them. */
  readonly actOnAccount: (act: (powers: Powers, state: AccountState) => AccountStep) => void;
}

export interface World {
  readonly time: SimTime;
  readonly server: SimServer;
  readonly random: TestRandom;
  readonly newcomer: (name: string) => Person;
  /** Carries out everything that can happen without time passing. */
  readonly settle: () => void;
}

export function newWorld(seed: string): World {
  const time = simTime();
  const server = simServer(time);
  const random = seededRandom(seed);
  const queue: (() => void)[] = [];
  const settle = (): void => {
    for (let steps = 0; ; steps++) {
      const next = queue.shift();
      if (!next) return;
      if (steps > 10_000) throw new Error("it never comes to rest");
      next();
    }
  };
  const world: World = { time, server, random, settle, newcomer: (name) => newPerson(name, world, queue) };
  return world;
}

/** Alice, Bob and Carol, online, strangers to each other. */
export function strangers(seed: string): World & { readonly alice: Person; readonly bob: Person; readonly carol: Person } {
  const world = newWorld(seed);
  const [alice, bob, carol] = [world.newcomer("alice"), world.newcomer("bob"), world.newcomer("carol")];
  for (const person of [alice, bob, carol]) person.goOnline();
  world.settle();
  return { ...world, alice, bob, carol };
}

function newPerson(name: string, world: World, queue: (() => void)[]): Person {
  const { time, server, random } = world;
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
  const { account } = published;
  server.addAccount(
    {
      account,
      handle: name,
      accountRecord: published.accountRecord,
      address: published.address,
      deviceList: published.deviceList,
      certificates: [published.certificate],
      identityHash: identityHash(made.state.self.identityKey),
    },
    published.keyPackages,
    published.lastResort,
  );
  let disk = simDisk();
  disk.write(accountRows(null, made.state), made.engineRows);
  const engineDevice = { certificate: made.state.self.certificate, signatureSeed: made.state.self.signatureSeed };
  let engine = restoreEngine(mls(), engineDevice, disk.engineRows());
  let own: AccountState = { ...made.state, stock: { ...made.state.stock, unpublished: null } };
  disk.write(accountRows(made.state, own), []);
  let contacts = noContacts;
  let connection: ReturnType<SimServer["connect"]> | undefined;
  let life = 0;
  let intents = 0;
  const answers = new Map<string, unknown>();
  const warnings: string[] = [];

  const powers = (): Powers => ({
    engine,
    random,
    log: { ...silentLog, warn: (event, fields) => warnings.push([event, ...Object.values(fields ?? {})].join(" ")) },
  });
  const context = (): ContactContext => ({
    self: own.self,
    profile: own.profile,
    conversationWith: (other) => person.conversations.get(toHex(other)) ?? null,
  });

  function persist(effects: readonly Effect[]): void {
    disk.write(
      effects.filter((effect) => effect.type === "store"),
      engine.takeChanges(),
    );
  }
  function carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === "ask") send(effect.key, effect.request);
      else if (effect.type === "answer") answers.set(effect.intent, effect.result);
      else if (effect.type === "wakeAt") {
        const mine = life;
        time.in(Math.max(1, effect.time - time.now()), () => {
          if (mine === life) person.give({ type: "timeIs" });
          world.settle();
        });
      }
    }
  }
  function send(key: string, asked: Request): void {
    const request = person.wire.rewriteRequest(asked);
    person.asks.push(request);
    const line = connection;
    const mine = life;
    queue.push(() => {
      if (mine !== life) return;
      const reply = line && line === connection ? person.wire.rewriteReply(line.ask(request), request) : null;
      queue.push(() => {
        if (mine !== life) return;
        if (reply && line === connection) return person.give({ type: "reply", key, reply });
        person.give({ type: "unanswered", key });
        person.goOffline();
      });
    });
  }

  function tookAccount(step: AccountStep): readonly Effect[] {
    own = step.state;
    return [...step.effects, ...foldAll(step.folds)];
  }
  function foldAll(folds: readonly Fold[]): readonly Effect[] {
    if (folds.length === 0) return [];
    return tookContacts(foldIntoContacts(powers(), contacts, context(), folds, time.now()));
  }
  function tookContacts(step: ContactStep): readonly Effect[] {
    contacts = step.state;
    person.happenings.push(...step.happenings);
    const appended = step.entries.length > 0 ? tookAccount(appendEntries(powers(), own, step.entries, time.now())) : [];
    for (const found of step.found) {
      const { commit: body, welcome, kind } = found.pending;
      send("test:found", {
        type: "foundConversation",
        log: found.conversation,
        generation: 0,
        turn: 0,
        kind,
        sequence: 1,
        body: Uint8Array.from(body),
        welcome: welcome ? Uint8Array.from(welcome) : null,
        groupInfo: null,
        with: found.with,
        suite: 1,
      });
      person.conversations.set(toHex(found.with), found.conversation);
    }
    return [...step.effects, ...appended, ...step.welcomes.flatMap(takeWelcome)];
  }
  function takeWelcome(item: InboxItem): readonly Effect[] {
    const clear: Effect = { type: "ask", key: "test:clear", request: { type: "clearInbox", item: item.item } };
    const staged = engine.stageWelcome(item.body);
    if (!staged.ok) return [clear];
    const judged = judgeWelcome(contacts, own.self, staged.value);
    person.judgements.push(judged);
    if (judged.type === "refuse") {
      engine.dropWelcome();
      return [clear];
    }
    const state = engine.adoptWelcome();
    person.conversations.set(toHex(judged.account), Uint8Array.from(state.conversation));
    return [
      ...tookContacts(welcomed(powers(), contacts, context(), judged.account, time.now())),
      ...tookAccount(keyPackageUsed(powers(), own, { lastResort: staged.value.lastResort }, time.now())),
      clear,
    ];
  }
  function act(step: () => readonly Effect[]): void {
    const before = [own, contacts] as const;
    const shadow = rowsOf(...before);
    const effects = step();
    if (rowsOf(...before) !== shadow) throw new Error("a step changed the state it was given");
    persist(effects);
    carryOut(effects);
  }

  const person: Person = {
    name,
    account,
    wire: { rewriteReply: (reply) => reply, rewritePush: (push) => push, rewriteRequest: (request) => request },
    asks: [],
    happenings: [],
    judgements: [],
    warnings,
    conversations: new Map(),
    own: () => own,
    contacts: () => contacts,
    contact: (other) => contacts.contacts.get(toHex(other.account)),
    engine: () => engine,
    disk: () => disk,
    fingerprint: () =>
      [...accountSpaces, ...contactSpaces]
        .filter((space) => space !== "keyPackages")
        .flatMap((space) => disk.rows(space).map(({ key, value }) => `${space} ${toHex(key)} ${toHex(value)}`))
        .toSorted()
        .join("\n"),
    ask: (wish) => {
      const intent = `${name}-${++intents}`;
      act(() =>
        tookContacts(
          stepContacts(powers(), contacts, context(), { now: time.now(), input: { type: "intent", intent, from: "tab", wish } }),
        ),
      );
      world.settle();
      // The kind of an answer follows from its wish.
      return answers.get(intent) as ContactAnswers[(typeof wish)["type"]] | undefined;
    },
    wish: (wish) => {
      const intent = `${name}-${++intents}`;
      act(() => tookAccount(stepAccount(powers(), own, { now: time.now(), input: { type: "intent", intent, from: "tab", wish } })));
      world.settle();
      return answers.get(intent);
    },
    give: (input) =>
      act(() => {
        if (input.type === "reply" && input.key === "test:found") {
          const [conversation] = [...person.conversations.values()].slice(-1);
          if (conversation && input.reply.type === "appended") engine.adoptPending(conversation);
          return [];
        }
        const now = time.now();
        return [
          ...tookAccount(stepAccount(powers(), own, { now, input })),
          ...tookContacts(stepContacts(powers(), contacts, context(), { now, input })),
        ];
      }),
    goOnline: () => {
      connection = server.connect(account, published.device, (push) => {
        const mine = life;
        const line = connection;
        queue.push(() => {
          const kept = person.wire.rewritePush(push);
          if (kept && mine === life && line === connection) person.give({ type: "push", push: kept });
        });
      });
      person.give({ type: "link", online: true });
    },
    goOffline: () => {
      if (!connection) return;
      connection.close();
      connection = undefined;
      person.give({ type: "link", online: false });
    },
    restart: (from) => {
      life++;
      connection?.close();
      connection = undefined;
      disk = from ?? disk;
      engine.dispose();
      engine = restoreEngine(mls(), engineDevice, disk.engineRows());
      const rows = [...accountSpaces, ...contactSpaces].flatMap((space) => disk.rows(space).map((row) => ({ space, ...row })));
      const restored = restoreAccount(rows);
      const people = restoreContacts(rows);
      if (!restored || !people) throw new Error("the disk is damaged");
      own = restored;
      contacts = people;
    },
    actOnContacts: (step) => act(() => tookContacts(step(powers(), contacts, context()))),
    actOnAccount: (step) => act(() => tookAccount(step(powers(), own))),
  };

  // What sign-up left at the server: the first row of the account log.
  const first = published.rows[0];
  const line = server.connect(account, published.device, () => {});
  if (first)
    line.ask({
      type: "append",
      log: account,
      generation: 0,
      turn: 0,
      kind: "account",
      sequence: 1,
      body: first,
      welcome: null,
      groupInfo: null,
    });
  line.close();
  return person;
}

const rowsOf = (own: AccountState, contacts: ContactsState): string =>
  [...accountRows(null, own), ...contactRows(noContacts, contacts)]
    .map(({ space, key, value }) => `${space} ${toHex(key)} ${value ? toHex(sha256(value)) : ""}`)
    .join("\n");

/** `one` asks `other` by handle. */
export function asks(one: Person, other: Person, text = "It is me"): void {
  const found = one.ask({ type: "lookUp", handle: other.name });
  if (!found?.ok) throw new Error(`not found: ${JSON.stringify(found)}`);
  const sent = one.ask({ type: "sendRequest", account: other.account, text, invitation: null });
  if (!sent?.ok) throw new Error(`not sent: ${JSON.stringify(sent)}`);
}

/** `one` asks, `other` accepts: afterwards the two are contacts with a conversation. */
export function befriend(one: Person, other: Person): Bytes {
  asks(one, other);
  const accepted = other.ask({ type: "acceptRequest", account: one.account });
  if (!accepted?.ok) throw new Error(`not accepted: ${JSON.stringify(accepted)}`);
  return accepted.value.conversation;
}
