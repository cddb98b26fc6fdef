/** What the relay that we ship the configuration of does and refuses, said to it byte by byte. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { connect as connectTls, type SecureVersion } from "node:tls";
import { startCoturn, type Coturn } from "./support/coturn.ts";
import { createNetwork, mayMakeNetworks, type Machine } from "./support/namespaces.ts";
import { expect, test } from "./support/test.ts";
import {
  credentialsUntil,
  ip6Bytes,
  openTurn,
  type Address,
  type Code,
  type Credentials,
  type TurnClient,
} from "./support/turn-client.ts";

/** What nobody may reach through a relay. [S46] */
const closed: readonly (readonly [what: string, prefix: string, bits: number])[] = [
  ["this network", "0.0.0.0", 8],
  ["private", "10.0.0.0", 8],
  ["shared", "100.64.0.0", 10],
  ["loopback", "127.0.0.0", 8],
  ["link-local, with the clouds' metadata", "169.254.0.0", 16],
  ["private", "172.16.0.0", 12],
  ["protocol assignments", "192.0.0.0", 24],
  ["documentation", "192.0.2.0", 24],
  ["6to4 relays", "192.88.99.0", 24],
  ["private", "192.168.0.0", 16],
  ["benchmarks", "198.18.0.0", 15],
  ["documentation", "198.51.100.0", 24],
  ["documentation", "203.0.113.0", 24],
  ["multicast", "224.0.0.0", 4],
  ["reserved and broadcast", "240.0.0.0", 4],
  ["unspecified, loopback, IPv4-compatible", "::", 96],
  ["IPv4-mapped loopback", "::ffff:7f00:0", 104],
  ["IPv4-mapped", "::ffff:0:0", 96],
  ["IPv4-translated", "::ffff:0:0:0", 96],
  ["NAT64 of loopback", "64:ff9b::7f00:0", 104],
  ["NAT64", "64:ff9b::", 96],
  ["NAT64 of a network's own", "64:ff9b:1::", 48],
  ["nothing of the world", "::", 3],
  ["discard", "100::", 64],
  ["Teredo and protocol assignments", "2001::", 23],
  ["documentation", "2001:db8::", 32],
  ["6to4", "2002::", 16],
  ["6to4 of loopback", "2002:7f00::", 24],
  ["documentation", "3fff::", 20],
  ["nothing of the world", "4000::", 2],
  ["private", "fc00::", 7],
  ["link-local", "fe80::", 10],
  ["site-local", "fec0::", 10],
  ["multicast", "ff00::", 8],
];
/** One machine of the world in each family, and the relay's own two addresses. */
const WORLD = ["11.9.9.9", "2a00:9::9"];
const OWN6 = { listening: "2a00:5::10", relaying: "2a00:5::11" };
/** Addresses that the relay's machine has besides: somebody's service, out of the world's reach. */
const inside = [
  "10.66.0.1",
  "100.64.0.1",
  "169.254.169.254",
  "172.16.66.1",
  "192.168.66.1",
  "198.18.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b:1::1",
  "2001:0:7f00:1::1",
  "2001:db8::66",
  "2002:7f00:1::1",
  "fd00::66",
  "fec0::66",
];
/** Of IPv6, below all that the world uses: one byte, everything else zero. Each has a line of its own in the lists. */
const lonelyBytes = Array.from({ length: 16 }, (_, i) => textOf(2n << BigInt(8 * i), 128));
const PORT = 9_999;

/** What the relay says of a peer, and which of the two ways of sending reached it all the same. */
interface Finding {
  readonly permission: Code;
  readonly channel: Code;
  readonly connect: Code;
  readonly arrived: readonly string[];
}
const refused: Finding = { permission: 403, channel: 403, connect: 403, arrived: [] };
/** Connections are refused everywhere: TCP is not relayed. */
const relayed: Finding = { permission: 0, channel: 0, connect: 403, arrived: ["indication", "channel"] };

interface Bench {
  readonly relay: Coturn;
  readonly listening: Address;
  readonly relaying: string;
  /** Asks for each peer by every method, and hears what arrives on the relay's machine. */
  readonly tryAll: (peers: readonly string[]) => Promise<Readonly<Record<string, Finding>>>;
}

