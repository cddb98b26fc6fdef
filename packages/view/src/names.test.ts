import { instant } from "@megachat/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { initialsOf, looksOf, mistakableFor, nameOf, visibleName, type AccountRef, type Contact } from "./index.ts";

const named = (account: string, displayName: string | null, handle = account): Contact => ({
  account: account as AccountRef,
  handle,
  displayName,
  hue: 0,
  shortCode: "0000 0000",
  relation: { at: "contact" },
  trust: { at: "unverified", invited: false },
  conversation: null,
  addedAt: instant(0),
});

test("[U11] a name keeps no control that could reorder or hide what follows it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      const shown = visibleName(text);
      expect(shown).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\u200b|\ufeff/u);
      expect(Array.from(shown).length).toBeLessThanOrEqual(80);
      expect(visibleName(shown)).toBe(shown);
    }),
    { numRuns: 2_000 },
  );
  expect(visibleName("ali\u202ece")).toBe("ali ce");
  expect(visibleName("a".repeat(90))).toBe(`${"a".repeat(79)}…`);
});

test("[U11] a name drawn out of marks stays in its line, and living scripts stay whole", () => {
  expect(visibleName(`Z${"\u0351".repeat(500)}algo`)).toBe("Z\u0351\u0351algo");
  for (const whole of ["Nguyễn Thị", "محمد", "עִבְרִית", "मीनाक्षी", "👩‍👩‍👧", "می‌خواهم"])
    expect(visibleName(whole)).toBe(whole.normalize("NFC"));
});

test("[U11] a person without a visible name is called by the handle", () => {
  expect(nameOf({ displayName: "\u200b\u202e \u3164", handle: "bob" })).toBe("bob");
  expect(nameOf({ displayName: " Bob  B. ", handle: "bob" })).toBe("Bob B.");
});

test("[U12] a name that looks like a contact's is told apart", () => {
  const alice = named("1", "Alice", "alice");
  for (const imitation of ["Аlice", "ALICE", "Al\u200bice", "A1ice", "Ａｌｉｃｅ", "Alícе", "𝐀𝐥𝐢𝐜𝐞"]) {
    expect(mistakableFor(named("2", imitation, "other"), [alice]), imitation).toBe(alice);
  }
  expect(mistakableFor(named("2", "Alina", "alina"), [alice])).toBeNull();
  expect(mistakableFor(alice, [alice])).toBeNull();
  expect(looksOf("rn")).toBe(looksOf("m"));
});

test("[U12] initials are letters and never empty", () => {
  expect(initialsOf("Boat weekend")).toBe("BW");
  expect(initialsOf("bob")).toBe("B");
  expect(initialsOf("¿ Ana")).toBe("A");
  expect(initialsOf("🙂")).toBe("?");
  expect(initialsOf("")).toBe("?");
});
