/**
 * The life of a group, at random: members on our engine, on ts-mls, or half and half, who must always agree.
 *
 * What happens next is the kind of step that the present state has seen least, so that few lives meet every kind in every
 * state; the rest is drawn from the seed.
 */
import { compareBytes, toHex } from "@megachat/base";
import type { Roster, RowKind } from "@megachat/wire";
import type { Suite } from "../src/index.ts";
import {
  groupRoster,
  newAccount,
  newDevice,
  NOW,
  rosterEntry,
  Seat,
  seededRandom,
  value,
  type Account,
  type TestDevice,
  type TestRandom,
} from "./people.ts";
import { newTsSeat, type TsSeat } from "./ts-mls-seat.ts";

export const stepKinds = ["say", "update", "add", "join", "resync", "remove", "cutOff", "race", "drop", "crash", "junk"] as const;
export type StepKind = (typeof stepKinds)[number];
/** What brought the present epoch about. */
export const lifeStates = ["founded", "updated", "added", "joined", "resynced", "removed", "cut"] as const;
export type LifeState = (typeof lifeStates)[number];
export type Table = Map<string, number>;

type Person = { readonly kind: "engine"; readonly seat: Seat } | { readonly kind: "ts"; readonly seat: TsSeat };
interface Row {
  readonly kind: RowKind;
  readonly body: Uint8Array;
}
export interface LifeWish {
  readonly suite: Suite;
  /** Of ten new devices, how many speak through ts-mls. */
  readonly foreign: number;
  readonly seed: string;
  readonly steps: number;
  readonly table: Table;
}

/** Lives a life; throws at the first disagreement. Gives the number of epochs. */
export async function live({ suite, foreign, seed, steps, table }: LifeWish): Promise<number> {
  const random = seededRandom(seed);
  const life = await found(random, suite, foreign);
  for (let i = 0; i < steps; i++) {
    const state = life.state;
    const rank = (kind: StepKind): number => table.get(`${kind} ${state}`) ?? 0;
    const open = stepKinds.filter((kind) => possible(life, kind));
    const least = Math.min(...open.map(rank));
    // Every third step is drawn freely: a life that only fills tables would be too orderly. But each is founded once.
    const free = state !== "founded" && random.below(3) === 0;
    const kind = random.oneOf(free ? open : open.filter((each) => rank(each) === least));
    table.set(`${kind} ${state}`, rank(kind) + 1);
    try {
      await take(life, kind);
      await agree(life);
      await say(life);
    } catch (fault) {
      throw new Error(`seed "${seed}", step ${i}, ${kind} when ${state}`, { cause: fault });
    }
  }
  const epochs = epochOf(life);
  for (const person of life.people) if (person.kind === "engine") person.seat.engine.dispose();
  return epochs;
}

interface Life {
  readonly random: TestRandom;
  readonly suite: Suite;
  readonly foreign: number;
  readonly id: Uint8Array<ArrayBuffer>;
  readonly accounts: readonly Account[];
  people: Person[];
  roster: Roster;
  serial: number;
  state: LifeState;
  /** Rows that were taken by all, for making junk of. */
  readonly rows: Row[];
}

async function found(random: TestRandom, suite: Suite, foreign: number): Promise<Life> {
  const accounts = ["a", "b", "c"].map((name) => newAccount(random, name));
  const life: Life = {
    random,
    suite,
    foreign,
    id: random.bytes(16),
    accounts,
    people: [],
    roster: groupRoster(
      random,
      accounts.map((account) => rosterEntry(account, "admin")),
    ),
    serial: 1,
    state: "founded",
    rows: [],
  };
  const [first, ...others] = await Promise.all(accounts.map((account) => newPerson(life, account)));
  if (!first) throw new Error("nobody");
  const invited = await Promise.all(others.map((person) => invite(life, person)));
  const keyPackages = invited.map(({ bytes }) => bytes);
  let welcome: Uint8Array | undefined;
  if (first.kind === "engine") {
    const wanted = { conversation: life.id, suite, roster: life.roster, keyPackages, now: NOW };
    const pending = value(first.seat.engine.createConversation(wanted));
    value(first.seat.engine.adoptPending(life.id));
    first.seat.persist();
    welcome = pending.welcome;
  } else {
    await first.seat.create(life.id, life.roster);
    const built = await first.seat.commit({ add: keyPackages });
    built.adopt();
    welcome = built.welcome;
  }
  for (const { join } of invited) await join(welcome);
  life.people = [first, ...others];
  return life;
}

