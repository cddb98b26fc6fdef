/** `npm run faults -- NAME`: one kind of fault, struck again and again, with its counts; the last line is JSON. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const folder = join(import.meta.dirname, "runs");
const runs = readdirSync(folder).map((file) => file.replace(/\.ts$/u, ""));
const [name = ""] = process.argv.splice(2, 1);
const file = join(folder, `${name}.ts`);
if (!/^[a-z]+$/u.test(name) || !existsSync(file)) {
  console.error(`Which fault? One of: ${runs.join(", ")}`);
  process.exit(2);
}
await import(pathToFileURL(file).href);
