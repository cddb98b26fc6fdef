/** The real server as a process of its own, on a free port, with data of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export interface TestServer {
  /** The address it prints: the first of its origins. */
  readonly url: string;
  /** The port it listens on, whatever address it prints. */
  readonly port: number;
  readonly dataDir: string;
  /** Everything it has written to its log and its terminal. */
  readonly output: () => string;
  /** Asks it to stop and waits; what it held is on disk after. */
  readonly stop: () => Promise<void>;
  /** Pulls the plug. */
  readonly kill: () => Promise<void>;
  /** Starts it again where it was: same port, same data. */
  readonly startAgain: () => Promise<void>;
  readonly pid: () => number;
}

export interface ServerOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Taken when given; otherwise one that is free on this machine. */
  readonly port?: number;
  /** Kept when given; otherwise a folder that goes with the server. */
  readonly dataDir?: string;
  /** Runs it inside something: `["ip", "netns", "exec", name]`. */
  readonly through?: readonly string[];
}

const READY = /MegaChat is ready at (https?:\/\/\S+)/;

/** Free a moment ago. Fixed from here on, so that a server that starts again is found where it was. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

export async function startServer({
  flags = [],
  env = {},
  port: wanted,
  dataDir,
  through = [],
}: ServerOptions = {}): Promise<TestServer> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), "megachat-e2e-"));
  const port = wanted ?? (await freePort());
  const state = { output: "", url: "" };
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const [command = "", ...args] = [
      ...through,
      process.execPath,
      join(root, "apps/server/src/main.ts"),
      "--stun-port",
      "0",
      "--port",
      String(port),
      "--data",
      folder,
      ...flags,
    ];
    const begun = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    child = begun;
    let said = "";
    await new Promise<void>((done, fail) => {
      const onText = (chunk: Buffer): void => {
        const text = chunk.toString("utf8");
        state.output += text;
        said += text;
        const ready = READY.exec(said);
        if (!ready) return;
        state.url = ready[1] ?? "";
        done();
      };
      begun.stdout.on("data", onText);
      begun.stderr.on("data", onText);
      begun.on("error", fail);
      begun.on("exit", (code) => fail(new Error(`the server ended with ${code}:\n${state.output}`)));
      setTimeout(() => fail(new Error(`the server did not start:\n${state.output}`)), 20_000).unref();
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((done) => ending.once("exit", done));
    ending.kill(signal);
    await ended;
  };

  await start();
  return {
    url: state.url,
    port,
    dataDir: folder,
    output: () => state.output,
    pid: () => child?.pid ?? 0,
    stop: async () => {
      await end("SIGTERM");
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
    kill: () => end("SIGKILL"),
    startAgain: start,
  };
}
