/**
 * `power`: the power cut at random moments of a life under load, and each time a disk as an honest one may be left. The
 * server starts on it, and everything that somebody had been told of by then is there.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { comeBack } from "../../apps/server/src/testing/people.ts";
import { openSqliteStore } from "../../apps/server/src/store/sqlite-store.ts";
import { seededRandom } from "../../packages/testing/src/sim-time.ts";
import type { Change } from "../changed.ts";
import { newDisk } from "../power-cut.ts";
import { start } from "../server.ts";
import { conclude, newFaults, newTally, say, type Faults, type Tally } from "../tally.ts";
import { readTrace, tracer } from "../trace.ts";
import { judge } from "../truth.ts";
import { newPair, write, type Writer } from "../writer.ts";

const { values } = parseArgs({
  options: {
    cuts: { type: "string", default: "200" },
    /** Rows that are acknowledged meanwhile. */
    rows: { type: "string", default: "1200" },
    /** Controls that are tried, of all. */
    controls: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
  },
});
const PAIRS = 3;

interface Life {
  readonly cuts: number;
  readonly rows: number;
  readonly changes: readonly Change[];
  readonly tally: Tally;
  readonly faults: Faults;
  /** Ends the looking early. */
  readonly enough?: () => boolean;
}
type Pair = readonly [Writer, Writer];

/** One life under load, and what is left of it at many moments. */
async function cutPower({ cuts, rows, changes, tally, faults, enough = () => false }: Life): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "megachat-power-"));
  const [dataDir, file] = [join(folder, "data"), join(folder, "trace")];
  const { below } = seededRandom(Number(values.seed));
  try {
    const server = await start({ dataDir, changes, under: tracer(dataDir, file) });
    const pairs: { readonly pair: Pair; readonly at: number }[] = [];
    try {
      for (let n = 0; n < PAIRS; n++) pairs.push({ pair: await newPair(server.url, `pair${n}`), at: Date.now() + 1 });
      const writers = pairs.flatMap(({ pair }) => pair);
      const acknowledged = (): number => writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
      await Promise.all(writers.map((writer) => write(writer, below, () => acknowledged() >= rows)));
      tally.count("rows acknowledged", acknowledged());
    } finally {
      await server.kill();
    }
    const calls = await readTrace(file);
    const flushes = calls.filter(({ type }) => type === "flush").length;
    tally.count("calls", calls.length);
    tally.count("flushes", flushes);
    // Half of them anywhere, half of them when there is something to lose.
    const loaded = calls.findIndex(({ at }) => at > Math.max(...pairs.map((each) => each.at)));
    const anywhere = (n: number): number => (n % 2 === 0 ? below(calls.length) : loaded + below(calls.length - loaded));
    const moments = Array.from({ length: cuts }, (_, n) => anywhere(n)).toSorted((a, b) => a - b);
    const disk = newDisk(dataDir);
    for (const [n, call] of calls.entries()) {
      disk.carryOut(call);
      for (; moments[0] === n && !enough(); moments.shift()) {
        const image = join(folder, "image");
        if (disk.pending() > 0) tally.count("cuts with something not flushed");
        // What was told within the millisecond of the call's beginning may have been told after it.
        const told = Math.floor(call.at);
        if (disk.cut(image, below)) faults.found(`cut after call ${n}`, await lookAt(image, pairs, told));
        else if (pairs.some(({ at }) => at < told)) faults.found(`cut after call ${n}`, ["the folder is gone"]);
        tally.count("cuts");
        rmSync(image, { recursive: true, force: true });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts the product, without any change, on what is left. */
async function lookAt(
  image: string,
  pairs: readonly { readonly pair: Pair; readonly at: number }[],
  before: number,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  try {
    const server = await start({ dataDir: image });
    try {
      for (const { pair, at } of pairs) {
        if (at >= before) continue;
        for (const { online, truth } of pair) {
          const back = await comeBack(server.url, online);
          wrong.push(...(await judge(truth, back, before)));
          back.client.close();
        }
      }
    } finally {
      await server.kill();
    }
    const store = openSqliteStore(join(image, "megachat.db"));
    wrong.push(...(await store.faults()));
    await store.close();
  } catch (fault) {
    wrong.push(String(fault));
  }
  return wrong;
}

/** What must be found, each in a life of its own: what is acknowledged, or built upon, and does not wait for the disk. */
const without = (file: string, find: string, put: string): readonly Change[] => [{ file: `apps/server/src/${file}`, find, put }];
const controls = [
  { name: "synchronous=OFF", changes: without("store/sqlite.ts", "PRAGMA synchronous=FULL;", "PRAGMA synchronous=OFF;") },
  { name: "synchronous=NORMAL", changes: without("store/sqlite.ts", "PRAGMA synchronous=FULL;", "PRAGMA synchronous=NORMAL;") },
  { name: "a folder that is not flushed", changes: without("data-folder.ts", "flushFolder(dirname(folder));", "void folder;") },
  { name: "set-ups that are not flushed", changes: without("secret-file.ts", "fsyncSync(file);", "") },
];

const begun = performance.now();
const [tally, faults] = [newTally(), newFaults()];
const [cuts, rows] = [Number(values.cuts), Number(values.rows)];
await cutPower({ cuts, rows, changes: [], tally, faults });
say(`* power cut: ${tally.text()}`);

let surviving = 0;
for (const { name, changes } of controls.slice(0, Number(values.controls))) {
  const found = newFaults(() => {});
  const enough = (): boolean => found.count() > 0;
  await cutPower({ cuts: 12, rows: 200, changes, tally: newTally(), faults: found, enough });
  say(`${enough() ? "found" : "NOT FOUND"}: ${name}`);
  if (!enough()) surviving++;
}
say(`${((performance.now() - begun) / 1000).toFixed(0)} s`);
conclude(
  {
    fault: "power",
    cuts: tally.of("cuts"),
    rows: tally.of("rows acknowledged"),
    flushes: tally.of("flushes"),
    wrong: faults.count(),
    mutantsSurviving: surviving,
  },
  faults.count() === 0 && surviving === 0,
);