async function newPerson(life: Life, account: Account | undefined): Promise<Person> {
  if (!account) throw new Error("no account");
  const device = newDevice(life.random, account, life.serial++);
  return life.random.below(10) < life.foreign
    ? { kind: "ts", seat: await newTsSeat(device, life.suite) }
    : { kind: "engine", seat: new Seat(device) };
}

const deviceOf = (person: Person): TestDevice => person.seat.device;

async function invite(
  life: Life,
  person: Person,
): Promise<{ readonly bytes: Uint8Array; readonly join: (welcome: Uint8Array | undefined) => Promise<void> }> {
  if (person.kind === "engine") {
    const join = async (welcome: Uint8Array | undefined): Promise<void> => {
      value(person.seat.engine.stageWelcome(welcome ?? new Uint8Array(0)));
      person.seat.engine.adoptWelcome();
      person.seat.persist();
    };
    return { bytes: person.seat.keyPackage(life.suite, life.random.below(2) === 0), join };
  }
  const keyPackage = await person.seat.keyPackage();
  return { bytes: keyPackage.bytes, join: (welcome) => person.seat.join(welcome ?? new Uint8Array(0), keyPackage) };
}

function possible(life: Life, kind: StepKind): boolean {
  const size = life.people.length;
  if (kind === "add" || kind === "join") return size < 7;
  if (kind === "remove" || kind === "cutOff") return size > 2;
  return true;
}

// —— Commits, by either kind of member ——————————————————————————————————————————————————————————————————————

interface Wish {
  readonly add?: readonly Uint8Array[];
  readonly remove?: readonly Person[];
  readonly roster?: Roster;
}
interface Ready {
  readonly row: Row;
  readonly welcome: Uint8Array | undefined;
  /** The server took it. */
  readonly adopt: () => void;
  /** It did not. */
  readonly drop: () => void;
}

async function build(life: Life, by: Person, { add = [], remove = [], roster }: Wish): Promise<Ready> {
  const leaves = remove.map((person) => leafOf(life, person));
  const more = { add, remove: leaves, ...(roster ? { roster } : {}) };
  if (by.kind === "ts") {
    const built = await by.seat.commit(more);
    return { row: { kind: "commit", body: built.commit }, welcome: built.welcome, adopt: built.adopt, drop: () => {} };
  }
  const pending = value(by.seat.engine.commitChange(life.id, { ...more, now: NOW }));
  by.seat.persist();
  return {
    row: { kind: "commit", body: pending.commit },
    welcome: pending.welcome,
    // Its own row comes back like everyone else's.
    adopt: () => {
      const opened = by.seat.engine.open(life.id, { kind: "commit", body: pending.commit });
      if (opened.type !== "committed" || !opened.own) throw new Error(`own commit: ${opened.type}`);
      by.seat.persist();
    },
    drop: () => {
      by.seat.engine.dropPending(life.id);
      by.seat.persist();
    },
  };
}

async function deliver(life: Life, by: Person | undefined, row: Row, gone: readonly Person[] = []): Promise<void> {
  for (const person of life.people) {
    if (person === by) continue;
    if (person.kind === "ts") {
      const opened = await person.seat.open(row.body);
      const removed = opened.type === "committed" && opened.removed;
      if (removed !== gone.includes(person)) throw new Error("ts-mls: another opinion on who was removed");
      continue;
    }
    const opened = person.seat.engine.open(life.id, row);
    person.seat.persist();
    const wanted = gone.includes(person) ? "removed" : "committed";
    if (opened.type !== wanted) throw new Error(`${JSON.stringify(opened)} instead of ${wanted}`);
  }
  life.people = life.people.filter((person) => !gone.includes(person));
  life.rows.push(row);
}

async function commit(life: Life, wish: Wish, state: LifeState): Promise<Ready> {
  const by = life.random.oneOf(life.people.filter((person) => !wish.remove?.includes(person)));
  const ready = await build(life, by, wish);
  ready.adopt();
  await deliver(life, by, ready.row, wish.remove);
  life.state = state;
  if (wish.roster) life.roster = wish.roster;
  for (const person of wish.remove ?? []) await cannotRead(life, person);
  return ready;
}

