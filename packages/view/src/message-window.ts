/**
 * The stretch of a conversation that a tab holds: pages join at both ends, pushes change what is inside, and the far end is let go, so that
 * 100,000 messages cost no more than some hundreds. [U14]
 */
import type { Message, MessagePage } from "./message.ts";
import type { MessageRef } from "./refs.ts";

export interface MessageWindow {
  /** Ascending by order, no message twice. */
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  /** At which end the last change added or removed something: a list keeps its place from the other end. */
  readonly movedAt: "start" | "end";
}

export const maxWindow = 600;

export const openWindow = (page: MessagePage): MessageWindow => ({
  messages: sorted(page.messages),
  hasOlder: page.hasOlder,
  hasNewer: page.hasNewer,
  movedAt: "end",
});

/** The window after a page of older ones arrived. The newest are let go beyond {@link maxWindow}. */
export function addOlder(window: MessageWindow, page: MessagePage): MessageWindow {
  const messages = joined(window.messages, page.messages);
  const kept = messages.slice(0, Math.max(maxWindow, page.messages.length));
  return { messages: kept, hasOlder: page.hasOlder, hasNewer: window.hasNewer || kept.length < messages.length, movedAt: "start" };
}

/** The window after a page of newer ones arrived. */
export function addNewer(window: MessageWindow, page: MessagePage): MessageWindow {
  return { messages: joined(window.messages, page.messages), hasOlder: window.hasOlder, hasNewer: page.hasNewer, movedAt: "end" };
}

/** Lets the oldest go beyond {@link maxWindow}: a step of its own, because a list can keep its place from one end only at a time. */
export function trimStart(window: MessageWindow): MessageWindow {
  const messages = window.messages.slice(-maxWindow);
  return messages.length === window.messages.length ? window : { ...window, messages, hasOlder: true, movedAt: "start" };
}

/** The window after a push. New messages beyond an end that is not loaded are left to the page that will bring them. */
export function applyMessages(window: MessageWindow, put: readonly Message[], gone: readonly MessageRef[]): MessageWindow {
  const known = new Set(window.messages.map((message) => message.message));
  const first = window.messages[0]?.order ?? Number.NEGATIVE_INFINITY;
  const last = window.messages.at(-1)?.order ?? Number.POSITIVE_INFINITY;
  const fits = (message: Message): boolean =>
    known.has(message.message) || ((!window.hasOlder || message.order > first) && (!window.hasNewer || message.order < last));
  const fitting = put.filter(fits);
  const left = new Set(gone.filter((message) => known.has(message)));
  if (fitting.length === 0 && left.size === 0) return window;
  const stayed = left.size === 0 ? window.messages : window.messages.filter((message) => !left.has(message.message));
  return { ...window, messages: joined(stayed, fitting), movedAt: "end" };
}

function joined(old: readonly Message[], more: readonly Message[]): readonly Message[] {
  const byRef = new Map(old.map((message) => [message.message, message]));
  for (const message of more) byRef.set(message.message, message);
  return sorted([...byRef.values()]);
}

const sorted = (messages: readonly Message[]): readonly Message[] => [...messages].sort((a, b) => a.order - b.order);
