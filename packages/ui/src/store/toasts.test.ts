import type { AccountRef } from "@megachat/view";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createToasts } from "./toasts.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const start = () => {
  const page = new EventTarget();
  const toasts = createToasts(page as Window);
  return { toasts, page, shown: () => toasts.get().map(({ text }) => text) };
};

test("[U24] what is said later about a call or a person takes the place of what was said before", () => {
  const { toasts, shown } = start();
  toasts.say("The browser may ask for the microphone", "call");
  toasts.say("Carol wants to reach you", `person:${"carol" as AccountRef}`);
  toasts.say("Saved");
  toasts.say("You are in a call already", "call");
  toasts.say("You and Carol are connected", `person:${"carol" as AccountRef}`);
  expect(shown()).toEqual(["Saved", "You are in a call already", "You and Carol are connected"]);
});

test("[U24] the same said again stands once, for its whole time; what is over goes at once", () => {
  const { toasts, shown } = start();
  toasts.say("No connection");
  vi.advanceTimersByTime(4_000);
  toasts.say("No connection");
  expect(shown()).toEqual(["No connection"]);
  vi.advanceTimersByTime(4_000);
  expect(shown()).toEqual(["No connection"]);
  vi.advanceTimersByTime(2_000);
  expect(shown()).toEqual([]);
  toasts.say("The browser may ask for the camera", "call");
  toasts.settle("call");
  expect(shown()).toEqual([]);
});

test("[U24] what can be undone is never replaced, and is done once: when its time is over, or when the page goes", () => {
  const { toasts, page, shown } = start();
  const act = vi.fn();
  const undo = vi.fn();
  toasts.sayWithUndo("Discarded", act, undo);
  toasts.sayWithUndo("Discarded", act, undo);
  toasts.say("Discarded");
  expect(shown()).toEqual(["Discarded", "Discarded", "Discarded"]);
  toasts.clear();
  expect(shown()).toEqual(["Discarded", "Discarded"]);
  toasts.get()[0]?.undo?.();
  expect([act.mock.calls.length, undo.mock.calls.length]).toEqual([0, 1]);
  page.dispatchEvent(new Event("pagehide"));
  vi.advanceTimersByTime(10_000);
  expect([act.mock.calls.length, undo.mock.calls.length]).toEqual([1, 1]);
  expect(shown()).toEqual([]);
});
