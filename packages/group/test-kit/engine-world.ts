/** Conversations between engines only: made, joined, and rows given to all. */
import type { Roster, RowKind } from "@megachat/wire";
import { expect } from "vitest";
import type { Opened, Pending, Suite } from "../src/index.ts";
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
  type TestRandom,
} from "./people.ts";

export interface Chat {
  readonly random: TestRandom;
  readonly id: Uint8Array<ArrayBuffer>;
  readonly suite: Suite;
  readonly roster: Roster;
  readonly accounts: readonly Account[];
  readonly seats: readonly Seat[];
}

let chats = 0;
/** A conversation of `size` accounts, one device each, all admins, in epoch 1. */
export function newChat(size = 3, suite: Suite = 2): Chat {
  const random = seededRandom(`chat ${chats++}`);
  const accounts = Array.from({ length: size }, (_, i) => newAccount(random, `account ${i}`));
  const seats = accounts.map((account) => new Seat(newDevice(random, account, 1)));
  const roster = groupRoster(
    random,
    accounts.map((account) => rosterEntry(account, "admin")),
  );
  const id = random.bytes(16);
  const [first, ...others] = seats;
  if (!first) throw new Error("nobody");
  const keyPackages = others.map((seat) => seat.keyPackage(suite));
  const pending = value(first.engine.createConversation({ conversation: id, suite, roster, keyPackages, now: NOW }));
  value(first.engine.adoptPending(id));
  first.persist();
  for (const seat of others) joinBy(seat, pending);
  return { random, id, suite, roster, accounts, seats };
}

export function joinBy(seat: Seat, { welcome }: Pending): void {
  value(seat.engine.stageWelcome(welcome ?? new Uint8Array(0)));
  seat.engine.adoptWelcome();
  seat.persist();
}

export const rowOf = (pending: Pending): { readonly kind: RowKind; readonly body: Uint8Array } => ({
  kind: pending.kind,
  body: pending.commit,
});

/** What each of them makes of a row, written to disk. */
export function giveTo(
  seats: readonly Seat[],
  id: Uint8Array,
  row: { readonly kind: RowKind; readonly body: Uint8Array },
): readonly Opened[] {
  return seats.map((seat) => {
    const opened = seat.engine.open(id, row);
    seat.persist();
    return opened;
  });
}

/** All are in one epoch, with one authenticator, one exporter and one roster. */
export function agree(seats: readonly Seat[], id: Uint8Array): void {
  const [first] = seats.map((seat) => summary(seat, id));
  for (const seat of seats) expect(summary(seat, id)).toEqual(first);
}
function summary(seat: Seat, id: Uint8Array): unknown {
  const state = seat.engine.state(id);
  const exported = seat.engine.exportSecret({ conversation: id, label: "test", context: Uint8Array.of(1), length: 32 });
  return { epoch: state?.epoch, authenticator: state?.authenticator, roster: state?.roster, members: state?.members, exported };
}

/** Everybody says something and everybody reads it. */
export function allTalk(seats: readonly Seat[], id: Uint8Array): void {
  for (const seat of seats) {
    const { body } = value(seat.engine.seal(id, seat.device.id, Uint8Array.of(7)));
    seat.persist();
    for (const [i, opened] of giveTo(seats, id, { kind: "application", body }).entries()) {
      if (seats[i] === seat) expect(opened).toEqual({ type: "ownRow" });
      else
        expect(opened).toMatchObject({
          type: "message",
          plaintext: seat.device.id,
          sender: { certificate: { device: seat.device.id } },
        });
    }
  }
}
