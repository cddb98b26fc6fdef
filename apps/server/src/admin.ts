/** `npm run admin -- …`: the composition root of the operator's commands. */
import process from "node:process";
import { runAdmin } from "./admin-commands.ts";
import { systemRandom, wallClock } from "./system.ts";

process.umask(0o077);
const outcome = await runAdmin(process.argv.slice(2), process.env, { clock: wallClock, random: systemRandom });
if (outcome.ok) {
  process.stdout.write(`${outcome.value.join("\n")}\n`);
} else {
  process.stderr.write(`${outcome.error.text}\n`);
  process.exitCode = 2;
}
