import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { readVectors } from "../../../tools/lib/vectors.ts";
import { initSync, PassiveClient, setNow } from "../wasm/megachat_mls.js";
import { passiveFamilies, runPassiveClients, VECTORS_TIME } from "./passive-clients.ts";

const SUITE = 1;

beforeAll(() => {
  initSync({ module: readFileSync(new URL("../wasm/megachat_mls_bg.wasm", import.meta.url)) });
  setNow(VECTORS_TIME);
});

test.each(passiveFamilies)("[G29] %s: the shipped WASM comes to the published authenticators", (family) => {
  const json = readVectors(`mls/${family}.json`);
  if (json === undefined) return;
  const result = runPassiveClients(PassiveClient, json, SUITE);
  expect(result.faults).toEqual([]);
  expect(result.clients).toBeGreaterThan(0);
});
