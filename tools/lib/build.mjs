/** Builds the web app when what it is made from has changed: judged by content, so a checkout or a touch costs nothing. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { npm, root, say, secondsSince, showProgress } from "./bare.mjs";

const outcome = join(root, "apps/web/dist/index.html");
const stamp = join(root, "node_modules/.cache/megachat/web-build");

/** Ends the process when the build fails. */
export async function ensureBuilt() {
  const wanted = sourceHash();
  if (existsSync(outcome) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("Building the web app …");
  const started = Date.now();
  /** @type {string[]} */
  const lines = [];
  const stopShowing = showProgress(() => secondsSince(started));
  const ended = await build((line) => lines.push(line));
  stopShowing();
  if (ended.code !== 0) {
    say(lines.join("\n"));
    say("The web app did not build; nothing was started.");
    process.exit(1);
  }
  say(`Built in ${secondsSince(started)}.`);
}

/** @param {(line: string) => void} onLine takes the output */
export async function build(onLine) {
  const wanted = sourceHash();
  const ended = await npm(["run", "build", "--silent", "--workspace", "@megachat/web"], { timeoutMs: 5 * 60_000, onLine });
  if (ended.code === 0) {
    mkdirSync(join(stamp, ".."), { recursive: true });
    writeFileSync(stamp, wanted);
  }
  return ended;
}

/** Over every file that can reach the bundle. Tests cannot. */
function sourceHash() {
  const hash = createHash("sha256");
  const files = [join(root, "package-lock.json"), join(root, "tsconfig.base.json"), ...under("apps/web"), ...under("packages")];
  for (const file of files.sort()) hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

/** @param {string} folder @returns {string[]} */
function under(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const at = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ["node_modules", "dist", "target", "crate", "bindgen"].includes(entry.name) ? [] : under(at);
    return entry.isFile() && !/\.test\.tsx?$|\.tsbuildinfo$/.test(entry.name) ? [join(root, at)] : [];
  });
}
