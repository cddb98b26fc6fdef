import { expect, test } from "vitest";
import { presentArtefacts, presentSources, presentVectorSources, readLock, readVectorsLock } from "./lock.ts";

test("[G30] the committed WASM was built from the committed sources: run packages/mls/build.sh after a change", () => {
  expect(readLock().sources).toEqual(presentSources());
});

test("[G30] the committed WASM, its glue and its types are the ones that were built", () => {
  expect(readLock().artefacts).toEqual(presentArtefacts());
  expect(Object.keys(presentArtefacts())).toEqual([
    "wasm/megachat_mls.d.ts",
    "wasm/megachat_mls.js",
    "wasm/megachat_mls_bg.wasm",
    "wasm/megachat_mls_bg.wasm.d.ts",
  ]);
});

test("[G30] the lock names the compiler", () => {
  expect(readLock().toolchain).toMatch(/^rustc \d+\.\d+\.\d+/);
});

test("[G29] the official vectors were run with this OpenMLS: run packages/mls/vectors.sh after a change", () => {
  const { sources, passed } = readVectorsLock();
  expect(sources).toEqual(presentVectorSources());
  // Sixteen families in fourteen tests, and one of OpenMLS's own kind, which has nothing to read.
  expect(passed).toHaveLength(15);
});
