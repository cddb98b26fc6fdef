import { createHmac } from "node:crypto";
import { createSocket } from "node:dgram";
import { instant, silentLog } from "@megachat/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { answerBinding, startStun } from "./stun.ts";
import { createBuckets } from "./limits.ts";
import { steadyClock, systemRandom } from "./system.ts";
import { random } from "./testing/people.ts";
import { iceServers } from "./turn.ts";

const binding = (attributes: Uint8Array = new Uint8Array(0)): Uint8Array =>
  Uint8Array.of(0, 1, attributes.length >> 8, attributes.length & 255, 0x21, 0x12, 0xa4, 0x42, ...random(12), ...attributes);

test("[S45] the sample response of RFC 5769 §2.2 and §2.3: the mapped addresses are masked as there", () => {
  const id = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
  const request = Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...id);
  const four = answerBinding(request, { address: "192.0.2.1", port: 32_853 });
  expect(Buffer.from(four ?? []).toString("hex")).toBe(
    `0101000c2112a442${Buffer.from(id).toString("hex")}002000080001a147e112a643`,
  );
  const six = answerBinding(request, { address: "2001:db8:1234:5678:11:2233:4455:6677", port: 32_853 });
  expect(
    Buffer.from(six ?? [])
      .toString("hex")
      .slice(40),
  ).toBe("002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9");
  expect(answerBinding(request, { address: "::ffff:192.0.2.1", port: 32_853 })).toEqual(four);
});

test("[S45] what is not exactly a Binding request gets no answer, and no answer is longer than 44 bytes", () => {
  const from = { address: "192.0.2.1", port: 5 };
  const good = binding(Uint8Array.of(0x80, 0x22, 0, 3, 65, 66, 67, 0));
  expect(answerBinding(good, from)).toBeDefined();
  for (let cut = 0; cut < good.length; cut++) expect(answerBinding(good.subarray(0, cut), from)).toBeUndefined();
  expect(answerBinding(Uint8Array.of(...good, 0), from)).toBeUndefined();
  expect(answerBinding(binding(new Uint8Array(600)), from)).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(answerBinding(bytes, from)?.length ?? 0).toBeLessThanOrEqual(44);
    }),
  );
  // Responses, indications and other methods: two servers must never answer each other for ever.
  for (const type of [0x0101, 0x0111, 0x0011, 0x0003, 0x4001]) {
    const other = Uint8Array.from(good);
    other.set([type >> 8, type & 255]);
    expect(answerBinding(other, from)).toBeUndefined();
  }
  const response = answerBinding(good, from) ?? new Uint8Array(0);
  expect(answerBinding(response, from)).toBeUndefined();
});

test("[S45] the responder tells a peer its address, and stops telling one that asks too often", async () => {
  const stun = await startStun(
    { stunHost: "127.0.0.1", stunPort: 0 },
    createBuckets({ burst: 3, perSecond: 0.001 }, steadyClock),
    silentLog,
  );
  if (!stun) throw new Error("no port");
  const socket = createSocket("udp4");
  const answers: Buffer[] = [];
  socket.on("message", (message) => answers.push(message));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
  for (let i = 0; i < 10; i++) socket.send(binding(), stun.port, "127.0.0.1");
  await expect.poll(() => answers.length).toBe(3);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(answers).toHaveLength(3);
  const port = answers[0]?.readUInt16BE(26) ?? 0;
  expect(port ^ 0x2112).toBe(socket.address().port);
  socket.close();
  await stun.stop();
});

test("[S45] a taken port is a warning, not a refusal to start", async () => {
  const buckets = createBuckets({ burst: 1, perSecond: 1 }, steadyClock);
  const first = await startStun({ stunHost: "127.0.0.1", stunPort: 0 }, buckets, silentLog);
  expect(await startStun({ stunHost: "127.0.0.1", stunPort: first?.port ?? 0 }, buckets, silentLog)).toBe(null);
  await first?.stop();
});

test("[S35] TURN credentials are coturn's: expiry, chance, and a MAC of both; good for ten minutes, naming nobody", () => {
  const clock = { now: () => instant(1_700_000_000_000) };
  const config = { turnUrls: ["turn:t.example:3478"], turnSecret: "secret", stunPort: 3478 };
  const first = iceServers(config, "chat.example", clock, systemRandom);
  const second = iceServers(config, "chat.example", clock, systemRandom);
  expect(first).toMatchObject({
    relay: true,
    servers: [{ urls: ["stun:chat.example:3478"], username: null }, { urls: config.turnUrls }],
  });
  const relay = first.servers[1];
  expect(relay?.username).toMatch(/^1700000600:[\w-]{16}$/);
  expect(relay?.credential).toBe(
    createHmac("sha1", "secret")
      .update(relay?.username ?? "")
      .digest("base64"),
  );
  expect(second.servers[1]?.username).not.toBe(relay?.username);
  expect(iceServers({ turnUrls: [], turnSecret: "", stunPort: null }, "x", clock, systemRandom)).toEqual({
    type: "iceServers",
    servers: [],
    relay: false,
  });
  expect(iceServers({ ...config, turnUrls: [] }, "::1", clock, systemRandom).servers[0]?.urls).toEqual(["stun:[::1]:3478"]);
});
