/** The folder that everything is kept in: for this user alone, and on the disk before anything is put into it. [S3] */
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { StartRefused } from "./reach/start-refused.ts";
import { flushFolder } from "./secret-file.ts";
import { lockFile } from "./store/sqlite.ts";

export function makeDataFolder(path: string): void {
  const made: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) made.push(folder);
  // One by one: Node's own recursion never ends where a folder is there and cannot hold another, such as /proc.
  for (const folder of made.toReversed()) makeFolder(folder);
  if (!statSync(path).isDirectory()) throw new StartRefused(`${resolve(path)} is no folder. Choose another with --data.`);
  chmodSync(path, 0o700);
  // A name is kept by a flush of the folder that it stands in: else a power cut may take a new folder with all that is in it.
  for (const folder of made) flushFolder(dirname(folder));
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (fault) {
    // Another server may have made it just now.
    if ((fault as NodeJS.ErrnoException).code !== "EEXIST") throw fault;
  }
}

/** Two servers on one folder would each hold back from its users what the other stored. The operator's commands take no lock. */
export function lockDataFolder(path: string): Disposable {
  const file = join(path, "lock.db");
  const lock = lockFile(file);
  if (!lock) {
    throw new StartRefused(
      `A server is already running with the folder ${resolve(path)}. Stop it, or choose another folder with --data.`,
    );
  }
  chmodSync(file, 0o600);
  return lock;
}
