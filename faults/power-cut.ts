/**
 * A disk as it is after a power cut: what was flushed is there, and of all else nobody knows. A file's bytes are kept by a
 * flush of the file, its name by a flush of its folder. What was not flushed may have come to the disk or not, in any
 * order, in pieces of a sector.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Call } from "./trace.ts";

const SECTOR = 512;

type Change = { readonly offset: number; readonly bytes: Buffer } | { readonly length: number };
interface File {
  /** As the program sees it. */
  size: number;
  flushed: Buffer;
  pending: Change[];
}

export interface Disk {
  readonly carryOut: (call: Call) => void;
  /** Writes the folder as a power cut at this moment may have left it; false if the folder itself is not there. */
  readonly cut: (folder: string, chance: (below: number) => number) => boolean;
  /** Changes that nobody flushed yet. */
  readonly pending: () => number;
}

/** The disk under the data folder, empty at first. */
export function newDisk(dataDir: string): Disk {
  /** What each name stands for, as the program sees it, and as it was when its folder was last flushed. */
  let names = new Map<string, File | "folder">();
  const kept = new Map<string, File | "folder">();
  let renamed: { readonly path: string; readonly before: File | "folder" | undefined }[] = [];

  const fileAt = (path: string): File => {
    const file = names.get(path);
    if (!file || file === "folder") throw new Error(`no file is called ${path}`);
    return file;
  };
  const rename = (path: string, to: File | "folder" | undefined): void => {
    renamed.push({ path, before: names.get(path) });
    names = new Map(names);
    if (to) names.set(path, to);
    else names.delete(path);
  };

  const carryOut = (call: Call): void => {
    const { path } = call;
    switch (call.type) {
      case "create": {
        if (!names.has(path)) rename(path, { size: 0, flushed: Buffer.alloc(0), pending: [] });
        else if (call.empties) change(fileAt(path), { length: 0 });
        return;
      }
      case "folder":
        return rename(path, "folder");
      case "rename": {
        rename(path, fileAt(call.from));
        return rename(call.from, undefined);
      }
      case "unlink":
        return names.has(path) ? rename(path, undefined) : undefined;
      case "write":
        return change(fileAt(path), { offset: call.offset ?? fileAt(path).size, bytes: call.bytes });
      case "truncate":
        return change(fileAt(path), { length: call.length });
      case "flush": {
        const file = names.get(path);
        if (file !== undefined && file !== "folder") {
          file.flushed = file.pending.reduce(applied, file.flushed);
          file.pending = [];
          return;
        }
        for (const each of renamed) if (dirname(each.path) === path) keep(kept, each.path, names.get(each.path));
        renamed = renamed.filter((each) => dirname(each.path) !== path);
      }
    }
  };

  return {
    carryOut,
    cut: (folder, chance) => {
      const there = new Map(kept);
      for (const path of new Set(renamed.map((each) => each.path))) if (chance(2) === 0) keep(there, path, names.get(path));
      if (!there.has(dataDir)) return false;
      mkdirSync(folder, { mode: 0o700 });
      for (const [path, file] of there)
        if (file !== "folder") writeFileSync(join(folder, basename(path)), leftOf(file, chance), { mode: 0o600 });
      return true;
    },
    pending: () =>
      renamed.length + [...names.values()].reduce((sum, file) => sum + (file === "folder" ? 0 : file.pending.length), 0),
  };
}

function keep(names: Map<string, File | "folder">, path: string, file: File | "folder" | undefined): void {
  if (file) names.set(path, file);
  else names.delete(path);
}

function change(file: File, what: Change): void {
  file.size = "length" in what ? what.length : Math.max(file.size, what.offset + what.bytes.length);
  file.pending.push(what);
}

function applied(before: Buffer, what: Change): Buffer {
  if ("length" in what) {
    const cut = Buffer.alloc(what.length);
    before.copy(cut);
    return cut;
  }
  const end = what.offset + what.bytes.length;
  // What lies between the old end and a write beyond it reads as zeros.
  const after = before.length >= end ? before : Buffer.concat([before, Buffer.alloc(end - before.length)]);
  what.bytes.copy(after, what.offset);
  return after;
}

/** Nothing of what is pending, all of it, or some sectors of it in another order. */
function leftOf({ flushed, pending }: File, chance: (below: number) => number): Buffer {
  const start = Buffer.from(flushed);
  switch (chance(3)) {
    case 0:
      return start;
    case 1:
      return pending.reduce(applied, start);
    default:
      return shuffled(pending.flatMap(inSectors), chance)
        .filter(() => chance(2) === 0)
        .reduce(applied, start);
  }
}

function inSectors(what: Change): readonly Change[] {
  if ("length" in what) return [what];
  const pieces: Change[] = [];
  for (let at = what.offset; at < what.offset + what.bytes.length;) {
    const next = Math.min((Math.floor(at / SECTOR) + 1) * SECTOR, what.offset + what.bytes.length);
    pieces.push({ offset: at, bytes: what.bytes.subarray(at - what.offset, next - what.offset) });
    at = next;
  }
  return pieces;
}

function shuffled<T>(list: readonly T[], chance: (below: number) => number): readonly T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(chance(left.length), 1));
}
