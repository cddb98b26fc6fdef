/** The server's own program in a process of its own, on a folder that outlives it. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { withChanges, type Change } from "./changed.ts";

const MAIN = join(import.meta.dirname, "../apps/server/src/main.ts");

export interface Served {
  readonly url: string;
  readonly child: ChildProcess;
  /** SIGKILL, and gone when this resolves. */
  readonly kill: () => Promise<void>;
}

export interface ServerOptions {
  readonly dataDir: string;
  readonly changes?: readonly Change[];
  /** A program that runs the server and is told how: its name and first arguments. */
  readonly under?: readonly string[];
}

/** Begins a start and waits for nothing. */
export function launch({ dataDir, changes = [], under = [] }: ServerOptions): ChildProcess {
  const { args, env } = withChanges(changes);
  const flags = ["--port", "0", "--data", dataDir, "--stun-port", "off", "--accept-new-origin", "--log", "error"];
  const [program = process.execPath, ...rest] = [...under, process.execPath, ...args, MAIN, ...flags];
  return spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
}

export const killed = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });

/** Starts, and resolves with the line that names the address. A server that does not start says why. */
export function start(options: ServerOptions): Promise<Served> {
  const child = launch(options);
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (piece: Buffer): void => {
      said += String(piece);
      const port = /http:\/\/localhost:(\d+)/u.exec(said)?.[1];
      if (port !== undefined) resolve({ url: `ws://127.0.0.1:${port}/ws`, child, kill: () => killed(child) });
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => reject(new Error(`the server did not start (${code}): ${said}`)));
  });
}
