/** The home with a browser's powers: what the leading worker loads. */
import type { SignedIn } from "@megachat/view";
import { hostTimer } from "../driver/timer.ts";
import { startHome } from "../home/home.ts";
import { pause, steadyClock, wallClock } from "../host/powers.ts";
import { webSocketDial } from "../link/web-socket.ts";
import { remoteOpaque } from "../password/opaque-remote.ts";
import { loadStrength, type Strength } from "../password/strength.ts";
import type { CoreMessage } from "../rpc/messages.ts";
import type { Host } from "../rpc/relay.ts";
import { browserDatabases, type BrowserDatabases } from "../vault/browser-databases.ts";
import { indexedDbShelf } from "../vault/indexed-db-shelf.ts";
import { createVault } from "../vault/vault.ts";
import { SHELF, type CoreWorkerPowers } from "./core-worker.ts";
import { seemsPrivate } from "./files-in-memory.ts";
import { borrowThread } from "./lent-thread.ts";
import { loadMlsWasm } from "./mls-wasm.ts";

declare const self: DedicatedWorkerGlobalScope;

export function startBrowserHome(powers: CoreWorkerPowers, send: (tab: string, message: CoreMessage) => void): Host {
  const databases = browserDatabases();
  const home = startHome(
    {
      vault: createVault(indexedDbShelf(SHELF), databases, powers.log),
      dial: webSocketDial(powers.socketUrl),
      client: powers.client,
      opaque: async () => remoteOpaque(borrowThread((message, transfer) => self.postMessage(message, transfer))),
      mls: loadMlsWasm,
      strength: once(loadStrength),
      storage: async () => storageOf(databases),
      clock: wallClock,
      steady: steadyClock,
      timer: hostTimer,
      pause,
      random: powers.random,
      log: powers.log,
    },
    send,
  );
  self.addEventListener("online", () => home.network(true));
  self.addEventListener("offline", () => home.network(false));
  return home;
}

async function storageOf(databases: BrowserDatabases): Promise<SignedIn["storage"]> {
  // Where OPFS is refused the window is a private one.
  if ((await databases.place()) === "indexedDb") return "temporary";
  if (await navigator.storage.persisted()) return "persistent";
  return (await seemsPrivate()) ? "seemsTemporary" : "evictable";
}

function once(load: () => Promise<Strength>): () => Promise<Strength> {
  let loading: Promise<Strength> | undefined;
  return async () => {
    loading ??= load().catch((fault: unknown) => {
      loading = undefined;
      throw fault;
    });
    return loading;
  };
}
