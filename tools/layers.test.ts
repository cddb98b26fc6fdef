import { describe, expect, test } from "vitest";
import { importsOf } from "./lib/imports.ts";
import { hostFaults, importFaults, serverReach, type Layers, type Sources } from "./lib/layers.ts";

const layers: Layers = {
  packages: { base: [], wire: ["base"], crypto: ["base"], auth: ["base", "crypto"], server: ["base", "wire", "auth/server"] },
  hosts: { none: ["base", "wire", "crypto", "auth"], webworker: [], dom: [], node: ["server"] },
  onlyImporter: { "@noble/": ["crypto"], react: [] },
  closedToServer: ["crypto"],
};
const sourcesOf = (files: Readonly<Record<string, string>>): Sources => ({
  files: new Map(Object.entries(files)),
  entries: new Map([
    ["base", "packages/base/src/index.ts"],
    ["wire", "packages/wire/src/index.ts"],
    ["crypto", "packages/crypto/src/index.ts"],
    ["auth", "packages/auth/src/index.ts"],
    ["auth/server", "packages/auth/src/server.ts"],
  ]),
});
const faults = (file: string, source: string): readonly string[] => importFaults(layers, sourcesOf({ [file]: source }));

describe("imports", () => {
  test("are found in every form, with their lines, and not in comments or strings", () => {
    const source = [
      'import { a } from "one";',
      'import type { B } from "two";',
      'export * from "three";',
      "import {",
      "  c,",
      '} from "four";',
      'const late = () => import("five");',
      'new Worker(new URL("./six.ts", import.meta.url));',
      'import "./seven.css";',
      '// import { no } from "no-comment";',
      "const text = \"import { no } from 'no-string'\";",
      'import wasm from "./eight.wasm?url";',
    ].join("\n");
    const found = importsOf(source).map(({ specifier, line }) => `${line} ${specifier}`);
    expect(found.sort()).toEqual(
      ["1 one", "12 ./eight.wasm", "2 two", "3 three", "4 four", "7 five", "8 ./six.ts", "9 ./seven.css"].sort(),
    );
  });

  test("upwards are allowed, downwards and sideways are not", () => {
    expect(faults("packages/wire/src/a.ts", 'import { ok } from "@megachat/base";')).toEqual([]);
    expect(faults("packages/base/src/a.ts", 'import { x } from "@megachat/wire";')).toEqual([
      "packages/base/src/a.ts:1: base may not import @megachat/wire",
    ]);
    expect(faults("packages/wire/src/a.ts", 'import { x } from "@megachat/crypto";')).toHaveLength(1);
    expect(faults("packages/wire/src/a.ts", 'import { x } from "../../crypto/src/index.ts";')).toHaveLength(1);
    expect(faults("packages/new/src/a.ts", "")).toHaveLength(1);
  });

  test("of one entry do not open the whole package", () => {
    expect(faults("apps/server/src/a.ts", 'import { x } from "@megachat/auth/server";')).toEqual([]);
    expect(faults("apps/server/src/a.ts", 'import { x } from "@megachat/auth";')).toHaveLength(1);
  });

  test("of a library belong to its one importer", () => {
    expect(faults("packages/crypto/src/a.ts", 'import { x } from "@noble/hashes/sha2.js";')).toEqual([]);
    expect(faults("packages/auth/src/a.ts", 'import { x } from "@noble/hashes/sha2.js";')).toHaveLength(1);
    expect(faults("packages/auth/src/a.ts", 'import { x } from "react-dom";')).toEqual([]);
    expect(faults("packages/auth/src/a.ts", 'import { x } from "react/jsx-runtime";')).toHaveLength(1);
  });

  test("of Node and of tests are refused where they do not belong", () => {
    expect(faults("apps/server/src/a.ts", 'import fs from "node:fs";')).toEqual([]);
    expect(faults("packages/wire/src/a.ts", 'import fs from "node:fs";')).toHaveLength(1);
    expect(faults("packages/wire/src/a.ts", 'import { x } from "./b.test.ts";')).toHaveLength(1);
    expect(faults("packages/wire/src/a.test.ts", 'import { x } from "@megachat/crypto"; import fs from "node:fs";')).toEqual([]);
  });
});

test("a package sees only its host", () => {
  expect(hostFaults(layers, "wire", { lib: ["es2024"], types: [] })).toEqual([]);
  expect(hostFaults(layers, "wire", { lib: ["es2024", "DOM.Iterable"] })).toHaveLength(1);
  expect(hostFaults(layers, "wire", { types: ["node"] })).toHaveLength(1);
  expect(hostFaults(layers, "server", { types: ["node"] })).toEqual([]);
  expect(hostFaults(layers, "unknown", {})).toHaveLength(1);
});

test("what the server can reach by any detour is found", () => {
  const reach = (auth: string): readonly string[] =>
    serverReach(
      layers,
      sourcesOf({
        "apps/server/src/main.ts": 'import { x } from "@megachat/auth/server";',
        "packages/auth/src/server.ts": auth,
        "packages/auth/src/shared.ts": 'export { seal } from "@megachat/crypto";',
        "packages/crypto/src/index.ts": "export const seal = 1;",
        "packages/base/src/index.ts": "",
      }),
    );
  expect(reach('import { ok } from "@megachat/base";')).toEqual([]);
  expect(reach('import { seal } from "./shared.ts";')).toEqual(["the server reaches packages/crypto/src/index.ts"]);
});
