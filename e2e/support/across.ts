/** Two people who know each other, each on a machine of their own, a server on a third and, if wanted, a relay on a fourth. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { meet } from "./acquaint.ts";
import { launchWithProfile, paths, type BrowserKind, type Pair } from "./browsers.ts";
import { startCoturn, type Addresses } from "./coturn.ts";
import { createNetwork, type Machine, type TestNetwork } from "./namespaces.ts";
import { personAt, type Person } from "./person.ts";
import { startServer } from "./server.ts";
import { expect, test } from "./test.ts";

export interface Wish {
  readonly kinds: Pair;
  /** Addresses like those of the internet, and a relay that the server tells of: by UDP, TCP and TLS. */
  readonly relay?: "coturn";
}
export interface Across {
  readonly alice: Person;
  readonly bob: Person;
  /** Where they sit. */
  readonly left: Machine;
  readonly right: Machine;
  /** Of the relay; null without one. */
  readonly relay: Addresses | null;
}

/** `work` is what the two do. */
export async function acrossNetwork({ kinds, relay: wanted }: Wish, work: (across: Across) => Promise<void>): Promise<void> {
  test.setTimeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "megachat-network-"));
  const network = createNetwork(["server", "left", "right", "relay"], wanted ? "public" : "private");
  const [atServer, left, right, atRelay] = network.machines;
  const closing: (() => Promise<unknown>)[] = [];
  try {
    if (!atServer || !left || !right || !atRelay) throw new Error("four machines");
    const relay = wanted ? await startRelay(network, atRelay) : null;
    if (relay) closing.push(relay.stop);
    const origin = "https://server.test:8443";
    const server = await startServer({
      through: atServer.through,
      port: 8443,
      flags: ["--lan", "--origin", origin, ...(relay ? relay.flags : [])],
      env: relay ? { MEGACHAT_TURN_SECRET: relay.secret } : {},
    });
    closing.push(() => server.stop());
    expect(server.url).toBe(origin);
    const authorities = [join(server.dataDir, "lan", "megachat-authority.crt"), ...(relay ? [relay.authority] : [])];

    const arrive = async (name: string, machine: Machine, kind: BrowserKind): Promise<Person> => {
      const profile = join(folder, name);
      const home = join(folder, `${name}-home`);
      trust(kind === "firefox" ? profile : join(home, ".pki/nssdb"), authorities);
      const context = await launchWithProfile(kind, profile, { program: machine.browser(paths[kind], { HOME: home }) });
      closing.push(() => context.close());
      const line = { cut: () => machine.setLine("down"), mend: () => machine.setLine("up") };
      const person = await personAt(name, { kind, context, url: origin, line });
      // A line that has just come up may still drop the first page.
      await expect(() => person.open()).toPass({ timeout: 15_000 });
      await person.signUp();
      return person;
    };
    const [alice, bob] = await Promise.all([arrive("alice", left, kinds[0]), arrive("bob", right, kinds[1])]);
    await meet(alice, bob);
    await alice.write("Can you read this?");
    await bob.reads("Can you read this?");

    await work({ alice, bob, left, right, relay: relay && relay.addresses });
    expect([...alice.complaints, ...bob.complaints]).toEqual([]);
  } finally {
    for (const close of closing.reverse()) await close().catch(() => undefined);
    network.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A certificate database as browsers keep it, in which these authorities are trusted for websites. */
function trust(folder: string, authorities: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  execFileSync("certutil", ["-d", `sql:${folder}`, "-N", "--empty-password"]);
  for (const [i, authority] of authorities.entries())
    execFileSync("certutil", ["-d", `sql:${folder}`, "-A", "-t", "C,,", "-n", `megachat-${i}`, "-i", authority]);
}

async function startRelay(network: TestNetwork, machine: Machine) {
  machine.addAddress(network.spareAddress, "line");
  const addresses: Addresses = { listening: machine.address, relaying: network.spareAddress };
  const name = `${machine.name}.test`;
  const { secret, authority, stop } = await startCoturn({ through: machine.through, name, ip4: addresses });
  const urls = [`turn:${name}:3478?transport=udp`, `turn:${name}:3478?transport=tcp`, `turns:${name}:5349?transport=tcp`];
  return { addresses, secret, authority, stop, flags: urls.flatMap((url) => ["--turn", url]) };
}
