/**
 * `kills`: the server's process ended by SIGKILL. First each kind of request, at its arrival, before its commit and after
 * it, before the answer; then at random moments under load.
 */
import { parseArgs } from "node:util";
import { kindKills, strikes } from "../kind-kills.ts";
import { kinds } from "../kinds.ts";
import { randomKills } from "../random-kills.ts";
import { conclude, newFaults, newTally, say } from "../tally.ts";

const { values } = parseArgs({
  options: {
    /** At random moments. */
    kills: { type: "string", default: "1000" },
    /** Only every n-th of the strikes at lines of the source. */
    part: { type: "string", default: "1" },
    /** The server answers before the commit; the random kills must find out. */
    plant: { type: "boolean", default: false },
    /** Where chance begins. */
    seed: { type: "string", default: "1" },
  },
});
/** Commits ten milliseconds late, with all that came meanwhile, and answers at once. */
const committer = "apps/server/src/store/group-commit.ts";
const tooEarly = [
  { file: committer, find: 'db.script("BEGIN IMMEDIATE");', put: 'if (!db.inTransaction()) db.script("BEGIN IMMEDIATE");' },
  {
    file: committer,
    find: 'db.script("COMMIT");',
    put: `if (!Reflect.get(globalThis, "late")) setTimeout(() => { Reflect.set(globalThis, "late", false); db.script("COMMIT"); }, 10);
      Reflect.set(globalThis, "late", true);`,
  },
];
const lanes = [0, 1];
const begun = performance.now();
const [aimed, random, faults] = [newTally(), newTally(), newFaults()];
const kills = Number(values.kills);

const part = Number(values.part);
const chosen = strikes.filter((_, n) => !values.plant && n % part === Number(values.seed) % part);
const left = [...chosen];
await Promise.all(lanes.map(() => kindKills(left, aimed, faults)));
const struckKinds = kinds.filter((type) => aimed.names().some((name) => name.startsWith(`${type} `)));
const table = kinds.map((type) => `${type} ×${aimed.names().filter((name) => name.startsWith(`${type} `)).length}`);
say(`* kinds of request killed between arrival and answer: ${struckKinds.length} of ${kinds.length}: ${table.join(", ")}`);

await Promise.all(
  lanes.map((lane) =>
    randomKills({
      kills: Math.floor((kills + lane) / lanes.length),
      seed: Number(values.seed) * lanes.length + lane,
      changes: values.plant ? tooEarly : [],
      tally: random,
      faults,
    }),
  ),
);
say(`* killed at random: ${random.text()}`);
say(`${((performance.now() - begun) / 1000).toFixed(0)} s`);
const struck = random.of("kills under load") + random.of("kills while it starts");
const isWhole = struck >= kills && aimed.names().length === chosen.length;
conclude(
  {
    fault: "kills",
    kills: struck,
    kinds: struckKinds.length,
    ofKinds: kinds.length,
    strikes: aimed.names().length,
    rows: random.of("rows acknowledged"),
    wrong: faults.count(),
  },
  values.plant ? faults.count() > 0 : faults.count() === 0 && isWhole,
);
