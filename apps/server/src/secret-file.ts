/** Files that only this user may read, on the disk before they are used, and there as a whole or not at all. [S15] */
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export function writeSecretFile(path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
  flushFolder(dirname(path));
}

/** The names in it are on the disk when this returns. */
export function flushFolder(path: string): void {
  const folder = openSync(path, "r");
  fsyncSync(folder);
  closeSync(folder);
}
