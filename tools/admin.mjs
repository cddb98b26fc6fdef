/** `npm run admin -- …`: the operator's command line, run where the server's data lies. `npm run admin` lists its words. */
import process from "node:process";
import { becomeNode, ensureInstalled } from "./lib/bare.mjs";

await ensureInstalled();
becomeNode("apps/server/src/admin.ts", process.argv.slice(2));
