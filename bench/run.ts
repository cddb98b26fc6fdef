/** `npm run bench -- NAME`: one figure, measured against its baseline in the same run; its last line is JSON. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const folder = join(import.meta.dirname, "figures");
const figures = readdirSync(folder).map((file) => file.replace(/\.ts$/u, ""));
const [name = ""] = process.argv.slice(2);
const file = join(folder, `${name}.ts`);
if (!/^[a-z]+$/iu.test(name) || !existsSync(file)) {
  console.error(`Which figure? One of: ${figures.join(", ")}`);
  process.exit(2);
}
await import(pathToFileURL(file).href);
