/** The core's worker of this tab, and the client over its port. */
import { connectClient, freshId, hostRandom, type TabClient } from "@megachat/worker/client";

export function connectCore(worker: Worker): TabClient {
  const tab = connectClient({ post: (message) => worker.postMessage(message) }, () => freshId(hostRandom));
  worker.onmessage = ({ data }: MessageEvent<unknown>) => tab.receive(data);
  // Its script did not come, or threw before anything else: no answer will ever come.
  worker.onerror = () => tab.crashed();
  worker.onmessageerror = () => tab.crashed();
  return tab;
}
