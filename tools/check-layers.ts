/**
 * Checks `layers.json` against the sources: who may import whom, who alone may import a library, which host APIs a
 * package's compiler options let it see, and that nothing which opens a message is reachable from the server.
 */
import { join, normalize } from "node:path";
import { hostFaults, importFaults, ownerOf, serverReach, type Layers, type Sources } from "./lib/layers.ts";
import { ownFiles, readOwn, report } from "./lib/sources.ts";

interface Manifest {
  readonly exports?: Readonly<Record<string, string | { readonly default: string }>>;
}
interface Options {
  readonly compilerOptions?: { readonly lib?: readonly string[]; readonly types?: readonly string[] };
}

const layers = JSON.parse(readOwn("layers.json")) as Layers;

const files = ownFiles("packages/*/src/**", "apps/*/src/**").filter((file) => /\.tsx?$/.test(file));
const manifests = ownFiles("packages/*/package.json");
const entries = manifests.flatMap((file) =>
  Object.entries((JSON.parse(readOwn(file)) as Manifest).exports ?? {}).map(([entry, target]): [string, string] => [
    join(ownerOf(file) ?? "", entry),
    normalize(join(file, "..", typeof target === "string" ? target : target.default)),
  ]),
);
const sources: Sources = { files: new Map(files.map((file) => [file, readOwn(file)])), entries: new Map(entries) };

const hosts = ownFiles("packages/**/tsconfig*.json", "apps/**/tsconfig*.json").flatMap((file) =>
  hostFaults(layers, ownerOf(file) ?? "", (JSON.parse(readOwn(file)) as Options).compilerOptions ?? {}).map(
    (fault) => `${file}: ${fault}`,
  ),
);

if (sources.files.size === 0) throw new Error("no sources found: nothing was checked");
report(`layers: ${sources.files.size} files`, [...importFaults(layers, sources), ...hosts, ...serverReach(layers, sources)]);
