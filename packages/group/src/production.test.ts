import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const glue = readFileSync(join(root, "packages/mls/wasm/megachat_mls.js"), "utf8");

function sources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.(ts|tsx)$/.test(entry.name) &&
        !/node_modules|\/dist|\.test\.tsx?$/.test(join(entry.parentPath, entry.name)),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

test("[G33] the member that only listens, for the vectors, is named by no code outside its own tests", () => {
  const named = [...sources("packages"), ...sources("apps")].filter((path) => readFileSync(path, "utf8").includes("PassiveClient"));
  const places = named.map((path) => path.slice(root.length + 1));
  expect(places).toContain("packages/mls/src/passive-clients.ts");
  expect(places.filter((path) => !path.startsWith("packages/mls/"))).toEqual([]);
});

test("[G33] the module has no clock, no network and no console: what it imports is chance and plain values", () => {
  const imports = glue.slice(glue.indexOf("function __wbg_get_imports"), glue.indexOf("const EngineFinalization"));
  expect(imports.length).toBeGreaterThan(500);
  expect(imports).not.toMatch(/Date|performance|fetch|WebSocket|localStorage|console|document/);
  expect(imports).toMatch(/getRandomValues/);
});

test("[G33] the second implementation and the forger are reached from tests alone", () => {
  const named = [...sources("packages"), ...sources("apps")].filter((path) =>
    /ts-mls|forger-world/.test(readFileSync(path, "utf8")),
  );
  expect(named.map((path) => path.slice(root.length + 1)).filter((path) => !path.startsWith("packages/group/test-kit/"))).toEqual(
    [],
  );
});
