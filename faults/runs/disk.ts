/**
 * `disk`: what a machine runs out of. A full disk: nothing is acknowledged that is not stored, the answer says so, reading
 * goes on, and with room again writing does, without a restart. No file descriptors: who is there is served, and newcomers
 * are once there are some. A clock that jumps: nothing is lost, ends or goes backwards.
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instant } from "@megachat/base";
import { connect, type Client } from "../../apps/server/src/testing/client.ts";
import { comeBack, draft, random, signUp } from "../../apps/server/src/testing/people.ts";
import { startServer } from "../../apps/server/src/testing/start-server.ts";
import { wallClock } from "../../apps/server/src/system.ts";
import { seededRandom } from "../../packages/testing/src/sim-time.ts";
import type { Change } from "../changed.ts";
import { start } from "../server.ts";
import { smallDisk } from "../small-disk.ts";
import { conclude, newFaults, newTally, say, type Faults, type Tally } from "../tally.ts";
import { judge } from "../truth.ts";
import { comeBackAndJudge, newPair, sendOpen, write, type Writer } from "../writer.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "12" },
    seed: { type: "string", default: "1" },
  },
});
const rounds = Number(values.rounds);
const { below } = seededRandom(Number(values.seed));
type Pair = readonly [Writer, Writer];

async function judgeHere(pair: Pair): Promise<readonly string[]> {
  return (await Promise.all(pair.map((writer) => judge(writer.truth, writer.online)))).flat();
}

const acknowledgedBy = (pairs: readonly Pair[]): number => pairs.flat().reduce((sum, writer) => sum + writer.acknowledged, 0);

async function writeRows(pairs: readonly Pair[], rows: number): Promise<void> {
  const enough = acknowledgedBy(pairs) + rows;
  await Promise.all(pairs.flat().map((writer) => write(writer, below, () => acknowledgedBy(pairs) >= enough)));
}

/** Until nothing is stored any more: how many rows were refused, each by its own answer. */
async function writeUntilRefused(writer: Writer): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    if (writer.open.length === 0)
      writer.open = Array.from({ length: 4 }, () => draft(writer.truth.log, writer.turn, writer.next++, { body: random(430) }));
    if ((await sendOpen(writer)) === "notStored") return writer.open.length;
  }
  return 0;
}

async function fullDisk(changes: readonly Change[], tally: Tally, faults: Faults): Promise<void> {
  await using disk = await smallDisk(12);
  const options = { dataDir: disk.dataDir, under: disk.inside, changes };
  let server = await start(options);
  try {
    const pairs = [await newPair(server.url, "one"), await newPair(server.url, "two")];
    for (let round = 0; round < rounds; round++) {
      await writeRows(pairs, 60);
      disk.fill(below(8) * 4096);
      const refused = await Promise.all(pairs.flat().map(writeUntilRefused));
      tally.count(
        "rows refused",
        refused.reduce((sum, each) => sum + each, 0),
      );
      if (refused.includes(0)) faults.found(`full disk ${round}`, ["goes on as if there were room"]);
      tally.count("full disks");
      const why = await signUp(server.url, `no${round}`).then(
        () => "signed up",
        (fault: unknown) => String(fault),
      );
      if (!why.includes("notStored")) faults.found(`full disk ${round}`, [`a newcomer is told: ${why}`]);
      for (const pair of pairs) faults.found(`full disk ${round}`, await judgeHere(pair));
      // Every third one is also killed while it is full, and started again before or after there is room.
      if (round % 3 === 2) {
        await server.kill();
        if (round % 2 === 0)
          await start(options).then(
            (early) => early.kill(),
            () => tally.count("starts refused on a full disk"),
          );
        disk.free();
        server = await start(options);
        tally.count("kills on a full disk");
        for (const pair of pairs) faults.found(`full disk ${round}, killed`, await comeBackAndJudge(server.url, pair));
      }
      disk.free();
      for (const writer of pairs.flat()) {
        for (let tries = 0; writer.open.length > 0 && tries < 20; tries++) await sendOpen(writer);
        if (writer.open.length > 0) faults.found(`full disk ${round}`, ["does not store again when there is room"]);
      }
      for (const pair of pairs) faults.found(`full disk ${round}, room again`, await judgeHere(pair));
    }
    tally.count("rows acknowledged", acknowledgedBy(pairs));
  } finally {
    await server.kill();
  }
}

const FILES = 72;

