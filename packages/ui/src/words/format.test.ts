import { instant, type Duration } from "@megachat/base";
import { expect, test } from "vitest";
import { en } from "./en.ts";
import { createFormat, localDay } from "./format.ts";
import { isolated } from "./isolated.ts";

const format = createFormat(en, "en");
const at = (...parts: [number, number, number, number, number]) => instant(new Date(...parts).getTime());
const now = at(2026, 4, 20, 14, 40);
const ms = (value: number) => value as Duration;

test("[U15] a running call is counted in minutes and seconds, then in hours", () => {
  expect(format.running(ms(0))).toBe("00:00");
  expect(format.running(ms(252_400))).toBe("04:12");
  expect(format.running(ms(3_600_000 + 61_000))).toBe("1:01:01");
  expect(format.running(ms(-5_000))).toBe("00:00");
});

test("[U15] times of a list are relative up to a day, then weekdays and dates", () => {
  expect(format.when(at(2026, 4, 20, 14, 39), now)).toBe("1 min");
  expect(format.when(at(2026, 4, 20, 12, 10), now)).toBe("2 hr");
  expect(format.when(at(2026, 4, 17, 12, 0), now)).toBe("Sun");
  expect(format.when(at(2026, 3, 10, 12, 0), now)).toBe("Apr 10");
  expect(format.when(at(2024, 3, 10, 12, 0), now)).toBe("April 10, 2024");
});

test("[U15] days are numbered without gaps across a change of the clocks", () => {
  const days = Array.from({ length: 400 }, (_, day) => localDay(at(2026, 0, 1 + day, 12, 0)));
  days.forEach((day, i) => expect(day - (days[0] ?? 0)).toBe(i));
  expect(format.dayTitle(at(2026, 4, 20, 0, 1), now)).toBe("Today");
  expect(format.dayTitle(at(2026, 4, 19, 23, 59), now)).toBe("Yesterday");
});

test("[U15] sizes and rates have units that fit them", () => {
  expect(format.bytes(464)).toBe("464 byte");
  expect(format.bytes(65_536)).toBe("65.5 kB");
  expect(format.rate(96_000)).toBe("96 kb/s");
  expect(format.rate(1_240_000)).toBe("1.2 Mb/s");
});

test("[U11] only a name with letters of the other direction is isolated in a sentence", () => {
  expect(isolated("Alice")).toBe("Alice");
  expect(isolated("ياسمين")).toBe("\u2068ياسمين\u2069");
});
