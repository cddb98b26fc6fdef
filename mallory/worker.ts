/** Runs cases one after the other, as the parent gives them. With a mutant's name the product lacks that defence here. */
import process from "node:process";
import { installMutant } from "./mutants.ts";

const [seed = "", mutant = ""] = process.argv.slice(2);
if (mutant !== "") installMutant(mutant);

// Only now: what these import is changed as it is loaded.
const { caseOf, caseName, runCase } = await import("./case.ts");
const { setStage } = await import("./plan.ts");

const stage = setStage(seed);
process.on("message", (name: string) => {
  const the = caseOf(name);
  const field = stage.fields.find((each) => each.name === the.field);
  if (!field) throw new Error(`no such case: ${name}`);
  const honest = stage.honest(the.life);
  const begun = process.cpuUsage();
  const outcome = runCase(the, field, stage.beginnings, honest);
  process.send?.({ case: caseName(the), ...outcome, ms: Math.round(process.cpuUsage(begun).user / 1000) });
});
process.send?.("ready");
