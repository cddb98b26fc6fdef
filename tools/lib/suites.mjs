/**
 * The suites of `npm test`, in order. Each says how it is run and how its output is counted; a suite without counts of
 * its own is one test. Bare Node, no packages.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pinnedNode, root, run } from "./bare.mjs";
import { build } from "./build.mjs";

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 *
 * @typedef {(line: string) => void} OnLine
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {(onLine: OnLine) => Promise<Outcome>} run
 * @property {boolean} [browsers] needs the system's browsers and tools
 */

const minutes = 60_000;
/** The output is kept in files and shown late: colours would be noise there. */
const plain = { FORCE_COLOR: "0" };

/**
 * Runs the script of an installed package, or one of ours, with the pinned Node.
 * @param {string} script path from the root
 * @param {readonly string[]} args @param {number} timeoutMs @param {OnLine} onLine
 */
async function script(script, args, timeoutMs, onLine) {
  const ended = await run(pinnedNode(), [join(root, script), ...args], { timeoutMs, onLine, env: plain });
  if (ended.timedOut) onLine(`ended after ${timeoutMs / minutes} minutes`);
  return ended.code === 0 && !ended.timedOut;
}

/** @param {boolean} good @returns {Outcome} */
const one = (good) => ({ passed: good ? 1 : 0, failed: good ? 0 : 1 });

/** @param {string} path @param {readonly string[]} [args] @param {number} [timeoutMs] */
const check =
  (path, args = [], timeoutMs = 3 * minutes) =>
  async (/** @type {OnLine} */ onLine) =>
    one(await script(path, args, timeoutMs, onLine));

/** One project of vitest.config.ts, counted by its JSON report. @param {string} project @param {number} timeoutMs */
const vitest = (project, timeoutMs) => async (/** @type {OnLine} */ onLine) => {
  const file = join(root, `test-results/${project}.json`);
  rmSync(file, { force: true });
  const args = [
    "run",
    "--project",
    project,
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ];
  const good = await script("node_modules/vitest/vitest.mjs", args, timeoutMs, onLine);
  if (!existsSync(file)) return one(good);
  const report = /** @type {{ numPassedTests: number, numFailedTests: number }} */ (JSON.parse(readFileSync(file, "utf8")));
  return settled({ passed: report.numPassedTests, failed: report.numFailedTests }, good);
};

/** One Playwright configuration, counted by its JSON report. @param {string} name @param {string} config @param {number} timeoutMs */
const playwright = (name, config, timeoutMs) => async (/** @type {OnLine} */ onLine) => {
  const file = join(root, `test-results/${name}.json`);
  rmSync(file, { force: true });
  const ended = await run(
    pinnedNode(),
    [join(root, "node_modules/@playwright/test/cli.js"), "test", "--config", config, "--reporter=list,json"],
    {
      timeoutMs,
      env: { ...plain, PLAYWRIGHT_JSON_OUTPUT_NAME: file },
      onLine,
    },
  );
  const good = ended.code === 0 && !ended.timedOut;
  if (ended.timedOut) onLine(`ended after ${timeoutMs / minutes} minutes`);
  if (!existsSync(file)) return one(good);
  const { stats } = /** @type {{ stats: { expected: number, unexpected: number, flaky: number } }} */ (
    JSON.parse(readFileSync(file, "utf8"))
  );
  return settled({ passed: stats.expected, failed: stats.unexpected + stats.flaky }, good);
};

/** A runner that failed without a failed test (a crash, an error outside any) is one failure. @param {Outcome} counted @param {boolean} good */
const settled = (counted, good) => (good || counted.failed > 0 ? counted : { ...counted, failed: 1 });

/** A little of each kind of fault, each one test. @param {OnLine} onLine */
async function faults(onLine) {
  const runs = [
    ["kills", "--kills", "8", "--part", "11"],
    ["power", "--cuts", "6", "--rows", "150", "--controls", "0"],
    ["disk", "--rounds", "1"],
    ["core", "--once", "--part", "9"],
  ];
  const counted = { passed: 0, failed: 0 };
  for (const args of runs) {
    if (await script("faults/run.ts", args, 3 * minutes, onLine)) counted.passed++;
    else counted.failed++;
  }
  return counted;
}

/** @type {readonly Suite[]} */
export const suites = [
  { name: "format", run: check("node_modules/oxfmt/bin/oxfmt", ["--check"]) },
  { name: "types", run: check("node_modules/typescript/bin/tsc", ["--build"]) },
  { name: "lint", run: check("node_modules/oxlint/bin/oxlint", ["--type-aware"]) },
  { name: "layers", run: check("tools/check-layers.ts") },
  { name: "rules", run: check("tools/check-rules.ts") },
  { name: "knip", run: check("node_modules/knip/bin/knip.js", ["--no-config-hints"]) },
  { name: "unit", run: vitest("node", 12 * minutes) },
  { name: "mallory", run: check("mallory/run.ts", ["--part", "12"], 5 * minutes) },
  { name: "faults", run: faults, browsers: true },
  { name: "vectors", run: vitest("vectors", 6 * minutes) },
  { name: "browser", run: vitest("browser", 6 * minutes), browsers: true },
  {
    name: "build",
    run: async (onLine) => {
      const ended = await build(onLine);
      return one(ended.code === 0 && (await script("tools/check-bundle.ts", [], minutes, onLine)));
    },
  },
  { name: "gallery", run: playwright("gallery", "packages/ui/playwright.config.ts", 10 * minutes), browsers: true },
  { name: "media", run: playwright("media", "packages/media/playwright.config.ts", 8 * minutes), browsers: true },
  { name: "e2e", run: playwright("e2e", "playwright.config.ts", 30 * minutes), browsers: true },
];

/** What the closing report says of the machine. */
export const machine = `${cpus().length} cores, ${process.platform}-${process.arch}`;
