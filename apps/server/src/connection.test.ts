import fc from "fast-check";
import { ClientFrame, closeCode, decode, encode, MAX_FRAME } from "@megachat/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { anyCodec, valuesOf } from "../../../packages/testing/src/generate.ts";
import { createJsonLog } from "./json-log.ts";
import { wallClock } from "./system.ts";
import { connect } from "./testing/client.ts";
import { befriend, comeBack, draft, random, signUp } from "./testing/people.ts";
import { startServer, type TestServer } from "./testing/start-server.ts";

const lines: string[] = [];
let server: TestServer;
beforeAll(async () => {
  const log = createJsonLog((line) => lines.push(line), wallClock, "debug");
  server = await startServer({ log, limits: { requestsPerConnection: { burst: 1e6, perSecond: 1e6 } } });
});
afterAll(() => server.stop());

const silent = () => connect(server.socketUrl, {}, "silence");
const ping = encode(ClientFrame, { number: 7, request: { type: "ping" } });

test("[W8] [S5] text, an empty frame and bytes that are no request end the connection with the code for it", async () => {
  for (const bad of ["hello", new Uint8Array(0), Uint8Array.of(0xff), ping.subarray(0, 3), new Uint8Array([...ping, 0])]) {
    const client = await connect(server.socketUrl);
    client.sendRaw(bad);
    expect(await client.closed).toBe(closeCode.malformed);
  }
});

test("[W8] a frame above the limit ends the connection", async () => {
  const client = await connect(server.socketUrl);
  client.sendRaw(new Uint8Array(MAX_FRAME + 1));
  expect(await client.closed).toBe(1009);
});

test("[W9] a client that has not said hello, or said it in another version, is told so and let go", async () => {
  const early = await silent();
  expect(await early.ask({ type: "ping" })).toMatchObject({ type: "refused", reason: "protocol" });
  expect(await early.closed).toBe(closeCode.protocol);
  const future = await silent();
  expect(await future.ask({ type: "hello", protocol: 2, client: "" })).toMatchObject({ type: "refused", reason: "protocol" });
  expect(await future.closed).toBe(closeCode.protocol);
});

test(
  "E09 [S5] every cut, extension and change of a request is refused or answered; the server goes on",
  { timeout: 60_000 },
  async () => {
    const frames = valuesOf(anyCodec(ClientFrame).shape).map((value) => {
      try {
        return encode(anyCodec(ClientFrame), value);
      } catch {
        // Narrower than its shape says.
        return ping;
      }
    });
    const mutated = fc
      .tuple(frames, fc.nat(), fc.nat(255), fc.constantFrom("cut", "extend", "flip", "insert", "whole"))
      .map(([bytes, at, byte, how]) => mutate(bytes, at, byte, how));
    const member = await signUp(server.socketUrl, "fuzzer");
    const session = { session: member.session.session, token: member.session.token };
    await fc.assert(
      fc.asyncProperty(mutated, fc.boolean(), async (bytes, signedIn) => {
        const client = await connect(server.socketUrl);
        if (signedIn) await client.ask({ type: "resume", ...session });
        client.sendRaw(bytes);
        const valid = decode(ClientFrame, bytes).ok;
        const outcome = await Promise.race([
          client.closed,
          client
            .ask({ type: "ping" })
            .then(() => "alive" as const)
            .catch(() => client.closed),
        ]);
        // A valid request may end the session and still leave the connection; an invalid one never does.
        expect(valid ? ["alive", closeCode.protocol] : [closeCode.malformed]).toContain(outcome);
        client.close();
      }),
      { numRuns: 2000, endOnFailure: true },
    );
    const counted = lines.filter((line) => line.includes('"malformedFrame"'));
    expect(counted.length).toBeGreaterThan(20);
  },
);

function mutate(bytes: Uint8Array, at: number, byte: number, how: string): Uint8Array {
  const place = at % bytes.length;
  switch (how) {
    case "cut":
      return bytes.subarray(0, place);
    case "extend":
      return Uint8Array.of(...bytes, byte);
    case "flip":
      return bytes.map((each, index) => (index === place ? each ^ (byte || 1) : each));
    case "insert":
      return Uint8Array.of(...bytes.subarray(0, place), byte, ...bytes.subarray(place));
    default:
      return bytes;
  }
}

test("[S8] [W10] requests sent without waiting take effect in order and are answered each under its number", async () => {
  const [alice, bob] = [await signUp(server.socketUrl, "in-order"), await signUp(server.socketUrl, "in-order-too")];
  const log = await befriend(alice, bob);
  const rows = Array.from({ length: 200 }, (_, i) => draft(log, 1, i + 2));
  const answers = await Promise.all(rows.map((row) => alice.client.ask(row)));
  expect(answers.map((answer) => answer.type === "appended" && answer.position)).toEqual(rows.map((_, i) => i + 2));
});

test("[W11] [S28] a burst reaches the other device whole and in order", async () => {
  const [alice, bob] = [await signUp(server.socketUrl, "burst-a"), await signUp(server.socketUrl, "burst-b")];
  const log = await befriend(alice, bob);
  await Promise.all(Array.from({ length: 100 }, (_, i) => alice.client.ask(draft(log, 1, i + 2))));
  await bob.client.ask({ type: "ping" });
  const positions = bob.client.pushes().flatMap((push) => (push.type === "rowPush" ? [push.row.position] : []));
  expect(positions).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
});

