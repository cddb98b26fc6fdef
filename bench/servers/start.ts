/** A server of a bench in a process of its own, with a folder that goes with it. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import process from "node:process";

export interface Served extends AsyncDisposable {
  readonly url: string;
  /** Bytes of memory after a collection: what is its own, and of what is shared its part (Pss, proc(5)). */
  readonly memory: () => Promise<number>;
}

export async function startOne(name: "product" | "bare" | "relay"): Promise<Served> {
  const dataDir = mkdtempSync(join(tmpdir(), "megachat-bench-"));
  const program = join(import.meta.dirname, `${name}.ts`);
  const child = spawn(process.execPath, ["--expose-gc", program, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  for await (const piece of child.stdout) {
    said += String(piece);
    const url = /listening (\S+)/.exec(said)?.[1];
    if (url === undefined) continue;
    return {
      url,
      memory: async () => {
        for (let time = 0; time < 3; time++) {
          child.kill("SIGUSR2");
          await sleep(500);
        }
        const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, "utf8");
        return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? Number.NaN) * 1024;
      },
      [Symbol.asyncDispose]: async () => {
        child.kill("SIGTERM");
        await ended;
        rmSync(dataDir, { recursive: true, force: true });
      },
    };
  }
  throw new Error(`${name} did not start: ${said}`);
}