/** A relay on a machine of its own, and the test beside it on the same network. */
async function withRelay(
  change: (lines: readonly string[]) => readonly string[],
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const network = createNetwork(["relay"], "public");
  opened.defer(() => network.remove());
  const [machine] = network.machines;
  if (!machine) throw new Error("one machine");
  network.attach();
  machine.addAddress(network.spareAddress, "line");
  for (const address of [...WORLD, ...inside, OWN6.listening, OWN6.relaying]) machine.addAddress(address, "self");
  const ip4 = { listening: machine.address, relaying: network.spareAddress };
  const relay = await startCoturn({ through: machine.through, name: "relay.test", ip4, ip6: OWN6, change });
  opened.defer(() => relay.stop());
  const heard = await listenOn(machine);
  opened.defer(() => heard.stop());
  const listening = { ip: ip4.listening, port: 3478 };

  const tryOne = async (ip: string): Promise<Omit<Finding, "arrived">> => {
    const client = await openTurn(listening, good(relay));
    // Not sooner: another client might get its port, under which the relay remembers an allocation.
    opened.defer(client.close);
    expect(await client.allocate(isIPv4(ip) ? "ip4" : "ip6")).toBe(0);
    const peer = { ip, port: PORT };
    const permission = await client.createPermission(peer);
    client.send(peer, `indication ${ip}`);
    const channel = await client.channelBind(peer, 0x4000);
    client.sendOnChannel(0x4000, `channel ${ip}`);
    const connect = await client.connectTo(peer);
    return { permission, channel, connect };
  };
  await work({
    relay,
    listening,
    relaying: ip4.relaying,
    tryAll: async (peers) => {
      const answers: (readonly [string, Omit<Finding, "arrived">])[] = [];
      for (const peer of peers) answers.push([peer, await tryOne(peer)]);
      // Whatever is still on its way from one end of a machine to the other.
      await new Promise((done) => setTimeout(done, 300));
      const ways = ["indication", "channel"];
      return Object.fromEntries(
        answers.map(([peer, answer]) => [
          peer,
          { ...answer, arrived: ways.filter((way) => heard.lines().includes(`${way} ${peer}`)) },
        ]),
      );
    },
  });
}

async function listenOn(machine: Machine): Promise<{ readonly lines: () => readonly string[]; readonly stop: () => void }> {
  const [command, ...args] = [...machine.through, process.execPath, join(import.meta.dirname, "support/udp-listener.ts")];
  const child = spawn(command, [...args, String(PORT)], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  await new Promise<void>((done, fail) => {
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      done();
    });
    child.once("exit", () => fail(new Error("the listener ended")));
  });
  return { lines: () => text.split("\n"), stop: () => child.kill("SIGKILL") };
}

const inSeconds = (seconds: number): Date => new Date(Date.now() + 1000 * seconds);
const good = ({ secret }: Coturn): Credentials => credentialsUntil(inSeconds(600), secret);
const asShipped = (lines: readonly string[]): readonly string[] => lines;
/** The mutant: the same relay, which keeps nobody from anything. */
const withoutLists = (lines: readonly string[]): readonly string[] => [
  ...lines.filter((line) => !/^(denied-peer-ip|no-multicast-peers)/.test(line)),
  "allow-loopback-peers",
];

/** The first and the last address of a block, and two between them, one with a zero where a list may have a hole. */
function samplesOf(prefix: string, bits: number): readonly string[] {
  const first = numberOf(prefix);
  const width = isIPv4(prefix) ? 32 : 128;
  const free = BigInt(width - bits);
  const within = (chance: bigint): bigint => first | (chance & ((1n << free) - 1n));
  const chance = BigInt(`0x${randomBytes(16).toString("hex")}`);
  return [within(0n), within(-1n), within(chance), within(chance & ~0xffn)].map((number) => textOf(number, width));
}
const numberOf = (ip: string): bigint =>
  BigInt(`0x${Buffer.from(isIPv4(ip) ? ip.split(".").map(Number) : ip6Bytes(ip)).toString("hex")}`);
function textOf(number: bigint, width: number): string {
  const hex = number.toString(16).padStart(width / 4, "0");
  return width === 32
    ? [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".")
    : Array.from({ length: 8 }, (_, i) => Number.parseInt(hex.slice(4 * i, 4 * i + 4), 16).toString(16)).join(":");
}

