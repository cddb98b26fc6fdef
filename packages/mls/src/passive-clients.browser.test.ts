import { commands } from "vitest/browser";
import { beforeAll, expect, test } from "vitest";
import init, { PassiveClient, setNow } from "../wasm/megachat_mls.js";
import { passiveFamilies, runPassiveClients, VECTORS_TIME } from "./passive-clients.ts";

declare module "vitest/browser" {
  interface BrowserCommands {
    readVectors: (path: string) => Promise<string | undefined>;
  }
}

const SUITE = 1;

beforeAll(async () => {
  await init({ module_or_path: new URL("../wasm/megachat_mls_bg.wasm", import.meta.url) });
  setNow(VECTORS_TIME);
});

test.each(passiveFamilies)("[G29] %s: the shipped WASM comes to the published authenticators in a browser", async (family) => {
  const json = await commands.readVectors(`mls/${family}.json`);
  if (json === undefined) return;
  const result = runPassiveClients(PassiveClient, json, SUITE);
  expect(result.faults).toEqual([]);
  expect(result.clients).toBeGreaterThan(0);
});
