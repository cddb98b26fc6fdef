/** Asks the browser to keep what is stored, once somebody is signed in. */
import { sessionIn, type Client } from "@megachat/view";

export const keeper = {
  isKept: async (): Promise<boolean> => navigator.storage.persisted().catch(() => false),
  keep: async (): Promise<boolean> => navigator.storage.persist().catch(() => false),
};

export function keepStorage(client: Client): void {
  const stop = client.subscribe((push) => {
    const session = sessionIn(push);
    if (session?.at !== "signedIn" || (session.storage !== "evictable" && session.storage !== "seemsTemporary")) return;
    queueMicrotask(() => stop());
    // Firefox asks the person, out of the blue, so there it waits for a click in the settings. Chromium decides by itself, by
    // how much a site is used.
    if (!CSS.supports("-moz-appearance", "none")) void keeper.keep();
  });
}
