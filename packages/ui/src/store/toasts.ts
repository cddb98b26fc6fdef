/** Short messages in passing, with a way to undo. What can be undone is done only when the message has gone. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo: (() => void) | null;
}

export interface Toasts {
  readonly get: () => readonly Toast[];
  readonly subscribe: (listener: () => void) => () => void;
  readonly say: (text: string) => void;
  /** Runs `act` after some seconds, or at once when the page goes, unless undone. */
  readonly sayWithUndo: (text: string, act: () => void, undo: () => void) => void;
  readonly dismiss: (id: number) => void;
}

const shownMs = 6_000;

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
    ends.delete(id);
    set(toasts.filter((toast) => toast.id !== id));
    if (act) atEnd?.();
  };
  const add = (text: string, act: () => void, undo: (() => void) | null): void => {
    const id = next++;
    ends.set(id, act);
    set([
      ...toasts.slice(-3),
      {
        id,
        text,
        undo:
          undo &&
          (() => {
            end(id, false);
            undo();
          }),
      },
    ]);
    setTimeout(() => end(id, true), shownMs);
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
    say: (text) => add(text, () => undefined, null),
    sayWithUndo: add,
    dismiss: (id) => end(id, true),
  };
}
