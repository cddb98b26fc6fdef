/** The throw-away worker's global: one procedure of the password, then the end. [V61] */
import { ready } from "@megachat/auth";
import { serveOpaque } from "../password/opaque-remote.ts";

declare const self: DedicatedWorkerGlobalScope;

export function startOpaqueWorker(): void {
  const serve = serveOpaque(ready());
  self.onmessage = ({ data }: MessageEvent<unknown>) => {
    // Without this a fault would end in silence, and who asked would wait for ever.
    serve(data).then(
      (answer) => self.postMessage(answer),
      () => self.postMessage(null),
    );
  };
}
