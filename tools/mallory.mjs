/**
 * `npm run mallory`: the malicious server of `mallory/`, against whole cores on simulated time; with `--browsers` in front
 * of the real server, against people in real browsers.
 */
import process from "node:process";
import { becomeNode, ensureInstalled } from "./lib/bare.mjs";
import { ensureBuilt } from "./lib/build.mjs";

await ensureInstalled();
const args = process.argv.slice(2);
if (args.includes("--browsers")) await ensureBuilt();
becomeNode(args.includes("--browsers") ? "mallory/browsers/run.ts" : "mallory/run.ts", args);
