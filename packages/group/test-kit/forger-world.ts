/** A conversation whose first leaf is a forger on ts-mls, and the question what its honest members make of a row. */
import type { Role, Roster } from "@megachat/wire";
import { toHex } from "@megachat/base";
import { expect } from "vitest";
import type { ConversationState, Opened, Suite } from "../src/index.ts";
import {
  groupRoster,
  newAccount,
  newDevice,
  rosterEntry,
  Seat,
  seededRandom,
  value,
  type Account,
  type TestRandom,
} from "./people.ts";
import { newTsSeat, type TsBuilt, type TsSeat } from "./ts-mls-seat.ts";

export interface World {
  readonly random: TestRandom;
  readonly id: Uint8Array<ArrayBuffer>;
  readonly suite: Suite;
  readonly roster: Roster;
  readonly mallory: Account;
  readonly bob: Account;
  readonly carol: Account;
  /** Leaf 0, of Mallory's account. */
  readonly forger: TsSeat;
  /** Leaf 1, of Bob's account. */
  readonly bobSeat: Seat;
  /** Leaf 2, of Carol's account. */
  readonly carolSeat: Seat;
}
export interface WorldWish {
  readonly role?: Role;
  readonly suite?: Suite;
  readonly adjust?: (roster: Roster) => Roster;
}

let worlds = 0;
export async function newWorld({ role = "member", suite = 2, adjust = (roster) => roster }: WorldWish = {}): Promise<World> {
  const random = seededRandom(`world ${worlds++}`);
  const [mallory, bob, carol] = [newAccount(random, "mallory"), newAccount(random, "bob"), newAccount(random, "carol")];
  const forger = await newTsSeat(newDevice(random, mallory, 5), suite);
  const bobSeat = new Seat(newDevice(random, bob, 5));
  const carolSeat = new Seat(newDevice(random, carol, 5));
  const id = random.bytes(16);
  const entries = [
    rosterEntry(mallory, role, [2, 5], 5),
    rosterEntry(bob, "moderator", [5], 5),
    rosterEntry(carol, "admin", [5], 5),
  ];
  const roster = adjust(groupRoster(random, entries));
  await forger.create(id, roster);
  const first = await forger.commit({ add: [bobSeat.keyPackage(suite), carolSeat.keyPackage(suite)] });
  first.adopt();
  for (const seat of [bobSeat, carolSeat]) {
    value(seat.engine.stageWelcome(first.welcome ?? new Uint8Array(0)));
    seat.engine.adoptWelcome();
    seat.persist();
  }
  return { random, id, suite, roster, mallory, bob, carol, forger, bobSeat, carolSeat };
}

export type RowKindHere = "commit" | "externalCommit" | "application";

const seats = (world: World): readonly Seat[] => [world.bobSeat, world.carolSeat];
const stateOf = (world: World, seat: Seat): ConversationState | undefined => seat.engine.state(world.id);
const rowsOf = (seat: Seat): string =>
  [...seat.disk]
    .map(([key, { value: row }]) => `${key}=${toHex(row)}`)
    .sort()
    .join("\n");

/** Gives the row to all honest members, who must all skip it and be as before. Gives the common outcome. */
export function skippedByAll(world: World, body: Uint8Array, kind: RowKindHere = "commit"): Extract<Opened, { type: "skipped" }> {
  const outcomes = seats(world).map((seat) => {
    const before = { state: stateOf(world, seat), rows: rowsOf(seat) };
    const opened = seat.engine.open(world.id, { kind, body });
    expect(seat.persist(), "rows changed by a row that was skipped").toBe(0);
    expect(stateOf(world, seat)).toEqual(before.state);
    expect(rowsOf(seat)).toBe(before.rows);
    return opened;
  });
  const [first, second] = outcomes;
  expect(first).toEqual(second);
  if (first?.type !== "skipped") throw new Error(`not skipped: ${JSON.stringify(first?.type)}`);
  return first;
}

/** The rule that all honest members name. */
export function brokenRule(world: World, built: TsBuilt | Uint8Array, kind: RowKindHere = "commit"): string {
  const { reason } = skippedByAll(world, built instanceof Uint8Array ? built : built.commit, kind);
  return reason.type === "invalid" ? reason.rule : reason.type === "refusedByMls" ? `mls:${reason.kind}` : reason.type;
}

/** Control: an honest commit is taken by all, and all come to the same epoch. */
export async function takenByAll(
  world: World,
  built: TsBuilt,
  kind: RowKindHere = "commit",
): Promise<Extract<Opened, { type: "committed" }>> {
  const outcomes = seats(world).map((seat) => {
    const opened = seat.engine.open(world.id, { kind, body: built.commit });
    seat.persist();
    return opened;
  });
  const [first] = outcomes;
  for (const outcome of outcomes) expect(outcome).toMatchObject({ type: "committed" });
  if (first?.type !== "committed") throw new Error("not taken");
  built.adopt();
  agree(world);
  return first;
}

/** All honest members, and the forger, are in one epoch with one authenticator. */
export function agree(world: World, forger: TsSeat = world.forger): void {
  for (const seat of seats(world)) expect(stateOf(world, seat)?.authenticator).toEqual(forger.authenticator());
}

/** Control after a forgery: the conversation lives on. */
export async function livesOn(world: World): Promise<void> {
  await takenByAll(world, await world.forger.commit({}));
  const body = await world.forger.seal(Uint8Array.of(1));
  for (const seat of seats(world)) expect(seat.engine.open(world.id, { kind: "application", body }).type).toBe("message");
}
