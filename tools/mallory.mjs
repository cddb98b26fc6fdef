/** `npm run mallory`: the malicious server of `mallory/`, against whole cores on simulated time. */
import process from "node:process";
import { becomeNode, ensureInstalled } from "./lib/bare.mjs";

await ensureInstalled();
becomeNode("mallory/run.ts", process.argv.slice(2));