/** Whether the relay takes part in a handshake of this version of TLS. What it does not speak it leaves without an answer. */
async function speaksTls(machine: Address, version: SecureVersion): Promise<boolean> {
  // OpenSSL's own scruples about old versions are put aside: the refusal is to be the relay's.
  const ciphers = "DEFAULT@SECLEVEL=0";
  const versions = { minVersion: version, maxVersion: version };
  const socket = connectTls({
    host: machine.ip,
    port: 5349,
    servername: "relay.test",
    rejectUnauthorized: false,
    ciphers,
    ...versions,
  });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once("secureConnect", () => resolve(true));
  socket.once("error", () => resolve(false));
  setTimeout(resolve, 2_000, false);
  return promise.finally(() => socket.destroy());
}

const sameFor = (peers: readonly string[], finding: Finding): Readonly<Record<string, Finding>> =>
  Object.fromEntries(peers.map((peer) => [peer, finding]));

const refusals = (): void => {
  test("[S46] F06 as shipped it relays to the world and to relays, and to nothing that only its own machine reaches", async () => {
    await withRelay(asShipped, async ({ tryAll, listening, relaying }) => {
      const open = [...WORLD, relaying, OWN6.relaying];
      expect(await tryAll(open)).toEqual(sameFor(open, relayed));
      const blocks = closed.flatMap(([, prefix, bits]) => samplesOf(prefix, bits));
      const targets = [listening.ip, OWN6.listening, ...inside, "127.0.0.1", "::1", "::ffff:7f00:1", ...lonelyBytes, ...blocks];
      expect(await tryAll(targets)).toEqual(sameFor(targets, refused));
    });
  });

  test("[S46] F06 control: without its lists the same relay reaches what is inside", async () => {
    await withRelay(withoutLists, async ({ tryAll, listening }) => {
      const targets = [listening.ip, "127.0.0.1", "127.9.9.9", ...inside, OWN6.listening, "::1"];
      expect(await tryAll(targets)).toEqual(sameFor(targets, relayed));
    });
  });

  test("[S47] F07 wrong, expired and used-up credentials allocate nothing; what was allocated in time goes on", async () => {
    await withRelay(asShipped, async ({ relay, listening }) => {
      const { username, password } = good(relay);
      const other = good(relay);
      const allocation = async (who: Credentials): Promise<readonly [TurnClient, Code]> => {
        const client = await openTurn(listening, who);
        return [client, await client.allocate("ip4")];
      };
      const codeFor = async (who: Credentials): Promise<Code> => (await allocation(who))[1];
      expect(await codeFor({ username, password: "guessed" })).toBe(401);
      expect(await codeFor({ username: other.username, password })).toBe(401);
      expect(await codeFor({ username: "", password: "" })).toBe(401);
      // The secret is right and the time is over.
      expect(await codeFor(credentialsUntil(inSeconds(-5), relay.secret))).toBe(401);
      // Later by another's clock: the expiry is under the seal.
      const [expiry = "", chance = ""] = username.split(":");
      expect(await codeFor({ username: `${Number(expiry) + 3600}:${chance}`, password })).toBe(401);

      const brief = credentialsUntil(inSeconds(2), relay.secret);
      const [early, allowed] = await allocation(brief);
      expect(allowed).toBe(0);
      await expect.poll(() => codeFor(brief), { timeout: 10_000 }).toBe(401);
      expect(await early.refresh(600)).toBe(0);
      expect(await early.createPermission({ ip: WORLD[0] ?? "", port: PORT })).toBe(0);
    });
  });

  test("[S47, S48] F07 one user name holds so many allocations; no TCP is relayed, no STUN answered, no TLS before 1.2 spoken", async () => {
    await withRelay(asShipped, async ({ relay, listening }) => {
      const who = good(relay);
      const codes: Code[] = [];
      for (let i = 0; i < 49; i++) codes.push(await (await openTurn(listening, who)).allocate("ip4"));
      expect(codes).toEqual([...Array.from({ length: 48 }, () => 0), 486]);

      expect(await (await openTurn(listening, good(relay))).allocate("ip4", "tcp")).toBe(442);
      const versions = ["TLSv1", "TLSv1.1", "TLSv1.2"] as const;
      const spoken = Promise.all(versions.map((version) => speaksTls(listening, version)));
      await expect((await openTurn(listening, good(relay))).bind()).rejects.toThrow("does not answer");
      expect(await spoken).toEqual([false, false, true]);
    });
  });
};
if (mayMakeNetworks) test.describe("the relay", { tag: "@once" }, refusals);
else console.log("SKIPPED: the relay's refusals need root, for network namespaces");
