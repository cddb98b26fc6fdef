/**
 * A whole client in a Node process: the same home, driver, link and core as in a browser, one tab of it. For bots, the
 * command line and tests. Its database is NOT encrypted. [V70]
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Clock, Log, Random } from "@megachat/base";
import { ready } from "@megachat/auth";
import { account as accounts } from "@megachat/core";
import { loadMls, type Mls } from "@megachat/group";
import { applyPush, emptySnapshot, type Client, type Push, type Snapshot } from "@megachat/view";
import { hostTimer } from "../driver/timer.ts";
import { startHome } from "../home/home.ts";
import { freshId, hostRandom, pause, steadyClock, wallClock } from "../host/powers.ts";
import type { Dial } from "../link/connection.ts";
import { webSocketDial } from "../link/web-socket.ts";
import { loadStrength } from "../password/strength.ts";
import { connectClient, type MediaPort } from "../rpc/client.ts";
import { readTabMessage } from "../rpc/messages.ts";
import { createVault } from "../vault/vault.ts";
import { folderShelf, unencryptedFolderDatabases } from "./folder.ts";

export interface NodeClientOptions {
  /** `ws:` or `wss:`. */
  readonly url: string;
  /** Where the accounts of this client lie, unencrypted. The same folder again is the same browser restarted. */
  readonly unencryptedFolder: string;
  readonly log: Log;
  /** In place of the host's, for tests: another network, another clock. */
  readonly dial?: Dial;
  readonly clock?: Clock;
  readonly random?: Random;
}
export interface NodeClient extends Client {
  readonly media: MediaPort;
  /** What the tab shows now. */
  readonly snapshot: () => Snapshot;
  /** The first snapshot, from now on, that `wanted` finds good. */
  readonly when: (wanted: (snapshot: Snapshot) => boolean) => Promise<Snapshot>;
  /** The first push, from now on, that `wanted` finds good. */
  readonly nextPush: <P extends Push>(wanted: (push: Push) => push is P) => Promise<P>;
  readonly network: (up: boolean) => void;
  readonly stop: () => Promise<void>;
}

export function startNodeClient(options: NodeClientOptions): NodeClient {
  const random = options.random ?? hostRandom;
  const tab = freshId(random);
  let snapshot = emptySnapshot;
  const home = startHome(
    {
      vault: createVault(
        folderShelf(options.unencryptedFolder),
        unencryptedFolderDatabases(options.unencryptedFolder),
        options.log,
      ),
      dial: options.dial ?? webSocketDial(options.url),
      client: "node",
      opaque: async () => ({ ...accounts.opaqueHere(await ready()), [Symbol.dispose]: () => {} }),
      mls: loadWasm,
      strength: loadStrength,
      storage: async () => "persistent",
      clock: options.clock ?? wallClock,
      steady: steadyClock,
      timer: hostTimer,
      pause,
      random,
      log: options.log,
    },
    // Through a clone, as between a worker and its tab: nothing passes that a browser would refuse.
    (_tab, message) => connected.receive(structuredClone(message)),
  );
  const connected = connectClient(
    {
      post: (message) => {
        const read = readTabMessage(structuredClone(message));
        if (!read) throw new TypeError("not an intent of the contract");
        home.receive(tab, read);
      },
    },
    () => freshId(random),
  );
  connected.client.subscribe((push) => (snapshot = applyPush(snapshot, push)));
  home.joined(tab);

  return {
    ...connected.client,
    media: connected.media,
    snapshot: () => snapshot,
    when: async (wanted) =>
      new Promise((resolve) => {
        if (wanted(snapshot)) return resolve(snapshot);
        const stop = connected.client.subscribe(() => {
          if (!wanted(snapshot)) return;
          queueMicrotask(() => stop());
          resolve(snapshot);
        });
      }),
    nextPush: async (wanted) =>
      new Promise((resolve) => {
        const stop = connected.client.subscribe((push) => {
          if (!wanted(push)) return;
          queueMicrotask(() => stop());
          resolve(push);
        });
      }),
    network: home.network,
    stop: home.stop,
  };
}

let loading: Promise<Mls> | undefined;
const loadWasm = async (): Promise<Mls> =>
  (loading ??= readFile(fileURLToPath(import.meta.resolve("@megachat/mls/megachat_mls_bg.wasm"))).then((wasm) =>
    loadMls(new Uint8Array(wasm)),
  ));
