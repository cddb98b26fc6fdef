/** The operator's commands. They work beside a running server, on the same data folder. [S41] */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, days, err, ok, type Clock, type Random, type Result } from "@megachat/base";
import { parseHandle } from "@megachat/wire";
import { diskFault } from "./disk-fault.ts";
import { invitationHash } from "./handlers/entrance.ts";
import { isRefusal } from "./reach/start-refused.ts";
import type { Store } from "./store/port.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";

export const adminHelp = `Usage: npm run admin -- COMMAND [--data FOLDER]

  invite create [--uses N] [--days N]   make an invitation code for sign-up (once, for 7 days)
  invite list                           codes that are still good, by their ids
  invite revoke ID                      make one worthless
  account disable NAME                  end its sessions and let nobody sign in to it
  account enable NAME                   undo that
  status [--check]                      what there is; with --check the database is read through
`;

interface Ports {
  readonly clock: Clock;
  readonly random: Random;
}
/** Lines for the operator, or what was wrong with the command. */
export type AdminOutcome = Result<readonly string[], { readonly type: "badCommand"; readonly text: string }>;

const bad = (text: string): AdminOutcome => err({ type: "badCommand", text });

export async function runAdmin(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  ports: Ports,
): Promise<AdminOutcome> {
  const parsed = parseArgs(args);
  if (!parsed.ok) return parsed;
  const { words, flags } = parsed.value;
  if (words.length === 0 || flags.has("help")) return ok(adminHelp.split("\n"));
  const dataDir = flags.get("data") ?? (env["MEGACHAT_DATA"] || "data");
  if (dataDir === "") return bad("--data is empty.");
  const path = join(dataDir, "megachat.db");
  if (!existsSync(path)) return bad(`There is no server's data in ${dataDir}. Start the server once, or say where with --data.`);
  try {
    const store = openSqliteStore(path);
    try {
      return await run(store, path, words, flags, ports);
    } finally {
      await store.close();
    }
  } catch (fault) {
    const text = isRefusal(fault) ? fault.message : diskFault(fault, dataDir);
    if (text === undefined) throw fault;
    return bad(text);
  }
}

type Flags = ReadonlyMap<string, string>;

async function run(store: Store, path: string, words: readonly string[], flags: Flags, ports: Ports): Promise<AdminOutcome> {
  const [subject, verb, object, ...more] = words;
  if (more.length > 0) return bad(adminHelp);
  switch (`${subject} ${verb ?? ""}`.trim()) {
    case "invite create":
      return object === undefined ? createInvitation(store, flags, ports) : bad(adminHelp);
    case "invite list":
      return ok(await listInvitations(store, ports.clock));
    case "invite revoke":
      if (object === undefined) return bad("Say which: invite list shows the ids.");
      return (await store.revokeInvitation({ id: object }))
        ? ok([`Invitation ${object} is worthless now.`])
        : bad(`There is no invitation ${object}.`);
    case "account disable":
    case "account enable":
      return setDisabled(store, object ?? "", verb === "disable");
    case "status":
      return ok(await status(store, path, flags.has("check")));
    default:
      return bad(adminHelp);
  }
}

async function createInvitation(store: Store, flags: Flags, { clock, random }: Ports): Promise<AdminOutcome> {
  const uses = Number(flags.get("uses") ?? "1");
  const goodFor = Number(flags.get("days") ?? "7");
  if (!Number.isInteger(uses) || uses < 1 || uses > 10_000) return bad("--uses is a number from 1 to 10000.");
  if (!Number.isInteger(goodFor) || goodFor < 1 || goodFor > 365) return bad("--days is a number from 1 to 365.");
  const code = newCode(random);
  const now = clock.now();
  const expires = after(now, days(goodFor));
  const id = Buffer.from(random.bytes(4)).toString("hex");
  await store.createInvitation({ id, codeHash: invitationHash(code), uses, expires, now });
  return ok([
    code,
    `Good for ${uses === 1 ? "one sign-up" : `${uses} sign-ups`} until ${day(expires)}. Its id is ${id}. The code is not kept and not shown again.`,
  ]);
}

// Without letters that look like others: Crockford's alphabet. 20 letters are 100 bits.
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
function newCode(random: Random): string {
  const letters = [...random.bytes(20)].map((byte) => ALPHABET.charAt(byte % 32)).join("");
  return letters.match(/.{5}/g)?.join("-") ?? letters;
}

async function listInvitations(store: Store, clock: Clock): Promise<readonly string[]> {
  const found = await store.invitations({ now: clock.now() });
  if (found.length === 0) return ["No invitation is good now."];
  return found.map(({ id, usesLeft, expires }) => `${id}  ${usesLeft} left, until ${day(expires)}`);
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

async function setDisabled(store: Store, name: string, disabled: boolean): Promise<AdminOutcome> {
  const handle = parseHandle(name);
  if (!handle.ok || !(await store.setDisabled({ handle: handle.value, disabled }))) return bad(`There is no account ${name}.`);
  return ok([disabled ? `${handle.value} is disabled: its sessions end within a second.` : `${handle.value} is enabled.`]);
}

async function status(store: Store, path: string, check: boolean): Promise<readonly string[]> {
  const { accounts, disabled, sessions, conversations, rows } = await store.totals();
  const faults = check ? await store.faults() : [];
  return [
    `origin          ${(await store.fact({ name: "origin" })) ?? "none yet"}`,
    `accounts        ${accounts}${disabled > 0 ? ` (${disabled} disabled)` : ""}`,
    `sessions        ${sessions}`,
    `conversations   ${conversations}`,
    `stored rows     ${rows}`,
    `database        ${(statSync(path).size / 2 ** 20).toFixed(1)} MiB${check ? (faults.length === 0 ? ", sound" : ", DAMAGED") : ""}`,
    ...faults,
  ];
}

interface Parsed {
  readonly words: readonly string[];
  readonly flags: Flags;
}
const flagKinds: Readonly<Record<string, "value" | "switch">> = {
  data: "value",
  uses: "value",
  days: "value",
  check: "switch",
  help: "switch",
};

function parseArgs(args: readonly string[]): Result<Parsed, { readonly type: "badCommand"; readonly text: string }> {
  const words: string[] = [];
  const flags = new Map<string, string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith("--")) {
      words.push(arg);
      continue;
    }
    const name = arg.slice(2);
    const kind = Object.hasOwn(flagKinds, name) ? flagKinds[name] : undefined;
    const value = kind === "value" ? rest.shift() : "on";
    if (kind === undefined || value === undefined)
      return err({ type: "badCommand", text: `${arg} is unknown or lacks its value.\n\n${adminHelp}` });
    flags.set(name, value);
  }
  return ok({ words, flags });
}
