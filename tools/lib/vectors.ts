/**
 * Where published test vectors lie: MEGACHAT_VECTORS, or `shared/vectors` beside the checkout. They are read, never
 * copied. Absent, their tests are skipped aloud; under CI=true that is a failure.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, normalize, resolve } from "node:path";

export const vectorsFolder = process.env["MEGACHAT_VECTORS"] ?? resolve(import.meta.dirname, "../../../shared/vectors");

/** The text of one vector file, or undefined where there is none. `path` stays inside the folder. */
export function readVectors(path: string): string | undefined {
  const inside = normalize(path);
  if (inside.startsWith("..")) throw new RangeError(`outside the vectors: ${path}`);
  const file = join(vectorsFolder, inside);
  if (existsSync(file)) return readFileSync(file, "utf8");
  if (process.env["CI"] === "true") throw new Error(`no test vectors at ${file}; set MEGACHAT_VECTORS`);
  console.warn(`SKIPPED: no test vectors at ${file}; set MEGACHAT_VECTORS`);
  return undefined;
}
