import { encode, mediaType, MimiContent, singlePart } from "@megachat/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { callContent, messageIdOf, readContent, receiptContent, textContent } from "./content.ts";
import { plausibleTime, shorten } from "./line.ts";
import { slide } from "./transient.ts";

const salt = new Uint8Array(16).fill(5);
const alice = new Uint8Array(16).fill(1);
const bob = new Uint8Array(16).fill(2);
const room = new Uint8Array(16).fill(9);

test("[C8] text, receipts and call events come out as they went in", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(readContent(textContent(salt, text))).toEqual({ type: "text", text, salt });
    }),
  );
  const receipt = { type: "receipt", delivered: 7, read: null } as const;
  expect(readContent(receiptContent(salt, receipt))).toEqual({ type: "receipt", receipt });
  expect(readContent(callContent(salt, Uint8Array.of(1, 2)))).toEqual({ type: "call", event: Uint8Array.of(1, 2) });
});

test("[C8] content of another kind, and junk, is unknown and never an error", () => {
  expect(readContent(encode(MimiContent, singlePart(salt, "image/png", Uint8Array.of(1))))).toEqual({ type: "unknown" });
  const edit = { ...singlePart(salt, mediaType.text, Uint8Array.of(104)), replaces: new Uint8Array(32) };
  expect(readContent(encode(MimiContent, edit))).toEqual({ type: "unknown" });
  const notUtf8 = encode(MimiContent, singlePart(salt, mediaType.text, Uint8Array.of(0xff)));
  expect(readContent(notUtf8)).toEqual({ type: "unknown" });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
      expect(readContent(junk).type).toBe("unknown");
    }),
  );
});

test("[C8] a message id is its sender's: nobody takes another's by sending the same content", () => {
  const content = textContent(salt, "hello");
  const id = messageIdOf(alice, room, content);
  expect(id).toHaveLength(32);
  expect(id[0]).toBe(1);
  expect(messageIdOf(alice, room, content)).toEqual(id);
  expect(messageIdOf(bob, room, content)).not.toEqual(id);
  expect(messageIdOf(alice, bob, content)).not.toEqual(id);
  expect(messageIdOf(alice, room, textContent(new Uint8Array(16), "hello"))).not.toEqual(id);
});

test("[C16] a window takes each counter once, in any order within 64, and nothing older", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 80 }), (counters) => {
      let window: ReturnType<typeof slide> | undefined;
      const taken = new Set<number>();
      let highest = 0;
      for (const counter of counters) {
        const slid = slide(window ?? undefined, counter);
        const fresh = !taken.has(counter) && (taken.size === 0 || counter > highest - 64);
        expect(slid !== null).toBe(fresh);
        if (!slid) continue;
        taken.add(counter);
        highest = Math.max(highest, counter);
        window = slid;
      }
    }),
  );
});

test("[C8] a sender's clock that is off by more than a day gives way to the time of storing", () => {
  expect(plausibleTime(1000, 2000)).toBe(1000);
  expect(plausibleTime(0, 90_000_000)).toBe(90_000_000);
  expect(plausibleTime(10_000_000_000_000, 5)).toBe(5);
});

test("[C8] the list's short form never cuts a character in half", () => {
  const text = `${"a".repeat(199)}😀 and more`;
  const short = shorten(
    { type: "textLine", sender: alice, own: false, messageId: new Uint8Array(32), sentAt: 1, text, salt: null },
    4,
  );
  expect(short.text.isWellFormed()).toBe(true);
  expect(short.text.length).toBeLessThanOrEqual(200);
});
