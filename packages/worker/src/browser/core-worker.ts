/** One tab's core worker: relays to the worker that leads, or leads. The heavy part is loaded only by who leads. [V31] */
import type { Log, Random } from "@megachat/base";
import { emptySnapshot, type Snapshot } from "@megachat/view";
import { freshId } from "../host/powers.ts";
import type { CoreMessage } from "../rpc/messages.ts";
import { startRelay } from "../rpc/relay.ts";
import { indexedDbShelf } from "../vault/indexed-db-shelf.ts";
import { openPorch } from "./porch.ts";

declare const self: DedicatedWorkerGlobalScope;

export interface CoreWorkerPowers {
  /** `ws:` or `wss:`. */
  readonly socketUrl: string;
  /** Name and version of this build, ≤ 32 bytes. */
  readonly client: string;
  readonly random: Random;
  readonly log: Log;
}

export const SHELF = "megachat";
const CHANNEL = "megachat";
/** Asked for once, to learn whether locks can be had. */
const PROBE = "megachat probe";
const storageRefused: Snapshot = { ...emptySnapshot, session: { at: "broken", reason: { type: "storageRefused" } } };

/** Takes over this worker's global: its messages, the channel, and its locks. */
export function startCoreWorker(powers: CoreWorkerPowers): void {
  // A browser that is told to let this site store nothing refuses channel and locks as well. [V51]
  const refused = (): void => {
    powers.log.error("storageRefused");
    self.postMessage({ type: "push", push: { type: "snapshot", snapshot: storageRefused } } satisfies CoreMessage);
  };
  // What the page says meanwhile is kept: an event without a listener is gone.
  const early: unknown[] = [];
  self.onmessage = ({ data }: MessageEvent<unknown>) => early.push(data);
  navigator.locks.request(PROBE, async () => relayOver(powers, early)).catch(refused);
}

function relayOver(powers: CoreWorkerPowers, early: readonly unknown[]): void {
  const channel = new BroadcastChannel(CHANNEL);
  const hold = (lock: string, then: () => void): void => {
    // Held until this worker ends, whatever ends it.
    void navigator.locks.request(lock, async () => {
      then();
      return new Promise<never>(() => {});
    });
  };
  const relay = startRelay({
    tab: freshId(powers.random),
    freshId: () => freshId(powers.random),
    toTab: (message) => self.postMessage(message),
    post: (message) => channel.postMessage(message),
    hold,
    whenFree: (lock, then) => void navigator.locks.request(lock, async () => then()),
    startHost: (send) => {
      const porch = openPorch(send, async () => {
        const headers = await indexedDbShelf(SHELF).all();
        return headers.ok && headers.value.length === 0;
      });
      import("./browser-home.ts").then(
        ({ startBrowserHome }) => porch.handOver(startBrowserHome(powers, send)),
        () => {
          powers.log.error("homeNotLoaded");
          porch.collapse();
        },
      );
      return porch;
    },
    log: powers.log,
  });
  channel.onmessage = ({ data }: MessageEvent<unknown>) => relay.fromChannel(data);
  self.onmessage = ({ data }: MessageEvent<unknown>) => relay.fromTab(data);
  for (const data of early) relay.fromTab(data);
}
