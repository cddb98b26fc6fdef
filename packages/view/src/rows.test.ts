import { instant } from "@megachat/base";
import { expect, test } from "vitest";
import { layOut, type Message, type MessageRef, type Row } from "./index.ts";

const minute = 60_000;
const text = (key: string, from: "self" | "peer", at: number): Message => ({
  message: key as MessageRef,
  order: at,
  from,
  sentAt: instant(at),
  body: { type: "text", text: key, state: null },
});
const dayOf = (at: number): number => Math.floor(at / 86_400_000);
const shape = (rows: readonly Row[]): string[] => rows.map((row) => (row.type === "line" ? `${row.key} ${row.place}` : row.type));

test("[U13] a day opens with its separator, and one sender's messages within five minutes are one group", () => {
  const rows = layOut(
    [
      text("a", "peer", 0),
      text("b", "peer", 4 * minute),
      text("c", "peer", 9.5 * minute),
      text("d", "self", 10 * minute),
      text("e", "self", 86_400_000),
    ],
    { dayOf, newFrom: null },
  );
  expect(shape(rows)).toEqual(["day", "a first", "b last", "c single", "d single", "day", "e single"]);
});

test("[U13] the New line stands above the first unread and parts the group", () => {
  const rows = layOut([text("a", "peer", 0), text("b", "peer", 1), text("c", "peer", 2)], { dayOf, newFrom: "b" as MessageRef });
  expect(shape(rows)).toEqual(["day", "a single", "new", "b first", "c last"]);
});

test("[U13] a system line parts a group, and so does a clock that runs back", () => {
  const system: Message = {
    ...text("s", "peer", 1),
    from: "system",
    body: { type: "system", event: { type: "verified", on: true } },
  };
  expect(shape(layOut([text("a", "peer", 0), system, text("b", "peer", 2)], { dayOf, newFrom: null }))).toEqual([
    "day",
    "a single",
    "s single",
    "b single",
  ]);
  expect(shape(layOut([text("a", "peer", 5), { ...text("b", "peer", 2), order: 9 }], { dayOf, newFrom: null }))).toEqual([
    "day",
    "a single",
    "b single",
  ]);
});

test("[U10] rows that did not change stay identical when a message joins", () => {
  const messages = [text("a", "peer", 0), text("b", "self", 1)];
  const before = layOut(messages, { dayOf, newFrom: null });
  const after = layOut([...messages, text("c", "self", 2)], { dayOf, newFrom: null }, before);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).toBe(before[1]);
  expect(after[2]).not.toBe(before[2]);
});
