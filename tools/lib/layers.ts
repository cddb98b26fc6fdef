/** Who may import whom. Pure: judges the sources it is given. */
import { dirname, join, normalize } from "node:path";
import { importsOf } from "./imports.ts";

export interface Layers {
  /** What each package may import; `x/y` admits only that entry. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  readonly hosts: Readonly<Record<Host, readonly string[]>>;
  /** Libraries, by prefix, that only these packages import. */
  readonly onlyImporter: Readonly<Record<string, readonly string[]>>;
  /** Packages of which no file may be reachable from the server. */
  readonly closedToServer: readonly string[];
}
type Host = "none" | "webworker" | "dom" | "node";

/** The product's sources by path from the root, and the `exports` of each of its packages. */
export interface Sources {
  readonly files: ReadonlyMap<string, string>;
  /** Package and entry, as in `auth/server`, to the file behind it. */
  readonly entries: ReadonlyMap<string, string>;
}

const OWN = "@megachat/";
export const ownerOf = (file: string): string | undefined => /^(?:packages|apps)\/([^/]+)\//.exec(file)?.[1];
const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);

/** Every import that the layers do not allow. Tests may import anything, and nothing but tests imports tests. */
export function importFaults(layers: Layers, { files }: Sources): readonly string[] {
  return [...files].flatMap(([file, source]) => {
    if (isTest(file)) return [];
    const owner = ownerOf(file);
    const allowed = layers.packages[owner ?? ""];
    if (owner === undefined || !allowed) return [`${file}: its package is not in layers.json`];
    return importsOf(source).flatMap(({ specifier, line }) => {
      const fault = faultOf(layers, { file, owner, allowed, specifier });
      return fault === undefined ? [] : [`${file}:${line}: ${fault}`];
    });
  });
}

interface Found {
  readonly file: string;
  readonly owner: string;
  readonly allowed: readonly string[];
  readonly specifier: string;
}

function faultOf(layers: Layers, { file, owner, allowed, specifier }: Found): string | undefined {
  if (specifier.startsWith(".")) {
    const target = normalize(join(dirname(file), specifier));
    if (ownerOf(`${target}/`) !== owner) return `reaches into another package: ${specifier}`;
    return isTest(target) ? `imports a test: ${specifier}` : undefined;
  }
  if (specifier.startsWith("node:") && !layers.hosts.node.includes(owner))
    return `${owner} has no Node to import ${specifier} from`;
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

/** The host APIs that a package's compiler options show it, though its layer has none. */
export function hostFaults(
  layers: Layers,
  owner: string,
  options: { readonly lib?: readonly string[]; readonly types?: readonly string[] },
): readonly string[] {
  const libs = (options.lib ?? []).map((lib) => lib.toLowerCase().split(".")[0] ?? "");
  const seen = [
    ...new Set([
      ...libs.filter((lib) => lib === "dom" || lib === "webworker"),
      ...(options.types ?? []).filter((type) => type === "node"),
    ]),
  ];
  const hosts = (Object.keys(layers.hosts) as Host[]).filter((host) => layers.hosts[host].includes(owner));
  if (hosts.length === 0) return [`${owner} has no host in layers.json`];
  return seen.filter((host) => !hosts.includes(host as Host)).map((host) => `${owner} may not see the APIs of ${host}`);
}

/** Files that open messages, or hold keys to them, and can be reached from the server by its imports. */
export function serverReach(layers: Layers, sources: Sources): readonly string[] {
  const start = [...sources.files.keys()].filter((file) => file.startsWith("apps/server/src/") && !isTest(file));
  const reached = reachableFrom(start, sources);
  return [...reached]
    .filter((file) => layers.closedToServer.includes(ownerOf(file) ?? ""))
    .map((file) => `the server reaches ${file}`);
}

function reachableFrom(start: readonly string[], sources: Sources): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...start];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const source = sources.files.get(file);
    if (seen.has(file) || source === undefined) continue;
    seen.add(file);
    for (const { specifier } of importsOf(source)) {
      if (specifier.startsWith(".")) queue.push(normalize(join(dirname(file), specifier)));
      else if (specifier.startsWith(OWN)) queue.push(sources.entries.get(specifier.slice(OWN.length)) ?? "");
    }
  }
  return seen;
}
