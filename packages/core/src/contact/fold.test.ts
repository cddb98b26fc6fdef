/** The fold: what tightens takes effect, what loosens must name what it loosens, and no order of junk breaks anything. */
import { instant, toHex } from "@megachat/base";
import type { AccountEntry } from "@megachat/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fold } from "../account/state.ts";
import { contactRows, restoreContacts } from "./at-rest.ts";
import { foldContacts } from "./fold.ts";
import { noContacts, type Contact, type ContactsState } from "./state.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const bytes = (length: number, fill: number): Bytes => new Uint8Array(length).fill(fill);
const BOB = bytes(16, 2);
const KEY = bytes(32, 3);
const OTHER = bytes(32, 4);

const contactEntry = (change: Partial<Extract<AccountEntry, { type: "contactEntry" }>> = {}): AccountEntry => ({
  type: "contactEntry",
  account: BOB,
  handle: "bob",
  displayName: "",
  n: 0,
  identityKey: KEY,
  state: "contact",
  via: "handle",
  text: "",
  ...change,
});
const block = (blocked: boolean, loosens: number | null = null): AccountEntry => ({
  type: "blockEntry",
  account: BOB,
  blocked,
  loosens,
});
const verify = (verified: boolean, loosens: number | null, identityKey = KEY): AccountEntry => ({
  type: "verifyEntry",
  account: BOB,
  identityKey,
  n: 0,
  verified,
  loosens,
});
const keyChange = (identityKey = OTHER): AccountEntry => ({ type: "keyChangeEntry", account: BOB, n: 1, identityKey });
const keyAccept = (loosens: number, identityKey = OTHER): AccountEntry => ({
  type: "keyAcceptEntry",
  account: BOB,
  n: 1,
  identityKey,
  loosens,
});

/** The state after rows of another device, at positions 1, 2, 3, …. */
const theirs = (...entries: readonly AccountEntry[]): ContactsState =>
  entries.reduce(
    (state, entry, i) => foldContacts(state, { entry, position: i + 1, time: instant(1000 + i), own: false }),
    noContacts,
  );
const bob = (state: ContactsState): Contact => {
  const contact = state.contacts.get(toHex(BOB));
  if (!contact) throw new Error("nobody");
  return contact;
};

test("[A9, F19] an unblocking counts only if it names the newest block", () => {
  const blocked = [contactEntry(), block(true), block(true)] as const;
  expect(bob(theirs(...blocked)).blockedOn).not.toBeNull();
  for (const wrong of [null, 0, 1, 2, 4, 99]) expect(bob(theirs(...blocked, block(false, wrong))).blockedOn).not.toBeNull();
  expect(bob(theirs(...blocked, block(false, 3))).blockedOn).toBeNull();
  // The same row, stored once more after another block, opens nothing.
  expect(bob(theirs(...blocked, block(false, 3), block(true), block(false, 3))).blockedOn).not.toBeNull();
});

test("[A9, F19] a verification counts only for the pinned key, and only if it names the pin", () => {
  expect(bob(theirs(contactEntry(), verify(true, 1))).verifiedOn).not.toBeNull();
  for (const wrong of [null, 0, 2]) expect(bob(theirs(contactEntry(), verify(true, wrong))).verifiedOn).toBeNull();
  expect(bob(theirs(contactEntry(), verify(true, 1, OTHER))).verifiedOn).toBeNull();
  expect(bob(theirs(contactEntry(), verify(true, 1), verify(false, null))).verifiedOn).toBeNull();
  // While a changed key waits for a decision there is nothing to verify.
  expect(bob(theirs(contactEntry(), keyChange(), verify(true, 1))).verifiedOn).toBeNull();
});

test("[A9, F16, F19] a changed key is taken only if the entry names the change, and takes the mark away", () => {
  const changed = [contactEntry(), verify(true, 1), keyChange()] as const;
  expect(bob(theirs(...changed))).toMatchObject({ identityKey: KEY, changed: { wasVerified: true } });
  for (const wrong of [0, 1, 2, 4]) expect(bob(theirs(...changed, keyAccept(wrong))).identityKey).toEqual(KEY);
  expect(bob(theirs(...changed, keyAccept(3, bytes(32, 9)))).identityKey).toEqual(KEY);
  expect(bob(theirs(...changed, keyAccept(3)))).toMatchObject({
    identityKey: OTHER,
    n: 1,
    changed: null,
    verifiedOn: null,
    at: { pin: 4 },
  });
});

