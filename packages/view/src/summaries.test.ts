import { instant } from "@megachat/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { callTrust, dayWord, findIn, inGroups, isHeldBack, utf8Length, whenWas, type CallQuality } from "./index.ts";

const minute = 60_000;
const hour = 60 * minute;

test("[U15] a moment is relative up to a day and a date from then on", () => {
  const now = instant(Date.UTC(2026, 4, 20, 12));
  const yearOf = (at: number): number => new Date(at).getUTCFullYear();
  const ago = (ms: number) => whenWas(instant(now - ms), now, yearOf);
  expect(ago(30_000)).toEqual({ type: "now" });
  expect(ago(-30_000)).toEqual({ type: "now" });
  expect(ago(5 * minute)).toEqual({ type: "minutesAgo", minutes: 5 });
  expect(ago(23 * hour)).toEqual({ type: "hoursAgo", hours: 23 });
  expect(ago(24 * hour).type).toBe("weekday");
  expect(ago(24 * hour * 10).type).toBe("dayOfYear");
  expect(ago(24 * hour * 200).type).toBe("fullDate");
  expect(ago(-5 * hour).type).toBe("dayOfYear");
  expect(dayWord(instant(0), instant(hour), (at) => Math.floor(at / (24 * hour)))).toBe("today");
  expect(dayWord(instant(0), instant(25 * hour), (at) => Math.floor(at / (24 * hour)))).toBe("yesterday");
});

const quality = (framesOpened: number): CallQuality => ({
  path: "direct",
  roundTrip: null,
  loss: null,
  bitsIn: null,
  bitsOut: null,
  picture: null,
  framesOpened,
  framesRefused: 0,
  framesSealed: 1,
  setUp: null,
  level: "good",
});

test("[U16] a call is called protected only for frames that opened, and verified only for compared keys", () => {
  const verified = { trust: { at: "verified", on: instant(0) } } as const;
  const plain = { trust: { at: "unverified", invited: true } } as const;
  const changed = { trust: { at: "changed", on: instant(0), wasVerified: false } } as const;
  expect(callTrust({ quality: null }, verified)).toBe("notMeasured");
  expect(callTrust({ quality: quality(0) }, verified)).toBe("notMeasured");
  expect(callTrust({ quality: quality(9) }, verified)).toBe("sealedVerified");
  expect(callTrust({ quality: quality(9) }, plain)).toBe("sealed");
  expect(callTrust({ quality: quality(9) }, changed)).toBe("keysChanged");
});

test("[U5] a changed key holds sending back after a verified one only", () => {
  expect(isHeldBack({ trust: { at: "changed", on: instant(0), wasVerified: true } })).toBe(true);
  expect(isHeldBack({ trust: { at: "changed", on: instant(0), wasVerified: false } })).toBe(false);
  expect(isHeldBack({ trust: { at: "verified", on: instant(0) } })).toBe(false);
});

test("[U7] a text weighs what it weighs on the wire", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
    }),
  );
});

test("[U17] the finder puts the exact before the prefix before the middle, whatever the accents", () => {
  const people = ["Malika", "Ali", "Élise", "Bo Ali", "Alice"].map((name) => ({ name, also: [name.toLowerCase()] }));
  expect(findIn("ali", people).map((each) => each.name)).toEqual(["Ali", "Alice", "Bo Ali", "Malika"]);
  expect(findIn("elise", people).map((each) => each.name)).toEqual(["Élise"]);
  expect(findIn("", people)).toHaveLength(5);
});

test("[U5] a safety number is read in groups", () => {
  expect(inGroups("123456789", 5)).toEqual(["12345", "6789"]);
  expect(inGroups("", 5)).toEqual([]);
});
