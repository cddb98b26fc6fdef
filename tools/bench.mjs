/** `npm run bench -- NAME`: one figure of `bench/`. Without a name it lists them. */
import process from "node:process";
import { becomeNode, ensureInstalled } from "./lib/bare.mjs";

await ensureInstalled();
becomeNode("bench/run.ts", process.argv.slice(2));
