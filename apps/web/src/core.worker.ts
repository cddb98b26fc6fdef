/** The core's worker: composition root. One per tab; the one that leads has the keys. */
import "./freeze.ts";
import { silentLog } from "@megachat/base";
import { hostRandom, startCoreWorker } from "@megachat/worker/browser";

startCoreWorker({
  socketUrl: `${location.origin.replace(/^http/u, "ws")}/ws`,
  client: "web 0.1.0",
  random: hostRandom,
  // There is no console: what a person must know is shown, and nothing else leaves the worker.
  log: silentLog,
});
