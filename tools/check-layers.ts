/**
 * Checks `layers.json` against the sources: who may import whom, who alone may import a library, which host APIs a
 * package's compiler options let it see, and that nothing which opens a message is reachable from the server.
 */
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { importsOf } from "./lib/imports.ts";
import { isTest, ownFiles, readOwn, report, root } from "./lib/sources.ts";

interface Layers {
  /** What each package may import; `x/y` admits only that entry. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  readonly hosts: Readonly<Record<Host, readonly string[]>>;
  /** Libraries, by prefix, that only these packages import. */
  readonly onlyImporter: Readonly<Record<string, readonly string[]>>;
  /** Packages of which no file may be reachable from the server. */
  readonly closedToServer: readonly string[];
}
type Host = "none" | "webworker" | "dom" | "node";

const layers = JSON.parse(readOwn("layers.json")) as Layers;
const OWN = "@megachat/";

const ownerOf = (file: string): string | undefined => /^(?:packages|apps)\/([^/]+)\//.exec(file)?.[1];

function checkFile(file: string): readonly string[] {
  const owner = ownerOf(file);
  const allowed = layers.packages[owner ?? ""];
  if (owner === undefined || !allowed) return [`${file}: its package is not in layers.json`];
  return importsOf(readOwn(file)).flatMap(({ specifier, line }) => {
    const fault = faultOf(file, owner, allowed, specifier);
    return fault === undefined ? [] : [`${file}:${line}: ${fault}`];
  });
}

function faultOf(file: string, owner: string, allowed: readonly string[], specifier: string): string | undefined {
  if (specifier.startsWith(".")) {
    const target = normalize(join(dirname(file), specifier));
    if (ownerOf(`${target}/`) !== owner) return `reaches into another package: ${specifier}`;
    return isTest(target) ? `imports a test: ${specifier}` : undefined;
  }
  if (specifier.startsWith("node:") && !hostOf(owner).includes("node")) return `${owner} has no host: ${specifier}`;
  for (const [library, importers] of Object.entries(layers.onlyImporter)) {
    if (matches(specifier, library) && !importers.includes(owner)) return `only ${importers.join(" and ")} may import ${specifier}`;
  }
  if (!specifier.startsWith(OWN)) return undefined;
  const target = specifier.slice(OWN.length);
  const permitted = allowed.some((entry) =>
    entry.includes("/") ? target === entry : target === entry || target.startsWith(`${entry}/`),
  );
  return permitted ? undefined : `${owner} may not import ${specifier}`;
}

const matches = (specifier: string, library: string): boolean =>
  library.endsWith("/") ? specifier.startsWith(library) : specifier === library || specifier.startsWith(`${library}/`);

function hostOf(owner: string): readonly Host[] {
  return (Object.keys(layers.hosts) as Host[]).filter((host) => layers.hosts[host].includes(owner));
}

/** A package sees only its host's APIs, because its compiler options name no others. */
function checkHost(folder: string): readonly string[] {
  const file = `${folder}/tsconfig.json`;
  if (!existsSync(join(root, file))) return [];
  const options = (JSON.parse(readOwn(file)) as { compilerOptions?: { lib?: readonly string[]; types?: readonly string[] } })
    .compilerOptions;
  const libs = (options?.lib ?? []).map((lib) => lib.toLowerCase().split(".")[0] ?? "");
  const types = options?.types ?? [];
  const owner = ownerOf(`${folder}/`) ?? "";
  const hosts = hostOf(owner);
  const faults: string[] = [];
  if (hosts.length === 0) faults.push(`${owner} has no host in layers.json`);
  for (const host of ["dom", "webworker"] as const) {
    if (libs.includes(host) && !hosts.includes(host)) faults.push(`${owner} may not see the APIs of ${host}`);
  }
  if (types.includes("node") && !hosts.includes("node")) faults.push(`${owner} may not see the APIs of node`);
  return faults.map((fault) => `${file}: ${fault}`);
}

/** Everything that can run in the server, found by walking its imports through our own packages. */
export function reachableFrom(start: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...start];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const { specifier } of importsOf(readOwn(file))) {
      const target = resolveOwn(file, specifier);
      if (target !== undefined && existsSync(join(root, target)) && /\.tsx?$/.test(target)) queue.push(target);
    }
  }
  return seen;
}

function resolveOwn(file: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return normalize(join(dirname(file), specifier));
  if (!specifier.startsWith(OWN)) return undefined;
  const [name = "", ...rest] = specifier.slice(OWN.length).split("/");
  const entry = rest.length === 0 ? "." : `./${rest.join("/")}`;
  const manifest = JSON.parse(readOwn(`packages/${name}/package.json`)) as {
    exports: Readonly<Record<string, { readonly default: string }>>;
  };
  const path = manifest.exports[entry]?.default;
  return path === undefined ? undefined : normalize(join(`packages/${name}`, path));
}

function checkServer(sources: readonly string[]): readonly string[] {
  const reached = reachableFrom(sources.filter((file) => file.startsWith("apps/server/src/")));
  return [...reached]
    .filter((file) => layers.closedToServer.includes(ownerOf(file) ?? ""))
    .map((file) => `the server reaches ${file}`);
}

const sources = ownFiles("packages/*/src/**", "apps/*/src/**").filter((file) => /\.tsx?$/.test(file) && !isTest(file));
const folders = [...new Set(sources.map((file) => file.split("/").slice(0, 2).join("/")))];
report("layers", [...sources.flatMap(checkFile), ...folders.flatMap(checkHost), ...checkServer(sources)]);
