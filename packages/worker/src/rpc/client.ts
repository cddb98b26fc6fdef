/** What a tab holds: the contract's client over its worker's port, and the port of its media surface. [V36] */
import {
  applyPush,
  emptySnapshot,
  intentNames,
  type Client,
  type Intent,
  type Intents,
  type Push,
  type Snapshot,
} from "@megachat/view";
import { readCoreMessage, type TabMessage } from "./messages.ts";

export interface TabPort {
  readonly post: (message: TabMessage) => void;
}
/** The tab's media surface, as the core speaks with it. */
export interface MediaPort {
  readonly tell: (event: unknown) => void;
  readonly listen: (listener: (command: unknown) => void) => () => void;
}
export interface TabClient {
  readonly client: Client;
  readonly media: MediaPort;
  /** A message of the worker, as it came. */
  readonly receive: (value: unknown) => void;
  /** The worker is gone for good: said as the session's state, since no answer will come. */
  readonly crashed: () => void;
}

/** `freshId` names intents among all tabs of the profile: 16 random bytes. */
export function connectClient(port: TabPort, freshId: () => string): TabClient {
  const waiting = new Map<string, (answer: unknown) => void>();
  const listeners = new Set<(push: Push) => void>();
  const mediaListeners = new Set<(command: unknown) => void>();
  let snapshot: Snapshot | undefined;

  const ask = async (intent: Intent): Promise<unknown> =>
    new Promise((resolve) => {
      const id = freshId();
      waiting.set(id, resolve);
      port.post({ type: "intent", id, intent });
    });
  const spread = (push: Push): void => {
    snapshot = applyPush(snapshot ?? emptySnapshot, push);
    for (const listener of listeners) listener(push);
  };

  return {
    client: {
      // One generic loop gives every intent of the contract; the worker judges each argument by its own table.
      intents: Object.fromEntries(
        intentNames.map((type) => [type, async (asked: unknown) => ask({ type, ask: asked } as Intent)]),
      ) as unknown as Intents,
      subscribe: (listener) => {
        listeners.add(listener);
        if (snapshot) listener({ type: "snapshot", snapshot });
        return () => void listeners.delete(listener);
      },
    },
    media: {
      tell: (event) => port.post({ type: "media", event }),
      listen: (listener) => {
        mediaListeners.add(listener);
        return () => void mediaListeners.delete(listener);
      },
    },
    receive: (value) => {
      const message = readCoreMessage(value);
      switch (message?.type) {
        case "push":
          return spread(message.push);
        case "answer":
          waiting.get(message.id)?.(message.answer);
          return void waiting.delete(message.id);
        case "media":
          for (const listener of mediaListeners) listener(message.command);
          return;
        case undefined:
          return;
      }
    },
    crashed: () => spread({ type: "session", session: { at: "broken", reason: { type: "workerCrashed" } } }),
  };
}