test("[F16, F17] a pin is never replaced by the way: another key in a contact entry is a change to be decided about", () => {
  expect(bob(theirs(contactEntry(), contactEntry({ identityKey: OTHER })))).toMatchObject({
    identityKey: KEY,
    changed: { identityKey: OTHER },
  });
  // Somebody forgotten again, whom nobody ever verified, is met for the first time again.
  const met = [contactEntry({ state: "requestReceived" }), contactEntry({ state: "removed" })] as const;
  expect(bob(theirs(...met))).toMatchObject({ relation: "stranger", identityKey: KEY });
  expect(bob(theirs(...met, contactEntry({ state: "requestReceived", identityKey: OTHER })))).toMatchObject({
    identityKey: OTHER,
    changed: null,
  });
  // Not so one who is blocked: the block is the account's, whatever its key.
  expect(bob(theirs(...met, block(true), contactEntry({ state: "requestReceived", identityKey: OTHER }))).blockedOn).not.toBeNull();
});

test("[F13] a block ends requests that wait, and outlives everything but its own unblocking", () => {
  for (const state of ["requestReceived", "requestSent"] as const) {
    expect(bob(theirs(contactEntry({ state }), block(true)))).toMatchObject({ relation: "stranger" });
  }
  expect(bob(theirs(contactEntry(), block(true), contactEntry({ state: "removed" }), contactEntry())).blockedOn).not.toBeNull();
});

test("[F19] our own loosening, queued before its block has a position, takes effect at once and again when stored", () => {
  const own = (entry: AccountEntry, position: number | null): Fold => ({ entry, position, time: instant(5), own: true });
  let state = theirs(contactEntry());
  state = foldContacts(state, own(block(true), null));
  state = foldContacts(state, own(block(false, 0), null));
  expect(bob(state)).toMatchObject({ blockedOn: null, at: { block: 0 } });
  state = foldContacts(state, own(block(true), 7));
  expect(bob(state)).toMatchObject({ at: { block: 7 } });
  state = foldContacts(state, own(block(false, 7), null));
  expect(bob(state).blockedOn).toBeNull();
});

test("[F8] a link goes from open to used to revoked and never back, and remembers who used it", () => {
  const link = (state: "open" | "used" | "revoked", usedBy: Bytes | null = null): AccountEntry => ({
    type: "invitationEntry",
    id: bytes(16, 9),
    secret: bytes(16, 8),
    expiresAt: 5000,
    state,
    usedBy,
  });
  const state = theirs(
    link("open"),
    link("used", BOB),
    link("used", BOB),
    link("used", bytes(16, 7)),
    link("revoked"),
    link("open"),
    link("used", BOB),
  );
  expect([...state.invitations.values()]).toMatchObject([{ state: "revoked", usedBy: [BOB, bytes(16, 7)] }]);
  // Its secret and its end are those of the first entry.
  const bent: AccountEntry = {
    type: "invitationEntry",
    id: bytes(16, 9),
    secret: bytes(16, 1),
    expiresAt: 9000,
    state: "open",
    usedBy: null,
  };
  expect([...theirs(link("open"), bent).invitations.values()]).toMatchObject([{ secret: bytes(16, 8), expiresAt: 5000 }]);
});

const entries = fc.oneof(
  fc
    .record({ state: fc.constantFrom("contact", "requestSent", "requestReceived", "removed"), key: fc.constantFrom(KEY, OTHER) })
    .map(({ state, key }) => contactEntry({ state: state as "contact", identityKey: key })),
  fc.record({ blocked: fc.boolean(), loosens: fc.option(fc.nat(12)) }).map(({ blocked, loosens }) => block(blocked, loosens)),
  fc.record({ verified: fc.boolean(), loosens: fc.option(fc.nat(12)) }).map(({ verified, loosens }) => verify(verified, loosens)),
  fc.constant(keyChange()),
  fc.nat(12).map((loosens) => keyAccept(loosens)),
);

test("[F17, F19, F20] whatever the log holds, folding it never throws, loosens only by name, and survives the disk", () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 12 }), (log) => {
      let state = noContacts;
      log.forEach((entry, i) => {
        const before = state.contacts.get(toHex(BOB));
        state = foldContacts(state, { entry, position: i + 1, time: instant(i), own: false });
        const now = state.contacts.get(toHex(BOB));
        if (before && before.blockedOn !== null && now?.blockedOn === null)
          expect("loosens" in entry && entry.loosens).toBe(before.at.block);
        if (before?.verifiedOn === null && now && now.verifiedOn !== null)
          expect("loosens" in entry && entry.loosens).toBe(before.at.pin);
        const isRepinned = before && now && before.identityKey !== now.identityKey && before.relation !== "stranger";
        if (isRepinned) expect("loosens" in entry && entry.loosens).toBe(before.at.change);
      });
      const rows = contactRows(noContacts, state).flatMap(({ space, key, value }) => (value ? [{ space, key, value }] : []));
      expect(restoreContacts(rows)?.contacts).toEqual(state.contacts);
    }),
    { numRuns: 500 },
  );
});
