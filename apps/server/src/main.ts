/** The server's composition root: the only place that takes time, chance, the command line and the terminal. */
import process from "node:process";
import { createJsonLog } from "./json-log.ts";
import { helpText, parseOptions } from "./options.ts";
import { serve } from "./serve.ts";
import { startFault } from "./start-fault.ts";
import { steadyClock, systemRandom, wallClock } from "./system.ts";

const command = parseOptions(process.argv.slice(2), process.env);
if (!command.ok) {
  process.stderr.write(`${command.error.text}\n`);
  process.exit(2);
}
if (command.value.type === "help") {
  process.stdout.write(helpText());
  process.exit(0);
}
const { config } = command.value;
const COUNTS_EVERY_MS = 3_600_000;
const log = createJsonLog((line) => process.stderr.write(line), wallClock, config.logLevel);
process.umask(0o077);

try {
  const running = await serve(config, { clock: wallClock, steady: steadyClock, random: systemRandom, log });
  const counting = setInterval(log.tellCounts, COUNTS_EVERY_MS);
  const stop = (): void => {
    clearInterval(counting);
    void running.stop().then(log.tellCounts);
  };
  // Before the line that whoever started us waits for: the next thing they do may be to stop us.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  for (const note of running.notes) process.stdout.write(`${note}\n`);
  process.stdout.write(`MegaChat is ready at ${running.origins[0]}\n`);
} catch (fault) {
  process.stderr.write(`${startFault(fault, config)}\n`);
  process.exitCode = 1;
}
