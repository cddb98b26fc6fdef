/** Whole clients that are cut off, killed and restarted while they talk. */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type TestServer } from "../../../../apps/server/src/testing/start-server.ts";
import { cutLine, seeded } from "../../test-kit/cut-line.ts";
import { befriend, good, isOnline, openScreen, signUp, startPerson } from "../../test-kit/people.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.stop());

const seedOf = (fallback: number): number => Number(process.env["MEGACHAT_SEED"] ?? fallback);

test("[V2, V12, V14] N05 lines cut before and after frames, both ways: everything arrives once, in one order for both", async () => {
  const seed = seedOf(1);
  const lines = [cutLine(server.socketUrl, seed), cutLine(server.socketUrl, seed + 1)] as const;
  await using alice = startPerson(server, "cutalice", { dial: lines[0].dial });
  await using bob = startPerson(server, "cutbob", { dial: lines[1].dial });
  await Promise.all([signUp(alice), signUp(bob)]);
  const conversation = await befriend(alice, bob);
  const screens = [await openScreen(alice, conversation), await openScreen(bob, conversation)] as const;
  for (const line of lines) line.set(0.05);
  // The wait between tries would be most of the test.
  const nudge = setInterval(() => [alice, bob].map(({ client }) => client.network(true)), 150);
  const count = 40;
  const chance = seeded(seed + 2);
  for (let n = 0; n < count; n++) {
    await good(alice.client.intents.send({ conversation, text: `a${n}` }));
    await good(bob.client.intents.send({ conversation, text: `b${n}` }));
    if (chance() < 0.3) await new Promise((resolve) => setTimeout(resolve, 60));
  }
  const all = (texts: readonly string[]): boolean => texts.length >= 2 * count;
  await Promise.all(screens.map(async (screen) => screen.when(() => all(screen.texts()))));
  for (const line of lines) line.set(0);
  const settled = (screen: (typeof screens)[number]) =>
    screen.when((messages) =>
      messages.every(
        ({ body }) => body.type !== "text" || body.state === null || body.state.at === "delivered" || body.state.at === "read",
      ),
    );
  await Promise.all(screens.map(settled));
  clearInterval(nudge);

  const [mine, theirs] = screens.map((screen) => screen.texts());
  expect(mine).toEqual(theirs);
  expect(new Set(mine).size).toBe(2 * count);
  for (const who of ["a", "b"])
    expect(mine?.filter((text) => text.startsWith(who))).toEqual(Array.from({ length: count }, (_, n) => `${who}${n}`));
  expect(lines[0].cuts() + lines[1].cuts()).toBeGreaterThan(5);
  expect(alice.faults.concat(bob.faults)).toEqual([]);
}, 180_000);

test("[V16] N03 a client killed while it sends: what it was told is sent, once, whatever the moment", async () => {
  const chance = seeded(seedOf(7));
  let alice = startPerson(server, "killalice");
  await using bob = startPerson(server, "killbob");
  await Promise.all([signUp(alice), signUp(bob)]);
  const conversation = await befriend(alice, bob);
  await alice.client.stop();

  let told = -1;
  for (let life = 0; life < 5; life++) {
    const child = spawn(
      process.execPath,
      [
        fileURLToPath(new URL("../../test-kit/sender.ts", import.meta.url)),
        server.socketUrl,
        alice.folder,
        conversation,
        String(told + 1),
      ],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const ended = new Promise((resolve) => child.on("exit", resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === "inside") {
        setTimeout(() => child.kill("SIGKILL"), 20 + 250 * chance());
        continue;
      }
      told = Number(line);
    }
    await ended;
  }
  expect(told).toBeGreaterThan(5);

  alice = startPerson(server, "killalice", { folder: alice.folder });
  await alice.client.when(isOnline);
  const [mine, theirs] = [await openScreen(alice, conversation), await openScreen(bob, conversation)];
  await mine.when(
    (messages) =>
      messages.length > told &&
      messages.every(({ body }) => body.type !== "text" || body.state?.at === "delivered" || body.state?.at === "read"),
  );
  const texts = mine.texts();
  await theirs.when(() => theirs.texts().length >= texts.length);
  expect(theirs.texts()).toEqual(texts);
  // A number that was never told may be there once more: the killed life had sent it, and the next one did, too.
  for (let n = 0; n <= told; n++) expect(texts.filter((text) => text === `m${n}`).length).toBeGreaterThanOrEqual(1);
  const doubles = texts.length - new Set(texts).size;
  expect(doubles).toBeLessThanOrEqual(4);
  await alice[Symbol.asyncDispose]();
}, 180_000);