async function noFiles(tally: Tally, faults: Faults): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "megachat-files-"));
  const server = await start({ dataDir, under: ["prlimit", `--nofile=${FILES}:${FILES}`] });
  try {
    const pairs = [await newPair(server.url, "one")];
    for (let round = 0; round < rounds; round++) {
      const crowd: Client[] = [];
      const turnedAway = await Promise.all(
        Array.from({ length: 2 * FILES }, async () => {
          const came = await Promise.race([connect(server.url).catch(() => undefined), sleep(2000, undefined)]);
          if (came) crowd.push(came);
          return came ? 0 : 1;
        }),
      );
      const refused = turnedAway.reduce<number>((sum, each) => sum + each, 0);
      tally.count("connections refused", refused);
      if (refused === 0) faults.found(`no files ${round}`, ["the limit was not reached"]);
      // Who is there is served meanwhile.
      await writeRows(pairs, 40);
      for (const pair of pairs) faults.found(`no files ${round}`, await judgeHere(pair));
      for (const client of crowd) client.socket.terminate();
      let isBack = false;
      for (let tries = 0; !isBack && tries < 50; tries++) {
        isBack = await connect(server.url)
          .then(
            (client) => client.close(),
            () => "refused",
          )
          .then((why) => why === undefined);
        if (!isBack) await sleep(100);
      }
      if (!isBack) faults.found(`no files ${round}`, ["newcomers are not served when there are files again"]);
      tally.count("times without files");
    }
    for (const pair of pairs) faults.found("no files", await comeBackAndJudge(server.url, pair));
    tally.count("rows acknowledged", acknowledgedBy(pairs));
  } finally {
    await server.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const DAY = 86_400_000;
const jumps = [3_600_000, -3_600_000, DAY, -2 * DAY, 400 * DAY, -800 * DAY, 3650 * DAY, -3650 * DAY];

async function clockJumps(tally: Tally, faults: Faults): Promise<void> {
  let offset = 0;
  await using server = await startServer({ clock: { now: () => instant(wallClock.now() + offset) }, stunPort: null });
  const pairs = [await newPair(server.socketUrl, "one")];
  for (const jump of jumps) {
    offset += jump;
    tally.count("clock jumps");
    await writeRows(pairs, 40);
    // The sweep comes every five seconds: once in the farthest future and once back is enough, where there is time.
    if (Math.abs(jump) > 3000 * DAY && rounds > 2) await sleep(6000);
    for (const pair of pairs) faults.found(`clock by ${jump}`, await comeBackAndJudge(server.socketUrl, pair));
    const newcomer = await signUp(server.socketUrl, `new${jump < 0 ? "back" : "on"}${Math.abs(jump)}`);
    (await comeBack(server.socketUrl, newcomer)).client.close();
  }
  tally.count("rows acknowledged", acknowledgedBy(pairs));
}

/** What must be found on a full disk: a commit that failed, answered as if it had not. */
const careless: readonly Change[] = [
  {
    file: "apps/server/src/store/group-commit.ts",
    find: "const fault = new NotStored(",
    put: "if (outcomes.length === batch.length) return outcomes.forEach((settle) => settle()); const fault = new NotStored(",
  },
];

const begun = performance.now();
const [tally, faults] = [newTally(), newFaults()];
const found = newFaults(() => {});
/** Only root may mount a disk of its own. */
const mayMount = process.getuid?.() === 0 || process.env["CI"] === "true";
if (mayMount) {
  await fullDisk([], tally, faults);
  // A lie may be so plain that a writer stops at it.
  await fullDisk(careless, newTally(), found).catch((fault: unknown) => found.found("a writer", [String(fault)]));
  say(`${found.count() > 0 ? "found" : "NOT FOUND"}: a failed commit that is answered`);
} else say("SKIPPED the full disk: only root may mount one");
await noFiles(tally, faults);
await clockJumps(tally, faults);
say(`* ran out: ${tally.text()}`);
say(`${((performance.now() - begun) / 1000).toFixed(0)} s`);
conclude(
  {
    fault: "disk",
    fullDisks: tally.of("full disks"),
    withoutFiles: tally.of("times without files"),
    clockJumps: tally.of("clock jumps"),
    rows: tally.of("rows acknowledged"),
    refused: tally.of("rows refused"),
    wrong: faults.count(),
    mutantsSurviving: mayMount && found.count() === 0 ? 1 : 0,
  },
  faults.count() === 0 && (found.count() > 0 || !mayMount),
);
