/** The folder that everything is kept in: for this user alone, and on the disk before anything is put into it. [S3] */
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { flushFolder } from "./secret-file.ts";

export function makeDataFolder(path: string): void {
  const made: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) made.push(folder);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  // A name is kept by a flush of the folder that it stands in: else a power cut may take a new folder with all that is in it.
  for (const folder of made) flushFolder(dirname(folder));
}