test("[S33] a peer that does not read is dropped, and fetches what it missed", { timeout: 60_000 }, async () => {
  const [alice, bob] = [await signUp(server.socketUrl, "talker"), await signUp(server.socketUrl, "deaf")];
  const log = await befriend(alice, bob);
  bob.client.socket.pause();
  // Beyond what the kernel holds for a loopback connection, too.
  const before = lines.filter((line) => line.includes("peerDoesNotRead")).length;
  let sequence = 2;
  for (; sequence < 260; sequence++) {
    const answer = await alice.client.ask(draft(log, 1, sequence, { body: random(120_000) }));
    if (answer.type === "slowDown") await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs));
    if (lines.filter((line) => line.includes("peerDoesNotRead")).length > before) break;
  }
  expect(lines.filter((line) => line.includes("peerDoesNotRead")).length).toBeGreaterThan(before);
  bob.client.socket.terminate();
  const again = await comeBack(server.socketUrl, bob);
  let position = 1;
  for (let more = true; more;) {
    const page = await again.client.ask({ type: "fetchRows", log, after: position, maxBytes: 1 << 20 });
    if (page.type !== "rows") throw new Error("no page");
    for (const row of page.rows) expect(row.position).toBe(++position);
    more = position < page.head;
  }
  expect(position).toBe(sequence);
});

test("[S33] a line that went silent is noticed within half a minute", async () => {
  let now = 1000;
  await using quiet = await startServer({ steady: { now: () => now as never } });
  const client = await connect(quiet.socketUrl);
  client.socket.pause();
  expect(quiet.running.connections()).toBe(1);
  // The server's own timer beats every third of the silence it allows; time is ours.
  now += 26_000;
  await expect.poll(() => quiet.running.connections(), { timeout: 12_000 }).toBe(0);
});

test("K01 [S34] a page of another origin gets no WebSocket, whatever the path's spelling", async () => {
  const dial = (origin: string | undefined, path = "/ws"): Promise<number | "open"> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, origin === undefined ? {} : { headers: { origin } });
      socket.on("open", () => {
        socket.close();
        resolve("open");
      });
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      socket.on("error", () => {});
    });
  for (const origin of [`http://localhost:${server.port}`, `http://127.0.0.1:${server.port}`, undefined])
    expect(await dial(origin)).toBe("open");
  for (const origin of [
    "https://evil.example",
    "null",
    "",
    `http://localhost:${server.port}.evil.example`,
    `https://localhost:${server.port}`,
    "http://localhost",
  ]) {
    expect(await dial(origin), origin).toBe(403);
  }
  // Whatever stands in the request line, it is an answer and not a fault.
  for (const path of ["/other", "//", "/ws/", "/ws//", "/%00"]) expect(await dial(undefined, path), path).toBe(404);
  expect(await dial(undefined, "/ws?x=1")).toBe("open");
});

test("[S30] connections of one address are limited, and free again when one closes", async () => {
  await using small = await startServer({ limits: { connectionsPerAddress: 3 } });
  const held = [];
  for (let i = 0; i < 3; i++) held.push(await connect(small.socketUrl));
  await expect(connect(small.socketUrl)).rejects.toThrow(/429/);
  held[0]?.close();
  await expect.poll(() => small.running.connections()).toBe(2);
  await connect(small.socketUrl);
});

test("[S31] requests beyond the budget are told to slow down and change nothing; who does not listen is let go", async () => {
  await using small = await startServer({ limits: { requestsPerConnection: { burst: 5, perSecond: 0.001 } } });
  const client = await connect(small.socketUrl);
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.ask({ type: "ping" })));
  expect(answers.filter((answer) => answer.type === "pong")).toHaveLength(4);
  const slowed = answers.find((answer) => answer.type === "slowDown");
  expect(slowed).toMatchObject({ type: "slowDown", puzzle: null });
  for (let i = 0; i < 600; i++) client.sendRaw(ping);
  expect(await client.closed).toBe(closeCode.tooMuch);
});

test("[S42] [W12] a stop says goodbye with a time to come back, and what was begun is stored", async () => {
  const going = await startServer();
  const alice = await signUp(going.socketUrl, "leaver");
  const answers = Array.from({ length: 20 }, (_, i) => alice.client.ask(draft(alice.account, 0, i + 3, { kind: "account" })));
  await answers[0];
  const stopped = going.running.stop();
  expect(await alice.client.closed).toBe(closeCode.goingAway);
  const goodbye = alice.client.pushes().find((push) => push.type === "goingAway");
  expect(goodbye?.type === "goingAway" && goodbye.retryAfterMs > 0).toBe(true);
  const stored = (await Promise.allSettled(answers)).filter((each) => each.status === "fulfilled").length;
  await stopped;
  await using again = await startServer({ dataDir: going.dataDir });
  const back = await comeBack(again.socketUrl, alice);
  const page = await back.client.ask({ type: "fetchRows", log: alice.account, after: 0, maxBytes: 1 << 20 });
  expect(page.type === "rows" ? page.head : 0).toBeGreaterThanOrEqual(stored + 2);
});

test("K14 [S40] the log has events and numbers, and nothing that a peer sent", async () => {
  const canary = "canary-name-9f3a";
  const person = await signUp(server.socketUrl, canary);
  person.client.sendRaw(new TextEncoder().encode(`\u001b[31m${canary}\nforged line`));
  await person.client.closed;
  for (const line of lines) {
    expect(line).not.toContain(canary);
    expect(line).not.toMatch(/127\.0\.0\.1|::1/);
    expect(line).not.toContain("\u001b");
    expect(line.trimEnd()).not.toContain("\n");
    for (const secret of [person.account, person.device, person.session.token]) {
      const bytes = Buffer.from(secret);
      expect(line).not.toContain(bytes.toString("hex"));
      expect(line).not.toContain(bytes.toString("base64url"));
    }
    expect(() => JSON.parse(line) as unknown).not.toThrow();
  }
});
