/**
 * `npm run mallory`: every operation on every field of everything a server says, each in a life of its own; then the
 * controls. The raw log has one line per case, and the last line printed is counted from it.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { caseName, caseOf } from "./case.ts";
import { mutantOf, mutants, type Mutant } from "./mutants.ts";
import { makePlan, setStage, type Plan } from "./plan.ts";
import { isWrong, runCases, type Entry } from "./pool.ts";

const { values } = parseArgs({
  options: {
    /** Where chance begins: other places, other bits. */
    seed: { type: "string", default: "1" },
    /** Cases for each operation on each field. */
    rounds: { type: "string", default: "1" },
    /** Only every n-th case. */
    part: { type: "string", default: "1" },
    /** Only cases whose names have this in them; a whole name repeats one case. */
    only: { type: "string", default: "" },
    /** Take one defence away, and find it. */
    plant: { type: "boolean", default: false },
    log: { type: "string", default: join(import.meta.dirname, "../test-results/mallory.jsonl") },
  },
});
const { seed, log } = values;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const workers = Math.max(2, availableParallelism() - 1);

mkdirSync(dirname(log), { recursive: true });
const file = openSync(log, "w");
const begun = performance.now();
const stage = setStage(seed);
const plan = makePlan(stage, { seed, rounds: Number(values.rounds) });
const chosen = everyNth(plan.cases.map(caseName).filter((name) => name.includes(values.only)));
say(`${chosen.length} of ${plan.cases.length} cases, seed ${seed}, ${workers} processes`);

if (values.plant) await findPlanted();
else {
  await runCases(chosen, { seed, mutant: null, workers, onEntry: write });
  if (values.only === "") await runControls([...mutants]);
}
closeSync(file);
conclude();

function write(entry: Entry): void {
  writeSync(file, `${JSON.stringify(entry)}\n`);
  const isNews = isWrong(entry) && (entry.mutant === undefined || values.plant);
  if (isNews) say(`${entry.verdict}: ${entry.case}\n  ${entry.faults.slice(0, 4).join("\n  ")}`);
}

/** Begins at another place with another seed. */
function everyNth(names: readonly string[]): readonly string[] {
  const n = Number(values.part);
  return names.filter((_, i) => i % n === Number(seed) % n);
}

/** Each mutant's own cases until one of them catches it, two mutants at a time. */
async function runControls(left: Mutant[]): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const cases = casesFor(mutant);
      if (mutant.waits) await runCases(cases, { seed, mutant: null, workers: 1, onEntry: write });
      await runCases(cases, { seed, mutant: mutant.name, workers: 1, onEntry: write, enough: isWrong });
    }
  };
  await Promise.all(Array.from({ length: workers }, lane));
}

/** A defence is not needed everywhere: each is tried at several places. */
function casesFor({ life, fields, operations }: Mutant): readonly string[] {
  const { cases } = makePlan(stage, { seed, rounds: 12, life, fields, operations });
  const once = cases.filter(({ from }) => from === "once");
  return once.flatMap((each) => [caseName(each), caseName({ ...each, from: "always" })]);
}

/** A client that accepts one forged thing, chosen by the seed, under all cases alike: the run is not told where to look. */
async function findPlanted(): Promise<void> {
  const plants = mutants.filter(({ accepts }) => accepts);
  const plant = plants[Number(seed) % plants.length];
  if (!plant) throw new Error("nothing to plant");
  say(`planted: ${mutantOf(plant.name).name}`);
  const enough = ({ verdict }: Entry): boolean => verdict === "silentAccept";
  await runCases(chosen, { seed, mutant: plant.name, workers, onEntry: write, enough });
}

// —— The account of it ———————————————————————————————————————————————————————————————————————————————————

function conclude(): void {
  const lines = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const entries = lines.map((line) => JSON.parse(line) as Entry);
  const real = entries.filter(({ mutant }) => values.plant || mutant === undefined);
  const count = (verdict: Entry["verdict"]): number => real.filter((entry) => entry.verdict === verdict).length;
  const inTime = new Set(entries.filter(({ mutant, late }) => mutant === undefined && !late).map((entry) => entry.case));
  const waiting = new Set(mutants.filter(({ waits }) => waits).map(({ name }) => name));
  const waits = (entry: Entry): boolean =>
    entry.mutant !== undefined && waiting.has(entry.mutant) && entry.late && inTime.has(entry.case);
  const caught = new Set(entries.filter((entry) => isWrong(entry) || waits(entry)).map(({ mutant }) => mutant));
  const surviving = values.plant || values.only !== "" ? [] : mutants.filter(({ name }) => !caught.has(name));
  const executed = new Set(real.filter(({ verdict }) => verdict !== "notReached").map(pairOf));

  say(coverage(plan, executed));
  for (const { name } of surviving) say(`not caught: ${name}`);
  const late = real.filter((entry) => entry.late && entry.verdict === "refused").length;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  say(
    `${seconds} s; ${count("alarmed")} told, ${count("refused")} without effect, ${late} of them only after a new connection; log: ${log}`,
  );
  const wrong = real.filter(isWrong).length;
  const found = count("silentAccept") > 0;
  say(
    JSON.stringify({
      scenarios: real.length,
      fields: new Set([...executed].map((pair) => pair.split(" ")[0])).size,
      operations: plan.pairs,
      executed: executed.size,
      silentAccepts: count("silentAccept"),
      hangs: count("hang"),
      threw: count("threw"),
      unbounded: count("unbounded"),
      mutantsSurviving: surviving.length,
    }),
  );
  process.exitCode = (values.plant ? found : wrong === 0 && surviving.length === 0) ? 0 : 1;
}

function pairOf(entry: Entry): string {
  const { field, operation } = caseOf(entry.case);
  return `${field} ${operation}`;
}

function coverage({ unreached, pairs }: Plan, executed: ReadonlySet<string>): string {
  const byMessage = Map.groupBy(unreached, (pair) => pair.split(/[. ]/u)[0] ?? "");
  const left = [...byMessage].map(([message, all]) => `${message} ${all.length}`).join(", ");
  return `* fields × operations: ${executed.size} executed of ${pairs} that exist; no life reaches ${unreached.length}: ${left}`;
}
