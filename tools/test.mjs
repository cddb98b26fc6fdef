/**
 * `npm test`: installs what is missing, runs every suite in order, prints the time of each and closes with the counts
 * alone on the last line. `-- --only lint,unit` runs a part. A suite's output is shown when it fails, and always kept in
 * `test-results/`.
 */
import { createWriteStream, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import { endAll, ensureInstalled, root, say, secondsSince } from "./lib/bare.mjs";
import { machine, suites } from "./lib/suites.mjs";
import { ensureSystem } from "./lib/system.mjs";

/** Every process below us inherits this word, so that a browser in a process group of its own is found and ended too. */
const MARK = "MEGACHAT_TEST_RUN";
process.env[MARK] = randomUUID();

const chosen = chooseSuites(process.argv.slice(2));
const started = Date.now();
let passed = 0;
let failed = 0;

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    endAll();
    endStrays();
    say(`\nstopped by ${signal}`);
    process.exit(130);
  });
}

mkdirSync(join(root, "test-results"), { recursive: true });
await ensureInstalled();
/** @type {readonly string[]} */
let lacking = [];
if (chosen.some((suite) => suite.browsers)) {
  lacking = await logged(
    "system",
    (onLine) => ensureSystem(onLine),
    (left) => left.length > 0,
  );
}

/** @type {string[]} */
const times = [];
for (const suite of chosen) {
  const begun = Date.now();
  const outcome = await logged(
    suite.name,
    async (onLine) => {
      if (suite.browsers && lacking.length > 0) {
        onLine(`not run: ${lacking.join(", ")} missing, see above`);
        return { passed: 0, failed: 1 };
      }
      return suite.run(onLine);
    },
    (counted) => counted.failed > 0,
  );
  endStrays();
  passed += outcome.passed;
  failed += outcome.failed;
  times.push(`${suite.name.padEnd(8)} ${secondsSince(begun).padStart(9)}   ${outcome.passed} passed, ${outcome.failed} failed`);
  say(times.at(-1) ?? "");
}

say(`\n${times.join("\n")}\n${"all".padEnd(8)} ${secondsSince(started).padStart(9)}   on ${machine}\n`);
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/** @param {readonly string[]} args */
function chooseSuites(args) {
  const at = args.indexOf("--only");
  const only = at < 0 ? undefined : (args[at + 1] ?? "").split(",");
  const unknown = only?.filter((name) => !suites.some((suite) => suite.name === name)) ?? [];
  const known = `Suites: ${suites.map((suite) => suite.name).join(", ")}.`;
  if (unknown.length > 0 || (args.length > 0 && at !== 0)) {
    say(`Usage: npm test -- --only a,b. ${known}`);
    process.exit(2);
  }
  return suites.filter((suite) => only === undefined || only.includes(suite.name));
}

/**
 * Runs `work` with its lines kept in a file, and prints them if it went badly.
 * @template T
 * @param {string} name
 * @param {(onLine: (line: string) => void) => Promise<T>} work
 * @param {(outcome: T) => boolean} wentBadly
 */
async function logged(name, work, wentBadly) {
  const file = createWriteStream(join(root, `test-results/${name}.log`));
  /** @type {string[]} */
  const lines = [];
  const outcome = await work((line) => {
    lines.push(line);
    file.write(`${line}\n`);
    // What was left out, and the lists that a suite owes its reader.
    if (line.includes("SKIPPED") || line.startsWith("* ")) say(line);
  });
  file.end();
  if (wentBadly(outcome)) say(`—— ${name} ——\n${lines.join("\n")}\n`);
  return outcome;
}

/** Ends processes that carry our mark and outlived their suite. Linux only; elsewhere process groups must do. */
function endStrays() {
  if (process.platform !== "linux") return;
  const mark = `${MARK}=${process.env[MARK]}`;
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!(pid > 0) || pid === process.pid) continue;
    try {
      if (readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark)) process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile, or is not ours to see.
    }
  }
}
