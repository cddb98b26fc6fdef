import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { runAdmin } from "./admin-commands.ts";
import { openDb } from "./store/sqlite.ts";
import { systemRandom, wallClock } from "./system.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), "megachat-main-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Runs the program; `whenReady` gets its output so far each time there is more. */
function run(args: readonly string[], whenOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void) {
  const child = spawn(
    process.execPath,
    [MAIN, ...(args.includes("--data") ? [] : ["--data", dataDir]), "--stun-port", "off", ...args],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
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

test("[S50] a second server on one folder refuses with words and changes nothing, the operator's commands go on, and a kill frees the folder", async () => {
  const flags = ["--port", "0", "--accept-new-origin"];
  const files = () => readdirSync(dataDir).map((name) => `${name} ${statSync(join(dataDir, name)).mode & 0o777}`);
  let others: Promise<void> | undefined;
  const first = await run(flags, (text, kill) => {
    others ??= (async () => {
      const before = files();
      expect(await run([...flags, "--origin", "https://other.example"], (_text, end) => end("SIGKILL"))).toEqual({
        code: 1,
        out: "",
        errors: `A server is already running with the folder ${dataDir}. Stop it, or choose another folder with --data.\n`,
      });
      expect(files()).toEqual(before);
      const status = await runAdmin(["status", "--data", dataDir], {}, { clock: wallClock, random: systemRandom });
      const lines = status.ok ? status.value : [status.error.text];
      expect(lines[0]).toBe(`origin          ${/http:\S+/.exec(text)?.[0]}`);
      const invited = await runAdmin(["invite", "create", "--data", dataDir], {}, { clock: wallClock, random: systemRandom });
      expect(invited.ok).toBe(true);
    })().finally(() => kill("SIGKILL"));
  });
  await others;
  expect(first.code).toBe(null);
  const next = await run(flags, (_text, kill) => kill("SIGTERM"));
  expect(next).toMatchObject({ code: 0, out: expect.stringContaining("MegaChat is ready") as string });
  expect(files().filter((name) => name.startsWith("lock"))).toEqual([`lock.db ${0o600}`]);
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
  const [file, broken] = [join(dataDir, "a-file"), join(dataDir, "broken")];
  writeFileSync(file, "");
  mkdirSync(broken);
  writeFileSync(join(broken, "megachat.db"), "not a database ".repeat(100));
  const [newer, lost] = [join(dataDir, "newer"), join(dataDir, "lost")];
  mkdirSync(newer);
  const database = openDb(join(newer, "megachat.db"));
  database.script("PRAGMA user_version = 99");
  database.close();
  mkdirSync(lost);
  writeFileSync(join(lost, "opaque-setups"), "garbage\n");
  const cannot: readonly (readonly [string, readonly string[]])[] = [
    [`${file} is no folder.`, ["--data", file]],
    [`${join(file, "below")} is no folder, or lies in something that is none.`, ["--data", join(file, "below")]],
    [`megachat.db in ${broken} is damaged or no database.`, ["--data", broken]],
    ["The database is of a newer version (99)", ["--data", newer]],
    [`${join(lost, "opaque-setups")} is damaged`, ["--data", lost]],
    ["This machine has no address 192.0.2.1.", ["--data", dataDir, "--host", "192.0.2.1"]],
    ...(process.platform === "linux" ? ([["The folder /proc/nope cannot be made", ["--data", "/proc/nope"]]] as const) : []),
  ];
  for (const [sentence, flags] of cannot) {
    const refused = await run([...flags, "--port", "0", "--accept-new-origin"], (_text, kill) => kill("SIGKILL"));
    expect(refused, flags.join(" ")).toMatchObject({ code: 1, out: "" });
    expect(refused.errors).toContain(sentence);
    expect(refused.errors.trim().split("\n")).toHaveLength(1);
  }
  const unknown = await run(["--wat"]);
  expect(unknown.code).toBe(2);
  expect(unknown.errors).toContain("Unknown option --wat");
  const help = await run(["--help"]);
  expect(help.code).toBe(0);
  expect(help.out).toContain("--behind-proxy");
});