/** Whoever was removed opens nothing of what comes after. */
async function cannotRead(life: Life, person: Person): Promise<void> {
  const by = life.random.oneOf(life.people);
  const body = await sealed(life, by);
  for (const other of life.people) if (other !== by) await expectRead(life, other, by, body);
  comesBack(life, by, body);
  if (person.kind === "engine") {
    const opened = person.seat.engine.open(life.id, { kind: "application", body });
    if (opened.type === "message") throw new Error("a removed member reads on");
    person.seat.engine.forget(life.id);
    person.seat.engine.dispose();
    return;
  }
  const read = await person.seat.open(body).then(
    () => true,
    () => false,
  );
  if (read) throw new Error("a removed member reads on, says ts-mls");
}

async function take(life: Life, kind: StepKind): Promise<void> {
  const { random } = life;
  switch (kind) {
    case "say":
      for (let i = 0; i < 3; i++) await say(life);
      return;
    case "update":
      await commit(life, {}, "updated");
      return;
    case "add": {
      const newcomers = [await newPerson(life, random.oneOf(life.accounts))];
      if (random.below(2) === 0) newcomers.push(await newPerson(life, random.oneOf(life.accounts)));
      const invited = await Promise.all(newcomers.map((person) => invite(life, person)));
      const { welcome } = await commit(life, { add: invited.map(({ bytes }) => bytes) }, "added");
      for (const { join } of invited) await join(welcome);
      life.people.push(...newcomers);
      return;
    }
    case "join":
      return joinBy(life, await newPerson(life, random.oneOf(life.accounts)), false);
    case "resync":
      return joinBy(life, random.oneOf(life.people), true);
    case "remove": {
      const gone = random.oneOf(life.people);
      await commit(life, { remove: [gone] }, "removed");
      return;
    }
    case "cutOff":
      return cutOff(life);
    case "race":
      return race(life);
    case "drop": {
      const ready = await build(life, random.oneOf(life.people), {});
      ready.drop();
      return;
    }
    case "crash":
      for (const person of life.people) {
        if (person.kind === "engine") person.seat.crash();
        else person.seat.reload();
      }
      return;
    case "junk":
      return junk(life);
  }
}

/** An account takes one of its own serials off the roster, and the leaf with it. */
async function cutOff(life: Life): Promise<void> {
  const gone = life.random.oneOf(life.people);
  const account = deviceOf(gone).account;
  const hands = life.people.filter((person) => person !== gone && deviceOf(person).account === account);
  const entry = life.roster.accounts.find((each) => compareBytes(each.account, account.id) === 0);
  if (!entry) throw new Error("no entry");
  const top = Math.max(
    entry.top,
    ...life.people.filter((person) => deviceOf(person).account === account).map((person) => deviceOf(person).serial),
  );
  const standing = hands.map((person) => deviceOf(person).serial).sort((a, b) => a - b);
  const roster = {
    ...life.roster,
    accounts: life.roster.accounts.map((each) => (each === entry ? { ...each, top, standing } : each)),
  };
  const by = hands[0];
  // Nobody of the account is left to narrow its entry: then only the leaf goes.
  if (!by) {
    await commit(life, { remove: [gone] }, "cut");
    return;
  }
  const ready = await build(life, by, { remove: [gone], roster });
  ready.adopt();
  await deliver(life, by, ready.row, [gone]);
  life.roster = roster;
  life.state = "cut";
  await cannotRead(life, gone);
}

async function joinBy(life: Life, person: Person, again: boolean): Promise<void> {
  const helper = life.random.oneOf(life.people);
  const groupInfo = helper.kind === "engine" ? value(helper.seat.engine.groupInfo(life.id)) : await helper.seat.groupInfo();
  let row: Row;
  let adopt: () => void;
  if (person.kind === "engine") {
    const pending = value(person.seat.engine.externalCommit({ conversation: life.id, groupInfo, floor: 0, now: NOW }));
    person.seat.persist();
    row = { kind: "externalCommit", body: pending.commit };
    adopt = () => {
      value(person.seat.engine.adoptPending(life.id));
      person.seat.engine.confirmResync(life.id);
      person.seat.persist();
    };
  } else {
    const built = await person.seat.external(groupInfo, again ? { replace: person.seat.device.id } : {});
    row = { kind: "externalCommit", body: built.commit };
    adopt = built.adopt;
  }
  await deliver(life, person, row);
  adopt();
  if (!again) life.people.push(person);
  life.state = again ? "resynced" : "joined";
}

