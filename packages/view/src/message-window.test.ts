import { instant } from "@megachat/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addNewer,
  addOlder,
  applyMessages,
  maxWindow,
  openWindow,
  trimStart,
  type ConversationRef,
  type Message,
  type MessagePage,
  type MessageRef,
  type MessageWindow,
} from "./index.ts";

const at = (order: number): Message => ({
  message: `m${String(order)}` as MessageRef,
  order,
  from: "peer",
  sentAt: instant(order),
  body: { type: "text", text: String(order), state: null },
});
const pageOf = (from: number, to: number, total: number): MessagePage => {
  const [low, high] = [Math.max(0, from), Math.min(total, to)];
  return {
    conversation: "c" as ConversationRef,
    messages: Array.from({ length: Math.max(0, high - low) }, (_, i) => at(low + i)),
    hasOlder: low > 0,
    hasNewer: high < total,
    firstUnread: null,
  };
};
const orders = (window: MessageWindow): number[] => window.messages.map((message) => message.order);

test("[U14] however one scrolls, the window is a stretch without holes or doubles, and bounded", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (ways) => {
      const total = 5_000;
      let window = openWindow(pageOf(2_000, 2_100, total));
      for (const older of ways) {
        const first = window.messages[0]?.order ?? 0;
        const last = window.messages.at(-1)?.order ?? 0;
        window = older
          ? addOlder(window, pageOf(first - 100, first, total))
          : trimStart(addNewer(window, pageOf(last + 1, last + 101, total)));
        const held = orders(window);
        expect(held.length).toBeLessThanOrEqual(maxWindow);
        held.forEach((order, i) => expect(order).toBe((held[0] ?? 0) + i));
        expect(window.hasOlder).toBe((held[0] ?? 0) > 0);
        expect(window.hasNewer).toBe((held.at(-1) ?? 0) < total - 1);
      }
    }),
    { numRuns: 60 },
  );
});

test("[U14] a push changes what is held, joins at a loaded end, and leaves what is beyond an unloaded one to its page", () => {
  const whole = openWindow(pageOf(0, 10, 10));
  expect(orders(applyMessages(whole, [at(10)], []))).toHaveLength(11);
  const middle = openWindow(pageOf(4, 8, 20));
  expect(applyMessages(middle, [at(20)], [])).toBe(middle);
  expect(applyMessages(middle, [at(2)], ["m19" as MessageRef])).toBe(middle);
  const changed = applyMessages(middle, [{ ...at(5), sentAt: instant(99) }], ["m6" as MessageRef]);
  expect(orders(changed)).toEqual([4, 5, 7]);
  expect(changed.messages[1]?.sentAt).toBe(99);
});

test("[U14] a message that is stored moves to its place under the same ref", () => {
  const window = applyMessages(openWindow(pageOf(0, 3, 3)), [{ ...at(900), message: "own" as MessageRef }, at(3)], []);
  const moved = applyMessages(window, [{ ...at(2.5), message: "own" as MessageRef }], []);
  expect(moved.messages.map((message) => message.message)).toEqual(["m0", "m1", "m2", "own", "m3"]);
});
