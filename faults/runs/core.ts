/**
 * `core`: the client's core ended at every point of every step of the lives that `mallory/` leads: contact, sending,
 * receiving, calls. Afterwards people have the same of what was said, each text once and in order, and no call that is over.
 */
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { placeName, places, setStage, type Client, type Place } from "../core-kills.ts";
import type { Died } from "../core-lane.ts";
import { conclude, newFaults, newTally, say, type Faults, type Tally } from "../tally.ts";

const { values } = parseArgs({
  options: {
    /** Each kind of point at one place, instead of every place. */
    once: { type: "boolean", default: false },
    /** Only every n-th kind of point. */
    part: { type: "string", default: "1" },
    /** Only points with this in their names. */
    only: { type: "string", default: "" },
    /** A client that speaks before it writes must be found. */
    plant: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
  },
});
const LANES = 2;

async function killAt(left: Place[], client: Client, tally: Tally, faults: Faults, enough: () => boolean): Promise<void> {
  const lane = async (): Promise<void> => {
    const child = fork(join(import.meta.dirname, "../core-lane.ts"));
    try {
      await said(child);
      for (let place = left.shift(); place && !enough(); place = left.shift()) {
        child.send({ place, client });
        const { wrong } = (await said(child)) as Died;
        if (wrong) tally.count(place.point);
        faults.found(placeName(place), wrong ?? ["a life does not come to where it came before"]);
      }
    } finally {
      child.kill("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function said(child: ChildProcess): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers();
  const ended = (): void => reject(new Error("a process of the run has ended"));
  child.once("message", resolve);
  child.once("exit", ended);
  return promise.finally(() => child.off("exit", ended));
}

const begun = performance.now();
const all = places(setStage());
const byPoint = [...Map.groupBy(all, ({ point }) => point)].filter(([point]) => point.includes(values.only));
const [part, seed] = [Number(values.part), Number(values.seed)];
const chosen = byPoint
  .filter((_, n) => n % part === seed % part)
  .flatMap(([, found]) => (values.once ? found.slice(seed % found.length, (seed % found.length) + 1) : found));
say(`${chosen.length} of ${all.length} places, at ${byPoint.length} kinds of points`);

const [tally, faults] = [newTally(), newFaults()];
if (!values.plant) await killAt([...chosen], "asItIs", tally, faults, () => false);
const kinds = (at: string): number => tally.names().filter((name) => name.startsWith(at)).length;
say(`* killed at: ${tally.text()}`);

const found = newFaults(() => {});
const spoken = all.filter(({ point }) => point.startsWith("after ask"));
const controls = values.plant ? chosen : spoken.filter((_, n) => n % 7 === seed % 7);
await killAt([...controls], "speaksFirst", newTally(), found, () => found.count() > 0);
say(`${found.count() > 0 ? "found" : "NOT FOUND"}: a client that speaks before it writes`);
say(`${((performance.now() - begun) / 1000).toFixed(0)} s`);
const struck = tally.names().reduce((sum, name) => sum + tally.of(name), 0);
const isWhole = values.plant || struck === chosen.length;
conclude(
  {
    fault: "core",
    kills: struck,
    awaits: kinds("awaiting"),
    writes: kinds("written"),
    effects: kinds("after"),
    wrong: faults.count(),
    mutantsSurviving: found.count() > 0 ? 0 : 1,
  },
  faults.count() === 0 && isWhole && found.count() > 0,
);
