/**
 * `start`: milliseconds from `npm start`'s own command to the printed address, when everything is installed, built and
 * has been started before; against a bare Node that opens a database and listens with nothing to serve.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { median, report } from "../report.ts";

const ROUNDS = 15;
const root = resolve(import.meta.dirname, "../..");

/** Until the program has printed `said`; then it is stopped. */
async function until(said: string, args: readonly string[]): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ended = new Promise((done) => child.once("exit", done));
  const lasted = await new Promise<number>((done, fail) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString("utf8");
        if (output.includes(said)) done(performance.now() - begun);
      });
    child.once("exit", () => fail(new Error(`it ended and had said: ${output}`)));
  });
  child.kill("SIGTERM");
  await ended;
  return lasted;
}

const folder = mkdtempSync(join(tmpdir(), "megachat-bench-"));
const bare = `
import { DatabaseSync } from "node:sqlite";
import fastify from "fastify";
const database = new DatabaseSync(${JSON.stringify(join(folder, "bare.sqlite"))});
database.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS rows (at INTEGER PRIMARY KEY, body BLOB)");
await fastify().listen({ host: "127.0.0.1", port: 0 });
console.log("listening");
`;
const product = (): Promise<number> =>
  until("MegaChat is ready at", ["tools/start.mjs", "--port", "8457", "--stun-port", "0", "--data", join(folder, "data")]);
const baseline = (): Promise<number> => until("listening", ["--input-type=module", "--eval", bare]);

// The first start installs, builds and founds the data; it is not the one that is measured.
await product();
await baseline();
const samples: Record<"product" | "bare", number[]> = { product: [], bare: [] };
for (let round = 0; round < ROUNDS; round++) {
  samples.bare.push(await baseline());
  samples.product.push(await product());
}
rmSync(folder, { recursive: true, force: true });
report({
  figure: "start",
  value: median(samples.product),
  unit: "ms",
  baseline: median(samples.bare),
  aim: { valueAtMost: 3_000 },
  samples,
});
