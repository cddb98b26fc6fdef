/**
 * `npm run dev`: the product, rebuilt and started again after each change of its sources. The same build and the same
 * server as everywhere else: what works here works there. Flags go to the server.
 */
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ensureInstalled, pinnedNode, root, say, secondsSince } from "./lib/bare.mjs";
import { build } from "./lib/build.mjs";

await ensureInstalled();

/** @type {import("node:child_process").ChildProcess | undefined} */
let server;
let isWorking = false;
let isStale = true;

async function follow() {
  if (isWorking) return;
  isWorking = true;
  while (isStale) {
    isStale = false;
    const started = Date.now();
    /** @type {string[]} */
    const lines = [];
    const { code } = await build((line) => lines.push(line));
    if (code !== 0) {
      say(lines.join("\n"));
      continue;
    }
    say(`Built in ${secondsSince(started)}.`);
    await stopServer();
    server = spawn(pinnedNode(), [join(root, "apps/server/src/main.ts"), ...process.argv.slice(2)], {
      cwd: root,
      stdio: "inherit",
    });
  }
  isWorking = false;
}

/** @returns {Promise<void>} */
function stopServer() {
  const running = server;
  if (!running || running.exitCode !== null) return Promise.resolve();
  return new Promise((done) => {
    running.once("exit", () => done());
    running.kill("SIGTERM");
  });
}

/** @type {NodeJS.Timeout | undefined} */
let settling;
for (const folder of ["packages", "apps"]) {
  watch(join(root, folder), { recursive: true }, (_event, file) => {
    if (file === null || !/[\\/](?:src|wasm)[\\/]/.test(file) || /\.test\.tsx?$|[\\/]node_modules[\\/]/.test(file)) return;
    isStale = true;
    clearTimeout(settling);
    settling = setTimeout(() => void follow(), 150);
  });
}
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => void stopServer().then(() => process.exit(0)));
}
await follow();
