/**
 * What the built web app may weigh and hold. The first load, everything fetched up to a usable sign-in form, stays
 * within 150 KB as a browser receives it (Brotli). Nothing built holds a source map's address, a string evaluator or a
 * hook for tests.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { report, root } from "./lib/sources.ts";

/** Kilobytes of 1,000 bytes, as people count a download. */
const FIRST_LOAD_BUDGET = 150_000;
const dist = join(root, "apps/web/dist");

const compressedSize = (file: string): number =>
  brotliCompressSync(readFileSync(join(dist, file)), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** The page, the scripts and styles it names, and what those import statically. */
function firstLoad(): ReadonlySet<string> {
  const seen = new Set(["index.html"]);
  const page = readFileSync(join(dist, "index.html"), "utf8");
  const queue = [...page.matchAll(/(?:src|href)="\/?([^"?#:]+\.(?:js|css|svg|woff2))"/g)].map((match) => match[1] ?? "");
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (!file.endsWith(".js")) continue;
    const code = readFileSync(join(dist, file), "utf8");
    const folder = file.split("/").slice(0, -1).join("/");
    for (const match of code.matchAll(/(?:^|[;}\n])(?:import|export)(?:[^"';()]*?from)?\s*["']\.\/([^"']+)["']/g)) {
      queue.push(folder === "" ? (match[1] ?? "") : `${folder}/${match[1] ?? ""}`);
    }
  }
  return seen;
}

const forbidden: readonly (readonly [RegExp, string])[] = [
  [/\beval\s*\(/, "eval"],
  [/\bnew Function\b|[^.\w]Function\s*\(\s*["'`]/, "new Function"],
  [/[#@] sourceMappingURL=/, "a source map's address"],
  [/__(?:test|mock|e2e)\w*__/i, "a test hook"],
  [/\.test\.tsx?/, "a test"],
];

const faults: string[] = [];
const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) => /\.(?:js|html|css|map)$/.test(file));
for (const file of files) {
  if (file.endsWith(".map")) faults.push(`${file}: a source map`);
  const text = readFileSync(join(dist, file), "utf8");
  for (const [pattern, what] of forbidden) if (pattern.test(text)) faults.push(`${file}: holds ${what}`);
}
const parts = [...firstLoad()].map((file) => ({ file, size: compressedSize(file) }));
const total = parts.reduce((sum, part) => sum + part.size, 0);
for (const { file, size } of parts) console.log(`${String(size).padStart(8)}  ${file}`);
console.log(`${String(total).padStart(8)}  first load of ${FIRST_LOAD_BUDGET} allowed`);
if (total > FIRST_LOAD_BUDGET) faults.push(`first load: ${total} bytes, over the budget of ${FIRST_LOAD_BUDGET}`);
report("bundle", faults);
