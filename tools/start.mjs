/**
 * `npm start`: from a fresh clone to a printed address. Installs when packages are missing or the lockfile changed,
 * builds the web app when its sources changed, then becomes the server. Flags go to the server: `npm start -- --lan`.
 */
import process from "node:process";
import { becomeNode, ensureInstalled } from "./lib/bare.mjs";
import { ensureBuilt } from "./lib/build.mjs";

await ensureInstalled();
await ensureBuilt();
becomeNode("apps/server/src/main.ts", process.argv.slice(2));
