/**
 * The history of one open conversation: its window of messages, the rows they make, and the way to more at both ends. [U14]
 * One load at a time, so that two answers never join in the wrong order.
 */
import {
  addNewer,
  addOlder,
  applyMessages,
  layOut,
  openWindow,
  trimStart,
  type Client,
  type ConversationRef,
  type MessagePage,
  type MessageRef,
  type MessageWindow,
  type PageWish,
  type Push,
  type Row,
} from "@megachat/view";
import { localDay } from "../words/format.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

export type HistoryState =
  | { readonly at: "loading" }
  | { readonly at: "unknown" }
  | {
      readonly at: "ready";
      readonly window: MessageWindow;
      readonly rows: readonly Row[];
      readonly newFrom: MessageRef | null;
      readonly loading: "older" | "newer" | null;
    };

export interface History {
  readonly get: () => HistoryState;
  readonly subscribe: (listener: () => void) => () => void;
  readonly loadOlder: () => void;
  readonly loadNewer: () => void;
  /** Lets the oldest go when there are too many; a step of its own, see `trimStart`. */
  readonly trim: () => void;
  readonly toLatest: () => Promise<void>;
  /** Reads the first page and follows the pushes until the returned function is called; may be opened again. */
  readonly open: () => () => void;
}

const pageSize = 80;

export function createHistory(client: Client, store: SnapshotStore, conversation: ConversationRef): History {
  let state: HistoryState = { at: "loading" };
  // Counts openings: an answer for an earlier one is none for this.
  let opening = 0;
  let isOpen = false;
  let busy = false;
  const listeners = new Set<() => void>();

  const set = (next: HistoryState): void => {
    if (!isOpen || next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };
  const show = (window: MessageWindow, newFrom: MessageRef | null, loading: "older" | "newer" | null): void => {
    const before = state.at === "ready" ? state : null;
    const rows =
      before?.window.messages === window.messages && before.newFrom === newFrom
        ? before.rows
        : layOut(window.messages, { dayOf: localDay, newFrom }, before?.rows);
    set({ at: "ready", window, rows, newFrom, loading });
  };
  const load = async (page: PageWish, loading: "older" | "newer" | null, join: (page: MessagePage) => void): Promise<void> => {
    if (busy || !isOpen) return;
    busy = true;
    const asked = opening;
    if (loading !== null && state.at === "ready") show(state.window, state.newFrom, loading);
    try {
      const answer = await client.intents.loadMessages({ conversation, page });
      if (asked !== opening) return;
      if (answer.ok) join(answer.value);
      else set({ at: "unknown" });
    } finally {
      if (asked === opening) busy = false;
    }
  };

  const follow = (push: Push): void => {
    if (push.type !== "messages" || push.conversation !== conversation || state.at !== "ready") return;
    const window = applyMessages(state.window, push.put, push.gone);
    if (window !== state.window) show(window, state.newFrom, state.loading);
  };

  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    loadOlder: () => {
      const first = state.at === "ready" && state.window.hasOlder ? state.window.messages[0] : undefined;
      if (first === undefined) return;
      void load({ from: "before", order: first.order, limit: pageSize }, "older", (page) => {
        if (state.at === "ready") show(addOlder(state.window, page), state.newFrom, null);
      });
    },
    loadNewer: () => {
      const last = state.at === "ready" && state.window.hasNewer ? state.window.messages.at(-1) : undefined;
      if (last === undefined) return;
      void load({ from: "after", order: last.order, limit: pageSize }, "newer", (page) => {
        if (state.at === "ready") show(addNewer(state.window, page), state.newFrom, null);
      });
    },
    trim: () => {
      if (state.at === "ready") show(trimStart(state.window), state.newFrom, state.loading);
    },
    toLatest: async () => {
      if (state.at === "ready" && !state.window.hasNewer) return;
      await load({ from: "latest", limit: pageSize }, null, (page) =>
        show(openWindow(page), state.at === "ready" ? state.newFrom : null, null),
      );
    },
    open: () => {
      isOpen = true;
      opening += 1;
      busy = false;
      const stopListening = store.onPush(follow);
      void load({ from: "firstUnread", limit: pageSize }, null, (page) => show(openWindow(page), page.firstUnread, null));
      return () => {
        isOpen = false;
        opening += 1;
        stopListening();
      };
    },
  };
}
