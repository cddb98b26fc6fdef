import { instant } from "@megachat/base";
import { expect, test } from "vitest";
import {
  applyPush,
  emptySnapshot,
  intentNames,
  isIntentName,
  refOf,
  parseRef,
  type AccountRef,
  type Contact,
  type Push,
} from "./index.ts";

const contact = (letter: string): Contact => ({
  account: letter as AccountRef,
  handle: letter,
  displayName: null,
  hue: 0,
  shortCode: "0000 0000",
  relation: { at: "contact" },
  trust: { at: "unverified", invited: false },
  conversation: null,
  addedAt: instant(0),
});

test("[U1] every push survives structured cloning", () => {
  const push: Push = { type: "snapshot", snapshot: { ...emptySnapshot, contacts: new Map([["a" as AccountRef, contact("a")]]) } };
  expect(structuredClone(push)).toEqual(push);
});

test("[U2] an intent's name is one of the interface's, and nothing inherited", () => {
  expect(intentNames.length).toBeGreaterThan(40);
  expect(intentNames.every(isIntentName)).toBe(true);
  for (const other of ["toString", "__proto__", "constructor", "", 3, null]) expect(isIntentName(other)).toBe(false);
});

test("[U3] a ref is read back only if it has a ref's shape", () => {
  const ref = refOf<AccountRef>(new Uint8Array(16).fill(250));
  expect(parseRef(ref)).toBe(ref);
  for (const bad of ["", "a b", "../x", "a/b", "é", "x".repeat(65)]) expect(parseRef(bad)).toBeNull();
});

test("[U10] a push replaces what it names and leaves the rest identical", () => {
  const first = applyPush(emptySnapshot, { type: "contacts", put: [contact("a"), contact("b")], gone: [] });
  const second = applyPush(first, { type: "contacts", put: [{ ...contact("b"), displayName: "Bo" }], gone: ["a" as AccountRef] });
  expect([...second.contacts.keys()]).toEqual(["b"]);
  expect(second.conversations).toBe(first.conversations);
  expect(applyPush(second, { type: "session", session: { at: "starting" } }).contacts).toBe(second.contacts);
  expect(applyPush(second, { type: "accountAlarms", alarms: [] }).contacts).toBe(second.contacts);
  expect(applyPush(second, { type: "notice", notice: { type: "storageLow" } })).toBe(second);
  expect(first.contacts.get("b" as AccountRef)?.displayName).toBeNull();
});
