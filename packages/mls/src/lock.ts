/**
 * lock.json: which sources, with which tools, made the committed artefact. vectors.lock.json: with which OpenMLS the
 * official vectors were run natively. Who does not touch Rust needs no Rust; who does and forgets to rebuild, or to run
 * them, is told so by lock.test.ts.
 *
 * Run by build.sh: `node src/lock.ts write "<rustc version>"`, and by vectors.sh:
 * `node src/lock.ts vectors "<rustc version>" OUTCOME`.
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

export interface VectorsLock {
  readonly toolchain: string;
  /** What decides which OpenMLS and which cryptography is tested, and how. */
  readonly sources: Readonly<Record<string, string>>;
  /** OpenMLS's tests that read vectors and passed: one for each family, and one for the three of passive clients. */
  readonly passed: readonly string[];
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
export const presentVectorSources = (): Record<string, string> => hashes(["crate/Cargo.lock", "vectors.sh"]);
export const readVectorsLock = (): VectorsLock => JSON.parse(readFileSync(join(here, "vectors.lock.json"), "utf8")) as VectorsLock;
export const readLock = (): Lock => JSON.parse(readFileSync(join(here, "lock.json"), "utf8")) as Lock;

if (process.argv[2] === "write") {
  const lock: Lock = { toolchain: process.argv[3] ?? "", sources: presentSources(), artefacts: presentArtefacts() };
  writeFileSync(join(here, "lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
}

if (process.argv[2] === "vectors") {
  const [, , , toolchain = "", outcome = ""] = process.argv;
  const lines = readFileSync(outcome, "utf8").matchAll(/^test (\S+read_(?:test_)?vectors\S*) \.\.\. ok$/gmu);
  const passed = Array.from(lines, ([, name]) => name ?? "").sort();
  const lock: VectorsLock = { toolchain, sources: presentVectorSources(), passed };
  writeFileSync(join(here, "vectors.lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
}
