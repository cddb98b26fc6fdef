/**
 * A window of messages laid out as the rows of a screen: day separators, the "New" line, groups of one sender within five minutes. [U13]
 * Rows that did not change stay identical, so that a list redraws only the others. [U10]
 */
import type { Instant } from "@megachat/base";
import type { Message } from "./message.ts";
import type { MessageRef } from "./refs.ts";

export type Row =
  | { readonly type: "day"; readonly key: string; readonly at: Instant }
  | { readonly type: "new"; readonly key: "new" }
  | { readonly type: "line"; readonly key: MessageRef; readonly message: Message; readonly place: GroupPlace };

/** Where a message stands in its group: corners, gaps and who-said-it follow from it. */
export type GroupPlace = "single" | "first" | "middle" | "last";

export interface RowRules {
  /** A number that is the same for two instants of one local day. */
  readonly dayOf: (at: Instant) => number;
  /** The message above which "New" stands. */
  readonly newFrom: MessageRef | null;
}

const groupGapMs = 5 * 60_000;

/** The rows of `messages`, which ascend by order. `before` are the rows of the last time. */
export function layOut(messages: readonly Message[], rules: RowRules, before: readonly Row[] = []): readonly Row[] {
  const known = new Map<string, Row>(before.map((row) => [row.key, row]));
  const rows: Row[] = [];
  let day: number | null = null;
  const breaks = messages.map((message, index) => startsGroup(messages[index - 1], message, rules));
  messages.forEach((message, index) => {
    const today = rules.dayOf(message.sentAt);
    if (today !== day) {
      const key = `day ${String(today)} ${message.message}`;
      const old = known.get(key);
      rows.push(old?.type === "day" && old.at === message.sentAt ? old : { type: "day", key, at: message.sentAt });
      day = today;
    }
    if (message.message === rules.newFrom) rows.push(known.get("new") ?? { type: "new", key: "new" });
    const place = placeOf(breaks[index] ?? true, breaks[index + 1] ?? true);
    const old = known.get(message.message);
    rows.push(
      old?.type === "line" && old.message === message && old.place === place
        ? old
        : { type: "line", key: message.message, message, place },
    );
  });
  return rows;
}

function startsGroup(previous: Message | undefined, message: Message, rules: RowRules): boolean {
  if (previous === undefined || previous.from !== message.from || previous.body.type !== "text" || message.body.type !== "text")
    return true;
  if (message.message === rules.newFrom) return true;
  const gap = message.sentAt - previous.sentAt;
  // Clocks differ: a message that claims to be older than the one before it opens its own group.
  return gap < 0 || gap > groupGapMs || rules.dayOf(previous.sentAt) !== rules.dayOf(message.sentAt);
}

function placeOf(starts: boolean, nextStarts: boolean): GroupPlace {
  if (starts) return nextStarts ? "single" : "first";
  return nextStarts ? "last" : "middle";
}
