/**
 * Short messages in passing, with a way to undo. What can be undone is done only when the message has gone.
 *
 * What is said later about the same thing takes the place of what was said before, so that nobody reads two answers to
 * one question; a text that is said again stands once. [U24]
 */
import type { AccountRef } from "@megachat/view";

/** What a message is about: of each there is one at a time. */
export type Topic = "call" | `person:${AccountRef}`;

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly about: Topic | null;
  readonly undo: (() => void) | null;
}

export interface Toasts {
  readonly get: () => readonly Toast[];
  readonly subscribe: (listener: () => void) => () => void;
  readonly say: (text: string, about?: Topic) => void;
  /** What was said about it is over. */
  readonly settle: (about: Topic) => void;
  /** Something else is what counts now: all goes but what can be undone. */
  readonly clear: () => void;
  /** Runs `act` after some seconds, or at once when the page goes, unless undone. */
  readonly sayWithUndo: (text: string, act: () => void, undo: () => void) => void;
  readonly dismiss: (id: number) => void;
}

const shownMs = 6_000;
/** More at once would hide what they are about. */
const MOST = 4;

export function createToasts(window: Window): Toasts {
  let toasts: readonly Toast[] = [];
  let next = 1;
  const listeners = new Set<() => void>();
  const ends = new Map<number, () => void>();
  const set = (changed: readonly Toast[]): void => {
    toasts = changed;
    for (const listener of listeners) listener();
  };
  const end = (id: number, act: boolean): void => {
    const atEnd = ends.get(id);
    if (atEnd === undefined) return;
    ends.delete(id);
    set(toasts.filter((toast) => toast.id !== id));
    if (act) atEnd();
  };
  const add = (toast: Omit<Toast, "id">, act: () => void): number => {
    const id = next++;
    ends.set(id, act);
    set([...toasts.slice(-(MOST - 1)), { ...toast, id }]);
    setTimeout(() => end(id, true), shownMs);
    return id;
  };
  const sayPlainly = (text: string, about: Topic | null): void => {
    const over = ({ about: its, text: said, undo }: Toast): boolean =>
      undo === null && (said === text || (about !== null && its === about));
    for (const toast of toasts.filter(over)) end(toast.id, false);
    add({ text, about, undo: null }, () => undefined);
  };
  window.addEventListener("pagehide", () => {
    for (const id of ends.keys()) end(id, true);
  });
  return {
    get: () => toasts,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    say: (text, about) => sayPlainly(text, about ?? null),
    settle: (about) => {
      for (const toast of toasts) if (toast.about === about) end(toast.id, false);
    },
    clear: () => {
      for (const toast of toasts) if (toast.undo === null) end(toast.id, false);
    },
    sayWithUndo: (text, act, undo) => {
      const back = (): void => {
        end(id, false);
        undo();
      };
      const id = add({ text, about: null, undo: back }, act);
    },
    dismiss: (id) => end(id, true),
  };
}
