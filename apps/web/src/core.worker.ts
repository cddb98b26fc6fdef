/** The core's worker: composition root. One per tab; the one that leads has the keys. */
import "./freeze.ts";
import { silentLog } from "@megachat/base";
import { hostRandom, startCoreWorker, threadOf } from "@megachat/worker/browser";
// oxlint-disable-next-line import/default -- the bundler gives the address of the built worker.
import opaqueUrl from "./opaque.worker.ts?worker&url";
import { scriptUrls } from "./trusted.ts";

const scriptUrl = scriptUrls([opaqueUrl]);

startCoreWorker({
  socketUrl: `${location.origin.replace(/^http/u, "ws")}/ws`,
  client: "web 0.1.0",
  spawnOpaque: () => threadOf(new Worker(scriptUrl(opaqueUrl), { type: "module" })),
  random: hostRandom,
  // There is no console: what a person must know is shown, and nothing else leaves the worker.
  log: silentLog,
});
