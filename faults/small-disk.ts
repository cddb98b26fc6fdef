/** A disk so small that it can be filled: in memory, in a mount namespace that goes with its keeper. Needs root, on Linux. */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killed } from "./server.ts";

export interface SmallDisk extends AsyncDisposable {
  /** As programs see it that run {@link SmallDisk.inside}. */
  readonly dataDir: string;
  /** A program that runs another on this disk. */
  readonly inside: readonly string[];
  /** Takes all the room that is left but for so many bytes. */
  readonly fill: (leave?: number) => void;
  readonly free: () => void;
}

export async function smallDisk(megabytes: number): Promise<SmallDisk> {
  const mount = mkdtempSync(join(tmpdir(), "megachat-disk-"));
  const script = `mount -t tmpfs -o size=${megabytes}m,mode=700 tmpfs ${mount} && echo mounted && exec sleep infinity`;
  const keeper = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    keeper.stdout.once("data", () => resolve());
    keeper.once("exit", () => reject(new Error("no disk could be mounted: this needs root")));
  });
  const filler = join(`/proc/${keeper.pid}/root`, mount, "filler");
  return {
    dataDir: join(mount, "data"),
    inside: ["nsenter", `--mount=/proc/${keeper.pid}/ns/mnt`],
    fill: (leave = 0) => {
      const file = openSync(filler, "a");
      const piece = Buffer.alloc(4096);
      try {
        // A short write or an error is the end of the room.
        while (writeSync(file, piece) === piece.length);
      } catch (fault) {
        if ((fault as NodeJS.ErrnoException).code !== "ENOSPC") throw fault;
      } finally {
        closeSync(file);
      }
      if (leave > 0) truncateBy(filler, leave);
    },
    free: () => rmSync(filler, { force: true }),
    [Symbol.asyncDispose]: async () => {
      await killed(keeper);
      rmSync(mount, { recursive: true, force: true });
    },
  };
}

function truncateBy(path: string, bytes: number): void {
  truncateSync(path, Math.max(0, statSync(path).size - bytes));
}
