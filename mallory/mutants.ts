/**
 * The product with one defence taken away at a time: what Mallory must catch, or an oracle is blind. The change is made to
 * the source as it is loaded into a process of its own. The product has no switch for any of it.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Operation } from "./operations.ts";

export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
  /** The cases that are to catch it. */
  readonly life: string;
  readonly fields: RegExp;
  readonly operations: readonly Operation[];
  /** Without it something forged is accepted: what `--plant` takes away. */
  readonly accepts: boolean;
  /** It shows where only a new connection heals what otherwise heals by itself. */
  readonly waits?: true;
}

const root = join(import.meta.dirname, "..");

export const mutants: readonly Mutant[] = [
  {
    name: "what follows a frame is passed over",
    file: "packages/wire/src/codec.ts",
    find: 'return input.atEnd() ? ok(value) : err({ type: "malformed", reason: "trailing bytes", offset: input.offset });',
    put: "return ok(value);",
    life: "away and back",
    fields: /^\w+$/u,
    operations: ["extend"],
    accepts: true,
  },
  {
    name: "numbers have no bounds",
    file: "packages/wire/src/codec.ts",
    find: 'return value <= max ? value : input.fail("integer too large");',
    put: "return value;",
    life: "a busy server",
    fields: /bits$/u,
    operations: ["huge"],
    accepts: false,
  },
  {
    name: "whoever is found is whom one looked for",
    file: "packages/core/src/contact/look-up.ts",
    find: "if (isOther || !handle.ok",
    put: "if (!handle.ok",
    life: "both ask",
    fields: /^found$/u,
    operations: ["otherUser"],
    accepts: true,
  },
  {
    name: "the server's clock is believed",
    file: "packages/core/src/patience.ts",
    find: "instant(claimed > now + DAY ? now : claimed)",
    put: "instant(claimed)",
    life: "away and back",
    fields: /time$/u,
    operations: ["max"],
    accepts: false,
  },
  {
    name: "rows are asked for at once, for ever",
    file: "packages/core/src/conversation/step.ts",
    find: "if (work.conversation.position === before) live(work, { fetchNotBefore: retryAfter(work.context.now, wait) });",
    put: "",
    life: "the server goes and comes",
    fields: /^rows\.(head|rows)$/u,
    operations: ["max", "min"],
    accepts: false,
  },
  {
    name: "sequences have no end",
    file: "packages/core/src/patience.ts",
    find: "claimed < 2 ** 48",
    put: "claimed >= 0",
    life: "an older disk",
    fields: /^outOfSequence\.last$/u,
    operations: ["max"],
    accepts: false,
  },
  {
    name: "turns are counted by what was shown alone",
    file: "packages/core/src/conversation/send.ts",
    find: "  change(work, { turn });\n",
    put: "",
    life: "the server goes and comes",
    fields: /kind$/u,
    operations: ["bitFlip", "min", "max", "otherUser"],
    accepts: false,
  },
  {
    name: "whoever ignores us is waited for",
    file: "packages/worker/src/link/link.ts",
    find: "export const REPLY_TIMEOUT = seconds(60);",
    put: "export const REPLY_TIMEOUT = seconds(6_000_000);",
    life: "a busy server",
    fields: /^appended$/u,
    operations: ["drop"],
    accepts: false,
    waits: true,
  },
  {
    name: "a spoilt Welcome is thrown away",
    file: "packages/core/src/contact/asked-by-them.ts",
    find: "if (doubted.has(item)) return clear(work, item);",
    put: "return clear(work, item);",
    life: "meet by invitation",
    fields: /^inboxPush\.item\.body$/u,
    operations: ["bitFlip", "truncate", "extend"],
    accepts: false,
  },
  {
    name: "our joining again is known by the name it is given",
    file: "packages/core/src/conversation/read.ts",
    find: "const own = named || isOurJoining(work, row, bodyHash);",
    put: "const own = named;",
    life: "rejoin",
    fields: /^(rows\.rows\[\]|rowPush\.row)\.device$/u,
    operations: ["otherUser"],
    accepts: false,
  },
  {
    name: "a link's inviter is called as the server says",
    file: "packages/core/src/contact/look-up.ts",
    find: "handle.ok ? { handle: handle.value } : {}",
    put: "{}",
    life: "meet by invitation",
    fields: /^found\.handle$/u,
    operations: ["otherUser", "extend"],
    accepts: false,
  },
];

export function mutantOf(name: string): Mutant {
  const mutant = mutants.find((each) => each.name === name);
  if (!mutant) throw new Error(`no mutant is called ${name}; there are ${mutants.map((each) => each.name).join(", ")}`);
  return mutant;
}

/** The source without its defence. A table that no longer fits the source is no control: it must be mended. */
export function mutated({ name, file, find, put }: Mutant): string {
  const source = readFileSync(join(root, file), "utf8");
  if (source.split(find).length !== 2) throw new Error(`${name}: “${find}” does not stand once in ${file}`);
  return source.replace(find, () => put);
}

export function installMutant(name: string): void {
  const mutant = mutantOf(name);
  const source = mutated(mutant);
  const url = pathToFileURL(join(root, mutant.file)).href;
  registerHooks({
    load: (at, context, next) => (at === url ? { format: "module-typescript", source, shortCircuit: true } : next(at, context)),
  });
}
