import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { toHex } from "@megachat/base";
import { afterAll, expect, test } from "vitest";
import { openSqliteStore } from "./store/sqlite-store.ts";
import { befriend, comeBack, draft, random, signUp, type DraftOf, type Online } from "./testing/people.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), "megachat-crash-"));
let child: ChildProcess | undefined;
afterAll(() => {
  child?.kill("SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
});

/** Starts the program itself and waits for the line that names its address. */
async function start(): Promise<string> {
  const started = spawn(
    process.execPath,
    [MAIN, "--port", "0", "--data", dataDir, "--stun-port", "off", "--accept-new-origin", "--log", "error"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  child = started;
  let text = "";
  for await (const piece of started.stdout) {
    text += String(piece);
    const port = /http:\/\/localhost:(\d+)/.exec(text)?.[1];
    if (port !== undefined) return `ws://127.0.0.1:${port}/ws`;
  }
  throw new Error(`the server did not start: ${text}`);
}

const killed = (): Promise<void> =>
  new Promise((resolve) => {
    child?.once("exit", () => resolve());
    child?.kill("SIGKILL");
  });

interface Sender {
  online: Online;
  readonly log: Uint8Array<ArrayBuffer>;
  /** What was sent under each sequence, and the position it was acknowledged at. */
  readonly sent: Map<number, { readonly row: DraftOf; position: number | null }>;
  next: number;
}

/** Sends rows, several under way, until the connection breaks. Unacknowledged ones are sent again first, as a client does. */
async function load(sender: Sender): Promise<void> {
  const open = [...sender.sent.values()].filter((each) => each.position === null).map((each) => each.row);
  try {
    // Below the budget of a connection, so that nothing is told to slow down.
    for (let round = 0; round < 30; round++) {
      const rows =
        open.length > 0
          ? open.splice(0)
          : Array.from({ length: 8 }, () => draft(sender.log, 1, sender.next++, { body: random(600) }));
      await Promise.all(
        rows.map(async (row) => {
          if (!sender.sent.has(row.sequence)) sender.sent.set(row.sequence, { row, position: null });
          const answer = await sender.online.client.ask({ ...row, type: "append" });
          const kept = sender.sent.get(row.sequence);
          if (answer.type !== "appended" || !kept) throw new Error(`not stored: ${JSON.stringify(answer)}`);
          kept.position = answer.position;
        }),
      );
    }
    await sender.online.client.closed;
  } catch (fault) {
    if (!(fault instanceof Error) || !fault.message.startsWith("closed")) throw fault;
  }
}

test(
  "N02 [S4] killed at any moment under load, the server loses no acknowledged row and stores none twice",
  { timeout: 120_000 },
  async () => {
    let url = await start();
    const [alice, bob] = [await signUp(url, "alice"), await signUp(url, "bob")];
    const log = await befriend(alice, bob);
    const senders: Sender[] = [
      { online: alice, log, sent: new Map(), next: 2 },
      { online: bob, log, sent: new Map(), next: 1 },
    ];
    const budget = performance.now() + Number(process.env["MEGACHAT_CRASH_SECONDS"] ?? "20") * 1000;
    let kills = 0;
    // At least five, however slow the machine is.
    while (performance.now() < budget || kills < 5) {
      const loads = senders.map(load);
      await new Promise((resolve) => setTimeout(resolve, (kills * 37) % 160));
      await killed();
      kills++;
      await Promise.all(loads);
      url = await start();
      for (const sender of senders) sender.online = await comeBack(url, sender.online);
    }
    await killed();

    const store = openSqliteStore(join(dataDir, "megachat.db"));
    expect(await store.faults()).toEqual([]);
    const found = new Map<string, number[]>();
    let head = 1;
    for (let more = true; more;) {
      const page = await store.rows({ speaker: alice, log, after: head, maxBytes: 1 << 20 });
      for (const row of page?.rows ?? []) {
        expect(row.position).toBe(++head);
        found.set(toHex(row.body), [...(found.get(toHex(row.body)) ?? []), row.position]);
      }
      more = head < (page?.head ?? 0);
    }
    await store.close();
    let acknowledged = 0;
    for (const { sent } of senders) {
      for (const { row, position } of sent.values()) {
        const places = found.get(toHex(row.body)) ?? [];
        expect(places.length).toBeLessThanOrEqual(1);
        if (position === null) continue;
        acknowledged++;
        expect(places).toEqual([position]);
      }
    }
    expect(kills).toBeGreaterThan(3);
    expect(acknowledged).toBeGreaterThan(100);
    console.log(`${kills} kills, ${acknowledged} rows acknowledged, ${head} stored`);
  },
);
