/** The repository's own files, as git knows them, so that nothing built or installed is ever judged. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

/** Paths relative to the root, tracked or new but not ignored, sorted. */
export function ownFiles(...patterns: readonly string[]): readonly string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...patterns];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  const files = listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
  return [...new Set(files)].sort();
}

export const readOwn = (file: string): string => readFileSync(join(root, file), "utf8");

export const isTest = (file: string): boolean => /\.(?:test|spec)\.tsx?$/.test(file);

/** Prints what is wrong, if anything, and sets the exit code. */
export function report(what: string, faults: readonly string[]): void {
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log(`${what}: clean`);
}
