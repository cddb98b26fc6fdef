/**
 * The server killed at random moments while several people write to it: under load, while it starts, and while it makes
 * its files. After each start all of the conversations are read from their beginning and judged.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { comeBack, signUp, type Online } from "../apps/server/src/testing/people.ts";
import { seededRandom } from "../packages/testing/src/sim-time.ts";
import { openSqliteStore } from "../apps/server/src/store/sqlite-store.ts";
import type { Change } from "./changed.ts";
import { killed, launch, start, type Served } from "./server.ts";
import type { Faults, Tally } from "./tally.ts";
import { comeBackAndJudge, isClosed, newPair, write, type Writer } from "./writer.ts";

/** Lives of one folder: few enough that everything can be read again after each. */
const LIVES = 25;
const PAIRS = 4;
/** The longest that a server lives under load. */
const LOAD_MS = 300;
/** The longest that one lives which is killed before it is ready. */
const START_MS = 400;

export interface RandomKills {
  readonly kills: number;
  readonly seed: number;
  readonly changes: readonly Change[];
  readonly tally: Tally;
  readonly faults: Faults;
}

/** Kills in a folder of its own, then in the next, until there were enough. */
export async function randomKills({ kills, seed, changes, tally, faults }: RandomKills): Promise<void> {
  const chance = seededRandom(seed);
  for (let era = 0, left = kills; left > 0; era++, left -= LIVES) {
    const dataDir = mkdtempSync(join(tmpdir(), "megachat-faults-"));
    try {
      await oneEra({
        dataDir,
        changes,
        lives: Math.min(left, LIVES),
        chance: chance.below,
        where: `seed ${seed}, folder ${era}`,
        tally,
        faults,
      });
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

interface Era extends Pick<RandomKills, "changes" | "tally" | "faults"> {
  readonly dataDir: string;
  readonly lives: number;
  readonly chance: (below: number) => number;
  readonly where: string;
}

async function oneEra({ dataDir, changes, lives, chance, where, tally, faults }: Era): Promise<void> {
  const killStarting = async (): Promise<void> => {
    const child = launch({ dataDir, changes });
    await sleep(chance(START_MS));
    await killed(child);
    tally.count("kills while it starts");
  };
  // The very first start makes the database and the set-ups.
  let life = 0;
  for (; life < Math.min(3, lives); life++) await killStarting();
  let server: Served = await start({ dataDir, changes });
  try {
    const pairs = await Promise.all(Array.from({ length: PAIRS }, (_, n) => newPair(server.url, `pair${n}`)));
    const newcomers: Online[] = [];
    while (life++ < lives) {
      const writing = pairs.flat().map((writer) => write(writer, chance));
      const arriving = arrive(server.url, `new${life}`, newcomers);
      await sleep(chance(LOAD_MS));
      await server.kill();
      tally.count("kills under load");
      await Promise.all([...writing, arriving]);
      if (life < lives && chance(6) === 0) {
        await killStarting();
        life++;
      }
      server = await start({ dataDir, changes });
      for (const [n, pair] of pairs.entries()) {
        const wrong = await comeBackAndJudge(server.url, pair);
        faults.found(`${where}, life ${life}, pair ${n}`, wrong);
        // Whoever was lied to once knows nothing more to judge by.
        if (wrong.length > 0) return;
      }
    }
    for (const each of newcomers) faults.found(`${where}, ${each.handle}`, await isThere(server.url, each));
    tally.count("accounts made under load", newcomers.length);
    count(pairs.flat(), tally);
  } finally {
    await server.kill();
  }
  const store = openSqliteStore(join(dataDir, "megachat.db"));
  faults.found(`${where}, the file`, await store.faults());
  await store.close();
}

/** Signs up while others write; whoever was told that it is done is there from then on. */
async function arrive(url: string, handle: string, newcomers: Online[]): Promise<void> {
  try {
    newcomers.push(await signUp(url, handle));
  } catch (fault) {
    const isBroken = fault instanceof Error && ("code" in fault || /socket|Unexpected|hang up/u.test(fault.message));
    if (!isClosed(fault) && !isBroken) throw fault;
  }
}

async function isThere(url: string, person: Online): Promise<readonly string[]> {
  try {
    const { client } = await comeBack(url, person);
    client.close();
    return [];
  } catch (fault) {
    return [`an account is gone: ${String(fault)}`];
  }
}

function count(writers: readonly Writer[], tally: Tally): void {
  for (const { acknowledged, struck } of writers) {
    tally.count("rows acknowledged", acknowledged);
    for (const [type, times] of struck) tally.count(`${type} under way at a kill`, times);
  }
}
