/**
 * Loaded before a program: gives it sources with a few places changed. So a kill strikes at one line, and a control lacks
 * one defence, while the product itself knows of neither.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

export interface Change {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const root = join(import.meta.dirname, "..");
const CHANGES = "MEGACHAT_CHANGES";

/** What Node is told, and what its environment holds, to run a program with changes. */
export const withChanges = (changes: readonly Change[]) =>
  changes.length === 0
    ? { args: [], env: {} }
    : { args: ["--import", import.meta.filename], env: { [CHANGES]: JSON.stringify(changes) } };

/** A place that is no longer there is no place to strike: the table of the run must be mended. */
function changed(source: string, { file, find, put }: Change): string {
  if (source.split(find).length !== 2) throw new Error(`“${find}” does not stand once in ${file}`);
  return source.replace(find, () => put);
}

const given = process.env[CHANGES];
if (given !== undefined) {
  const byUrl = new Map<string, string>();
  for (const change of JSON.parse(given) as readonly Change[]) {
    const path = join(root, change.file);
    const url = pathToFileURL(path).href;
    byUrl.set(url, changed(byUrl.get(url) ?? readFileSync(path, "utf8"), change));
  }
  registerHooks({
    load: (url, context, next) => {
      const source = byUrl.get(url);
      return source === undefined ? next(url, context) : { format: "module-typescript", source, shortCircuit: true };
    },
  });
}
