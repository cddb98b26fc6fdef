/** The tab's client: what concerns the tracks of a call in this tab is done here first, and told to the core then. */
import type { Client } from "@megachat/view";
import type { MediaPort } from "@megachat/worker/client";
import type { Surface } from "./surface.ts";

export function withMedia(client: Client, port: MediaPort, { callMedia }: Surface): Client {
  // A core that starts anew asks who has the call that it remembers.
  client.subscribe((push) => {
    const call = callMedia.call();
    if (push.type !== "snapshot" || call === null) return;
    port.tell({ type: "has", call });
    callMedia.report();
  });
  return {
    ...client,
    intents: {
      ...client.intents,
      setMuted: async (ask) => {
        callMedia.capture.setMuted(ask.muted);
        return client.intents.setMuted(ask);
      },
      setCamera: async (ask) => {
        if (!ask.on) callMedia.capture.close("camera");
        return client.intents.setCamera(ask);
      },
    },
  };
}