/** Two commits on one epoch: the server takes one, whose author does not matter. */
async function race(life: Life): Promise<void> {
  const [one, two] = [life.random.oneOf(life.people), life.random.oneOf(life.people)];
  const first = await build(life, one, {});
  if (one === two) {
    first.drop();
    return;
  }
  await build(life, two, {});
  first.adopt();
  await deliver(life, one, first.row);
  life.state = "updated";
}

/** Rows that were taken once, and rows with a bit turned over: nobody minds. */
async function junk(life: Life): Promise<void> {
  const fresh = await sealed(life, life.random.oneOf(life.people));
  const candidates: Row[] = [...life.rows.slice(-4), { kind: "application", body: fresh }];
  for (const { kind, body } of candidates) {
    const turned = Uint8Array.from(body);
    const at = life.random.below(turned.length);
    turned[at] = (turned[at] ?? 0) ^ (1 << life.random.below(8));
    for (const person of life.people) {
      if (person.kind !== "engine") continue;
      const before = toHex(person.seat.engine.state(life.id)?.authenticator ?? new Uint8Array(0));
      const opened = person.seat.engine.open(life.id, { kind, body: turned });
      if (opened.type !== "skipped" && opened.type !== "failed") throw new Error(`junk was ${opened.type}`);
      if (person.seat.persist() !== 0) throw new Error("junk changed rows");
      if (toHex(person.seat.engine.state(life.id)?.authenticator ?? new Uint8Array(0)) !== before)
        throw new Error("junk changed the epoch");
    }
  }
}

// —— Talking and agreeing ———————————————————————————————————————————————————————————————————————————————————

async function sealed(life: Life, by: Person): Promise<Uint8Array> {
  if (by.kind === "ts") return by.seat.seal(deviceOf(by).id, Uint8Array.of(1));
  const { body } = value(by.seat.engine.seal(life.id, deviceOf(by).id, Uint8Array.of(1)));
  by.seat.persist();
  return body;
}

async function say(life: Life): Promise<void> {
  const by = life.random.oneOf(life.people);
  const body = await sealed(life, by);
  for (const person of life.people) if (person !== by) await expectRead(life, person, by, body);
  comesBack(life, by, body);
}

/** The server gives everyone their own rows back, too. */
function comesBack(life: Life, by: Person, body: Uint8Array): void {
  if (by.kind !== "engine") return;
  const opened = by.seat.engine.open(life.id, { kind: "application", body });
  if (opened.type !== "ownRow") throw new Error("own row not known");
  by.seat.persist();
}

async function expectRead(life: Life, person: Person, by: Person, body: Uint8Array): Promise<void> {
  const wanted = toHex(deviceOf(by).id);
  if (person.kind === "ts") {
    const opened = await person.seat.open(body);
    if (opened.type !== "message" || toHex(opened.plaintext) !== wanted || opened.leaf !== leafOf(life, by))
      throw new Error("ts-mls reads otherwise");
    return;
  }
  const opened = person.seat.engine.open(life.id, { kind: "application", body });
  person.seat.persist();
  if (opened.type !== "message" || toHex(opened.plaintext) !== wanted || toHex(opened.sender.certificate.device) !== wanted) {
    throw new Error(`reads otherwise: ${JSON.stringify(opened)}`);
  }
}

const leafOf = (life: Life, person: Person): number =>
  person.kind === "ts" ? person.seat.leaf() : (person.seat.engine.state(life.id)?.ownLeaf ?? -1);
const epochOf = (life: Life): number => {
  const [person] = life.people;
  return person?.kind === "ts" ? person.seat.epoch() : (person?.seat.engine.state(life.id)?.epoch ?? 0);
};

async function agree(life: Life): Promise<void> {
  const context = Uint8Array.of(2);
  const opinions = await Promise.all(
    life.people.map(async (person) => {
      if (person.kind === "ts") {
        const exported = await person.seat.exportSecret("megachat/call/v1", context, 32);
        return `${person.seat.epoch()} ${toHex(person.seat.authenticator())} ${toHex(exported)}`;
      }
      const state = person.seat.engine.state(life.id);
      if (!state || state.members.length !== life.people.length || state.pending) throw new Error("another view of the members");
      const exported = value(
        person.seat.engine.exportSecret({ conversation: life.id, label: "megachat/call/v1", context, length: 32 }),
      );
      return `${state.epoch} ${toHex(state.authenticator)} ${toHex(exported)}`;
    }),
  );
  if (new Set(opinions).size !== 1) throw new Error(`no agreement:\n${opinions.join("\n")}`);
}
