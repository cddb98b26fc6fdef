import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), "megachat-main-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Runs the program; `whenReady` gets its output so far each time there is more. */
function run(args: readonly string[], whenOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void) {
  const child = spawn(process.execPath, [MAIN, "--data", dataDir, "--stun-port", "off", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, errors] = ["", ""];
  child.stdout.on("data", (piece: Buffer) => {
    out += piece.toString();
    whenOutput?.(out, (signal) => child.kill(signal));
  });
  child.stderr.on("data", (piece: Buffer) => (errors += piece.toString()));
  return new Promise<{ code: number | null; out: string; errors: string }>((resolve) => {
    child.on("exit", (code) => resolve({ code, out, errors }));
  });
}

test("[S42] the program prints one line with its address, and ends in good order when it is told to", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    let told = false;
    const ended = await run(["--port", "0", "--accept-new-origin"], (text, kill) => {
      if (told || !text.includes("\n")) return;
      told = true;
      kill(signal);
    });
    expect(ended.code).toBe(0);
    expect(ended.out).toMatch(/^MegaChat is ready at http:\/\/localhost:\d+\n$/);
    const events = ended.errors
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual(["started", "stopped", "counts"]);
  }
});

test("[S44] a start that is not possible ends with one sentence and no stack", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const busy = await run(["--port", String(port), "--accept-new-origin"]);
  expect(busy).toMatchObject({
    code: 1,
    out: "",
    errors: `Port ${port} is taken. Stop what uses it, or choose another with --port.\n`,
  });
  taken.close();
  const unknown = await run(["--wat"]);
  expect(unknown.code).toBe(2);
  expect(unknown.errors).toContain("Unknown option --wat");
  const help = await run(["--help"]);
  expect(help.code).toBe(0);
  expect(help.out).toContain("--behind-proxy");
});
