/**
 * What the server did to its files, call by call, as strace(1) saw it: every write with its bytes, every flush, and what
 * happened to names. Calls on other files and sockets are not recorded.
 */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export type Call =
  | { readonly type: "write"; readonly path: string; readonly offset: number | null; readonly bytes: Buffer }
  | { readonly type: "truncate"; readonly path: string; readonly length: number }
  | { readonly type: "create"; readonly path: string; readonly empties: boolean }
  | { readonly type: "folder"; readonly path: string }
  | { readonly type: "rename"; readonly from: string; readonly path: string }
  | { readonly type: "unlink"; readonly path: string }
  | { readonly type: "flush"; readonly path: string };
/** With the time at which it began, in milliseconds since 1970. */
export type Traced = Call & { readonly at: number };

/**
 * The files of a data folder that a commit or an account depends on. The index of the write-ahead log (`-shm`) is made
 * anew from the log and never read after a crash.
 */
export const filesOf = (dataDir: string): readonly string[] =>
  ["megachat.db", "megachat.db-wal", "megachat.db-journal", "opaque-setups", "opaque-setups.new"].map((name) =>
    join(dataDir, name),
  );

/** The command that runs the server: as our own child, with the tracer beside it. */
export function tracer(dataDir: string, file: string): readonly string[] {
  const calls =
    "write,writev,pwrite64,pwritev,pwritev2,openat,mkdir,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,mmap";
  const paths = [dirname(dataDir), dataDir, ...filesOf(dataDir)].flatMap((path) => ["-P", path]);
  const whole = `strace -D -f --seccomp-bpf -q -ttt -xx -y -s 9999999 -e trace=${calls} -o`.split(" ");
  return [...whole, file, ...paths];
}

/** Reads a trace whose server has ended. */
export async function readTrace(file: string): Promise<readonly Traced[]> {
  while (!existsSync(file) || !readFileSync(file).subarray(-4096).includes("+++ killed by SIGKILL")) await sleep(20);
  // The other threads' ends may still be written.
  await sleep(200);
  const calls: Traced[] = [];
  const begun = new Map<string, string>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const [, thread = "", time = "", text = ""] = /^(\d+) +([\d.]+) (.*)$/u.exec(line) ?? [];
    if (text.endsWith("<unfinished ...>")) {
      begun.set(thread, `${time} ${text.slice(0, -"<unfinished ...>".length)}`);
      continue;
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/u.exec(text)?.[1];
    const [, started = time, head = ""] = (rest !== undefined && /^([\d.]+) (.*)$/u.exec(begun.get(thread) ?? "")) || [];
    const call = callOf(rest === undefined ? text : head + rest);
    if (call) calls.push({ ...call, at: Number(started) * 1000 });
  }
  return calls;
}

function callOf(text: string): Call | undefined {
  const [, name = "", args = "", result = ""] = /^(\w+)\((.*)\) += (-?\d+)/u.exec(text) ?? [];
  if (name === "" || Number(result) < 0) return undefined;
  const path = pathOf(/^\d+<([^>]*)>/u.exec(args)?.[1] ?? "");
  const strings = [...args.matchAll(/"([^"]*)"/gu)].map(([, hex = ""]) => hex);
  const named = pathOf(strings[0] ?? "");
  const numbers = args.split(", ").slice(-2).map(Number);
  switch (name) {
    case "write":
      return { type: "write", path, offset: null, bytes: bytesOf(strings[0] ?? "").subarray(0, Number(result)) };
    case "pwrite64":
      return { type: "write", path, offset: numbers[1] ?? 0, bytes: bytesOf(strings[0] ?? "").subarray(0, Number(result)) };
    case "ftruncate":
      return { type: "truncate", path, length: numbers.at(-1) ?? 0 };
    case "openat":
      return args.includes("O_CREAT") ? { type: "create", path: named, empties: args.includes("O_TRUNC") } : undefined;
    case "mkdir":
      return { type: "folder", path: named };
    case "rename":
      return { type: "rename", from: named, path: pathOf(strings[1] ?? "") };
    case "unlink":
      return { type: "unlink", path: named };
    case "fsync":
    case "fdatasync":
      return { type: "flush", path };
    default:
      // Nothing may reach a file by a way that is not followed here.
      throw new Error(`a call that is not understood: ${name}`);
  }
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll("\\x", ""), "hex");
const pathOf = (hex: string): string => bytesOf(hex).toString();
