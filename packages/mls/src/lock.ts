/**
 * lock.json: which sources, with which tools, made the committed artefact. Who does not touch Rust needs no Rust; who does
 * and forgets to rebuild is told so by lock.test.ts.
 *
 * Run by build.sh: `node src/lock.ts write "<rustc version>"`.
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Lock {
  /** As `rustc --version` says it. Other builds of the same version may differ in bytes. */
  readonly toolchain: string;
  /** SHA-256 by path, relative to packages/mls. */
  readonly sources: Readonly<Record<string, string>>;
  readonly artefacts: Readonly<Record<string, string>>;
}

const here = join(import.meta.dirname, "..");

function filesUnder(folder: string): readonly string[] {
  return readdirSync(join(here, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(here.length + 1)
        .replaceAll("\\", "/"),
    )
    .filter((path) => !path.includes("/target/"))
    .sort();
}

const hash = (path: string): string =>
  createHash("sha256")
    .update(readFileSync(join(here, path)))
    .digest("hex");
const hashes = (paths: readonly string[]): Record<string, string> => Object.fromEntries(paths.map((path) => [path, hash(path)]));

/** The sources and artefacts as they lie there now. */
export const presentSources = (): Record<string, string> => hashes(["build.sh", ...filesUnder("bindgen"), ...filesUnder("crate")]);
export const presentArtefacts = (): Record<string, string> => hashes(filesUnder("wasm"));
export const readLock = (): Lock => JSON.parse(readFileSync(join(here, "lock.json"), "utf8")) as Lock;

if (process.argv[2] === "write") {
  const lock: Lock = { toolchain: process.argv[3] ?? "", sources: presentSources(), artefacts: presentArtefacts() };
  writeFileSync(join(here, "lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
}
