/** The tab's client: what concerns the tracks of a call in this tab is done here first, and told to the core then. */
import { sessionIn, type Client, type Session } from "@megachat/view";
import type { MediaPort } from "@megachat/worker/client";
import type { Surface } from "./surface.ts";

/** A tab that takes over the lead needs a second or two; without a server it may wait for ever. Milliseconds. */
const OPENING_LASTS = 10_000;

export function withMedia(client: Client, port: MediaPort, { callMedia }: Surface): Client {
  // Where the screen shows no call, nothing is heard or seen of this side, whatever became of the core. [L14]
  let patience: ReturnType<typeof setTimeout> | undefined;
  const letGo = (): void => {
    const call = callMedia.call();
    if (call !== null) callMedia.handle({ call, command: { type: "close" } });
  };
  const watchSession = ({ at }: Session): void => {
    clearTimeout(patience);
    if (at === "starting" || at === "opening") patience = setTimeout(letGo, OPENING_LASTS);
    else if (at !== "signedIn") letGo();
  };

  // A core that starts anew asks who has the call that it remembers.
  client.subscribe((push) => {
    const session = sessionIn(push);
    if (session) watchSession(session);
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
        if (callMedia.call() !== null) callMedia.capture.setMuted(ask.muted);
        return client.intents.setMuted(ask);
      },
      setCamera: async (ask) => {
        if (!ask.on) callMedia.capture.close("camera");
        return client.intents.setCamera(ask);
      },
    },
  };
}
