/**
 * `idle`: bytes of server memory for each of 10,000 people who are signed in and do nothing, over plain WebSockets; against
 * a bare server with as many connections that have said hello.
 */
import process from "node:process";
import { connect } from "../../apps/server/src/testing/client.ts";
import { signUp } from "../../apps/server/src/testing/people.ts";
import { report } from "../report.ts";
import { startOne, type Served } from "../servers/start.ts";

const PEOPLE = 10_000;
/** Connections that are made at once. */
const ABREAST = 50;

/** Bytes for each connection that `arrive` makes. The first hundred are there before: they bring the program to life. */
async function weigh(server: Served, arrive: (n: number) => Promise<unknown>): Promise<number> {
  let last = 0;
  const come = async (count: number): Promise<void> => {
    const end = last + count;
    const one = async (): Promise<void> => {
      while (last < end) await arrive(last++);
    };
    await Promise.all(Array.from({ length: ABREAST }, one));
  };
  await come(100);
  const before = await server.memory();
  await come(PEOPLE);
  return ((await server.memory()) - before) / PEOPLE;
}

const samples: Record<"product" | "bare", number[]> = { product: [], bare: [] };
{
  await using bare = await startOne("bare");
  samples.bare.push(await weigh(bare, () => connect(bare.url)));
}
{
  await using product = await startOne("product");
  samples.product.push(await weigh(product, (n) => signUp(product.url, `person${n}`)));
}
const [value = Number.NaN] = samples.product;
const [baseline = Number.NaN] = samples.bare;
report({ figure: "idle", value, unit: "bytes", baseline, aim: { atMost: 1.5 }, samples });
process.exit(0);
