/** The core's worker of this tab, the client over its port, and the worker that is lent to it. */
import { connectClient, freshId, hostRandom, lendThread, type TabClient } from "@megachat/worker/client";

export function connectCore(worker: Worker, startPasswordWorker: () => Worker): TabClient {
  const tab = connectClient({ post: (message) => worker.postMessage(message) }, () => freshId(hostRandom));
  worker.onmessage = (event: MessageEvent<unknown>) => {
    if (!lendThread(event, startPasswordWorker)) tab.receive(event.data);
  };
  // Its script did not come, or threw before anything else: no answer will ever come.
  worker.onerror = () => tab.crashed();
  worker.onmessageerror = () => tab.crashed();
  return tab;
}
