/**
 * What `npm start` and `npm test` need before anything is installed. Runs under bare Node 20 with no packages: nothing
 * here may import one, and no TypeScript.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve, sep } from "node:path";
import process from "node:process";

export const root = resolve(import.meta.dirname, "../..");
const windows = process.platform === "win32";

// Whoever read along has left, as `| head -1` does: what a shell reports of a program that a broken pipe ended, and no
// stack. Nothing that was begun goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (/** @type {NodeJS.ErrnoException} */ fault) => {
    if (fault.code !== "EPIPE") throw fault;
    endAll();
    process.exit(141);
  });
}

/** @param {string} text */
export const say = (text) => void process.stdout.write(`${text}\n`);

/** @param {number} since milliseconds @returns {string} seconds, to a tenth */
export const secondsSince = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** The Node that the lockfile pins, or this one where the platform has no packaged binary and this one is new enough. */
export function pinnedNode() {
  const packaged = join(root, "node_modules/.bin", windows ? "node.cmd" : "node");
  if (existsSync(packaged)) return packaged;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 15)) return process.execPath;
  say(
    `MegaChat runs on Node 24.15 or newer. This is ${process.version}, and no packaged Node came for ${process.platform}-${process.arch}.`,
  );
  say("Install a newer Node, then run this again.");
  return process.exit(1);
}

/**
 * What is installed agrees with the lockfile. npm writes `node_modules/.package-lock.json` last, so an interrupted
 * installation does not count.
 */
export function isInstalled() {
  const hidden = join(root, "node_modules/.package-lock.json");
  if (!existsSync(hidden)) return false;
  const wanted = packagesOf(join(root, "package-lock.json"));
  const present = packagesOf(hidden);
  return Object.entries(wanted).every(([at, entry]) => {
    if (at === "" || !at.includes("node_modules/")) return true;
    const found = present[at];
    if (!found) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockEntry */

/** @param {string} file */
function packagesOf(file) {
  const lock = /** @type {{ packages: Record<string, LockEntry> }} */ (JSON.parse(readFileSync(file, "utf8")));
  return lock.packages;
}

/** Installs the locked packages when they are missing or the lockfile changed. Ends the process when that fails. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  say("Installing the locked packages: about 500 MB, under a minute on a good line …");
  const started = Date.now();
  /** @type {string[]} */
  const lines = [];
  const stopShowing = showProgress(() => `${countInstalled()} packages, ${secondsSince(started)}`);
  const ended = await npm(["ci", "--loglevel=error"], { timeoutMs: 15 * 60_000, onLine: (line) => lines.push(line) });
  stopShowing();
  if (ended.code === 0) return say(`Installed in ${secondsSince(started)}.`);
  say(lines.join("\n"));
  say(
    `npm ci failed${ended.timedOut ? " to finish in 15 minutes" : ""}. Nothing was started. Check the connection to the package registry and run this again.`,
  );
  process.exit(1);
}

/** Packages that have arrived in node_modules: npm makes all folders first and fills them one by one. */
function countInstalled() {
  const folder = join(root, "node_modules");
  const inside = (/** @type {string} */ path) => (existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : []);
  const packages = inside(folder).flatMap((path) => (path.includes(`${sep}@`) ? inside(path) : [path]));
  return packages.filter((path) => existsSync(join(path, "package.json"))).length;
}

/**
 * Says every few seconds how far a long work is, on one line where there is a terminal. Returns what stops it.
 * @param {() => string} text
 */
export function showProgress(text) {
  const terminal = process.stdout.isTTY;
  const timer = setInterval(
    () => {
      process.stdout.write(terminal ? `\r  ${text()}   ` : `  ${text()}\n`);
    },
    terminal ? 500 : 5_000,
  );
  return () => {
    clearInterval(timer);
    if (terminal) process.stdout.write("\r\x1b[K");
  };
}

/**
 * @typedef {object} RunOptions
 * @property {number} timeoutMs after which the whole process group is ended
 * @property {Record<string, string>} [env] added to the environment
 * @property {(line: string) => void} [onLine] takes the output line by line; without it the output passes through
 * @property {boolean} [shell]
 */

/** Runs npm: the one that runs us, or the one on the path. @param {readonly string[]} args @param {RunOptions} options */
export function npm(args, options) {
  const cli = process.env["npm_execpath"];
  if (cli?.endsWith(".js") === true && existsSync(cli)) return run(process.execPath, [cli, ...args], options);
  return run("npm", args, { ...options, shell: windows });
}

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/**
 * Runs a program as a process group of its own and ends the whole group with it.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Promise<{ code: number, timedOut: boolean }>}
 */
export function run(command, args, { timeoutMs, env = {}, onLine, shell = false }) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: onLine ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
      detached: !windows,
      shell,
    });
    running.add(child);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child, "SIGTERM");
      setTimeout(() => endGroup(child, "SIGKILL"), 3000).unref();
    }, timeoutMs);
    if (onLine) for (const stream of [child.stdout, child.stderr]) if (stream) splitLines(stream, onLine);
    const finish = (/** @type {number} */ code) => {
      clearTimeout(timer);
      running.delete(child);
      endGroup(child, "SIGKILL");
      done({ code, timedOut });
    };
    child.on("error", (fault) => {
      (onLine ?? say)(`${command}: ${fault.message}`);
      finish(127);
    });
    // "exit", not "close": a grandchild that holds the pipe open must not hold us. Its last lines get a moment.
    child.on("exit", (code) => setTimeout(() => finish(code ?? 1), 50));
  });
}

/**
 * Runs one of our programs with the pinned Node in this process's place: its terminal, its signals, its exit code.
 * @param {string} script path from the root
 * @param {readonly string[]} args
 */
export function becomeNode(script, args) {
  const child = spawn(pinnedNode(), [join(root, script), ...args], { cwd: root, stdio: "inherit" });
  // The program stops in good order by itself; this process only passes the word on and waits.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => child.kill(signal));
  // npm and its shell pass no signal on when they alone are ended: who notices that they are gone stops as well.
  const family = ancestors();
  const watch = setInterval(() => ancestors() !== family && child.kill("SIGTERM"), 1000);
  watch.unref();
  child.on("error", (fault) => {
    process.stderr.write(`${script} could not be started: ${fault.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128 + constants.signals[signal]);
  });
}

/** Our parent and, where the system tells, its parent: npm runs us through a shell. */
function ancestors() {
  try {
    const [, after = ""] = readFileSync(`/proc/${process.ppid}/stat`, "utf8").split(") ");
    return `${process.ppid} ${after.split(" ")[1] ?? ""}`;
  } catch {
    return `${process.ppid}`;
  }
}

/** Ends everything that {@link run} started. */
export function endAll() {
  for (const child of running) endGroup(child, "SIGKILL");
}

/** @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} signal */
function endGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    if (windows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** @param {import("node:stream").Readable} stream @param {(line: string) => void} onLine */
function splitLines(stream, onLine) {
  let held = "";
  stream.setEncoding("utf8");
  stream.on("data", (/** @type {string} */ chunk) => {
    const lines = (held + chunk).split("\n");
    held = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => held !== "" && onLine(held));
}
