/**
 * `durable`: messages acknowledged a second, each on the disk before it is acknowledged and told to both devices of its
 * conversation, by one server process; against a bare server that does the same with the same frames, and checks nothing.
 * Pairs of people who both write, eight rows of each under way; the generator shares the two cores.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { connect, type Client } from "../../apps/server/src/testing/client.ts";
import { befriend, draft, random, signUp } from "../../apps/server/src/testing/people.ts";
import { median, report } from "../report.ts";
import { startOne } from "../servers/start.ts";

const PAIRS = 32;
const UNDER_WAY = 8;
const ROUNDS = 10;
const LASTS = 2_000;
/** Of a short text, padded to 256 bytes, sealed and framed by MLS. */
const BODY = 430;

/** Keeps `send` busy, so many at a time, until the time is over; how many were acknowledged a second. */
async function keepBusy(sends: readonly (() => Promise<void>)[]): Promise<number> {
  const begun = performance.now();
  let done = 0;
  const one = async (send: () => Promise<void>): Promise<void> => {
    while (performance.now() - begun < LASTS) {
      await send();
      done++;
    }
  };
  await Promise.all(sends.flatMap((send) => Array.from({ length: UNDER_WAY }, () => one(send))));
  return done / ((performance.now() - begun) / 1000);
}

/** Sequences count within a device, and a log's turn stays one after its founding. */
function writing(client: Client, log: Uint8Array<ArrayBuffer>, first: number): () => Promise<void> {
  let next = first;
  return async () => {
    const answer = await client.ask(draft(log, 1, next++, { body: random(BODY) }));
    if (answer.type !== "appended") throw new Error(`not stored: ${answer.type}`);
  };
}

async function productSends(url: string): Promise<readonly (() => Promise<void>)[]> {
  const sends: (() => Promise<void>)[] = [];
  for (let n = 0; n < PAIRS; n++) {
    const [founder, asker] = [await signUp(url, `founder${n}`), await signUp(url, `asker${n}`)];
    const log = await befriend(founder, asker);
    sends.push(writing(founder.client, log, 2), writing(asker.client, log, 1));
  }
  return sends;
}

async function bareSends(url: string): Promise<readonly (() => Promise<void>)[]> {
  const sends: (() => Promise<void>)[] = [];
  for (let n = 0; n < PAIRS; n++) {
    const log = random(16);
    for (const client of [await connect(url), await connect(url)]) sends.push(writing(client, log, 1));
  }
  return sends;
}

/**
 * How often the disk of the servers' folders has been told to put down what it holds, by anybody (the kernel's
 * Documentation/block/stat.rst); undefined where there is no such disk.
 */
function syncs(): number | undefined {
  const { dev } = statSync(tmpdir());
  const file = `/sys/dev/block/${(dev >> 8) & 0xfff}:${dev & 0xff}/stat`;
  return existsSync(file) ? Number(readFileSync(file, "utf8").trim().split(/\s+/u)[15] ?? Number.NaN) : undefined;
}

await using product = await startOne("product");
await using bare = await startOne("bare");
const [ours, theirs] = [await productSends(product.url), await bareSends(bare.url)];
// The first second is the compiler's.
await keepBusy(ours);
await keepBusy(theirs);
const samples = { product: [] as number[], bare: [] as number[], productSyncs: [] as number[], bareSyncs: [] as number[] };
async function measure(which: "product" | "bare", sends: readonly (() => Promise<void>)[]): Promise<void> {
  const [before, begun] = [syncs(), performance.now()];
  const rate = await keepBusy(sends);
  const messages = (rate * (performance.now() - begun)) / 1000;
  samples[which].push(rate);
  samples[`${which}Syncs`].push(((syncs() ?? Number.NaN) - (before ?? Number.NaN)) / messages);
}
for (let round = 0; round < ROUNDS; round++) {
  await measure("bare", theirs);
  await measure("product", ours);
}
console.log(
  `syncs for each message: ${median(samples.productSyncs).toFixed(4)}, bare ${median(samples.bareSyncs).toFixed(4)}; ` +
    "of the whole disk, whoever asked for them",
);
report({
  figure: "durable",
  value: median(samples.product),
  unit: "messages/s",
  baseline: median(samples.bare),
  aim: { atLeast: 0.6 },
  samples,
});
