/** The tab's copy of what the core shows, with one subscription for each reader. [U10] */
import { applyPush, emptySnapshot, type Client, type Push, type Snapshot } from "@megachat/view";

export interface SnapshotStore {
  readonly get: () => Snapshot;
  readonly subscribe: (listener: () => void) => () => void;
  /** Every push, also those that leave the snapshot as it is: messages and notices. */
  readonly onPush: (listener: (push: Push) => void) => () => void;
  readonly stop: () => void;
}

export function createSnapshotStore(client: Client): SnapshotStore {
  let snapshot = emptySnapshot;
  const listeners = new Set<() => void>();
  const pushListeners = new Set<(push: Push) => void>();
  const stop = client.subscribe((push) => {
    const next = applyPush(snapshot, push);
    const changed = next !== snapshot;
    snapshot = next;
    if (changed) for (const listener of listeners) listener();
    for (const listener of pushListeners) listener(push);
  });
  return { get: () => snapshot, subscribe: subscribeTo(listeners), onPush: subscribeTo(pushListeners), stop };
}

const subscribeTo =
  <L>(listeners: Set<L>) =>
  (listener: L): (() => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
