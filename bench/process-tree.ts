/** The processes of the browsers that this program has started, and the processor time they took (proc(5)). Linux only. */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** Of a process and the processes below it that still run, in seconds. Those named `node` are servers of ours. */
export function browserSeconds(): number {
  const parts = readdirSync("/proc").flatMap((name) => (/^\d+$/u.test(name) ? read(name) : []));
  const below = new Set([process.pid]);
  // A child may have a lower number than its parent, so again until nobody new is found.
  for (let before = 0; before !== below.size;) {
    before = below.size;
    for (const { pid, parent, isNode } of parts) if (below.has(parent) && !isNode) below.add(pid);
  }
  return parts.filter(({ pid }) => below.has(pid) && pid !== process.pid).reduce((sum, { seconds }) => sum + seconds, 0);
}

/** USER_HZ is 100 on every Linux that has browsers. */
const TICKS = 100;

function read(name: string): readonly { pid: number; parent: number; isNode: boolean; seconds: number }[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, "latin1");
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    const isNode = /\((?:node|MainThread)/u.test(text.slice(0, end + 1));
    return [{ pid: Number(name), parent: Number(fields[1]), isNode, seconds: ticks / TICKS }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
