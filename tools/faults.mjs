/** `npm run faults -- NAME`: one kind of fault of `faults/`. Without a name it lists them. */
import process from "node:process";
import { becomeNode, ensureInstalled } from "./lib/bare.mjs";

await ensureInstalled();
becomeNode("faults/run.ts", process.argv.slice(2));
