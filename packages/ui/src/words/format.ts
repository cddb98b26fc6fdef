/** Numbers, sizes, times and dates as the reader's language writes them. [U15] */
import { dayWord, whenWas } from "@megachat/view";
import type { Duration, Instant } from "@megachat/base";
import type { Words } from "./en.ts";

export interface Format {
  readonly number: (value: number) => string;
  readonly percent: (share: number) => string;
  readonly bytes: (count: number) => string;
  /** Bits per second. */
  readonly rate: (bits: number) => string;
  readonly milliseconds: (time: Duration) => string;
  /** "4 s", "12 min": for sentences. */
  readonly span: (time: Duration) => string;
  /** "04:12": for a running call. */
  readonly running: (time: Duration) => string;
  readonly clock: (at: Instant) => string;
  readonly date: (at: Instant) => string;
  readonly full: (at: Instant) => string;
  /** Short, for a row of a list. */
  readonly when: (at: Instant, now: Instant) => string;
  /** "in 40 seconds". */
  readonly ahead: (at: Instant, now: Instant) => string;
  /** "at 14:32", or with the day when that was not today. */
  readonly since: (at: Instant, now: Instant) => string;
  readonly dayTitle: (at: Instant, now: Instant) => string;
  readonly list: (parts: readonly string[]) => string;
}

const dayMs = 86_400_000;

/** Numbers local days without gaps, also across a change of the clocks. */
export function localDay(at: Instant): number {
  const local = new Date(at);
  return Math.round(Date.UTC(local.getFullYear(), local.getMonth(), local.getDate()) / dayMs);
}

const localYear = (at: Instant): number => new Date(at).getFullYear();

export function createFormat(words: Words, locale: string): Format {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const unit = (name: string, digits = 0) =>
    new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits });
  const units = {
    byte: unit("byte"),
    kilobyte: unit("kilobyte", 1),
    bit: unit("kilobit-per-second"),
    megabit: unit("megabit-per-second", 1),
    millisecond: unit("millisecond"),
    second: unit("second"),
    minute: unit("minute"),
    hour: unit("hour"),
  };
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short" });
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
  const weekdayDate = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
  const ahead = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const lists = new Intl.ListFormat(locale);
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2, useGrouping: false });

  const span = (time: Duration): string => {
    const seconds = Math.max(0, Math.round(time / 1000));
    if (seconds < 60) return units.second.format(seconds);
    return seconds < 3600
      ? units.minute.format(Math.round(seconds / 60))
      : `${units.hour.format(Math.floor(seconds / 3600))} ${units.minute.format(Math.floor((seconds % 3600) / 60))}`;
  };

  return {
    number: (value) => number.format(value),
    percent: (share) => percent.format(share),
    bytes: (count) => (count < 1000 ? units.byte.format(count) : units.kilobyte.format(count / 1000)),
    rate: (bits) => (bits < 1_000_000 ? units.bit.format(bits / 1000) : units.megabit.format(bits / 1_000_000)),
    milliseconds: (time) => (time < 1000 ? units.millisecond.format(Math.round(time)) : span(time)),
    span,
    running: (time) => {
      const seconds = Math.max(0, Math.floor(time / 1000));
      const parts = [Math.floor((seconds % 3600) / 60), seconds % 60].map((part) => two.format(part));
      return seconds < 3600 ? parts.join(":") : [number.format(Math.floor(seconds / 3600)), ...parts].join(":");
    },
    clock: (at) => clock.format(at),
    date: (at) => date.format(at),
    full: (at) => full.format(at),
    when: (at, now) => {
      const when = whenWas(at, now, localYear);
      switch (when.type) {
        case "now":
          return ahead.format(0, "second");
        case "minutesAgo":
          return units.minute.format(when.minutes);
        case "hoursAgo":
          return units.hour.format(when.hours);
        case "weekday":
          return weekday.format(at);
        case "dayOfYear":
          return dayOfYear.format(at);
        case "fullDate":
          return date.format(at);
      }
    },
    ahead: (at, now) => {
      const seconds = Math.max(0, Math.ceil((at - now) / 1000));
      if (seconds < 90) return ahead.format(seconds, "second");
      return seconds < 5400
        ? ahead.format(Math.round(seconds / 60), "minute")
        : seconds < 2 * 86_400
          ? ahead.format(Math.round(seconds / 3600), "hour")
          : date.format(at);
    },
    since: (at, now) => (localDay(at) === localDay(now) ? clock.format(at) : `${dayOfYear.format(at)}, ${clock.format(at)}`),
    dayTitle: (at, now) => {
      const word = dayWord(at, now, localDay);
      if (word !== "other") return words.conversation[word];
      return now - at < 300 * dayMs ? weekdayDate.format(at) : date.format(at);
    },
    list: (parts) => lists.format(parts),
  };
}
