import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { en } from "../packages/ui/src/words/en.ts";
import { meet } from "./support/acquaint.ts";
import { launchWithProfile, paths, type BrowserKind, type Pair } from "./support/browsers.ts";
import { flows } from "./support/media.ts";
import { createNetwork } from "./support/namespaces.ts";
import { personAt, type Person } from "./support/person.ts";
import { startServer } from "./support/server.ts";
import { expect, test } from "./support/test.ts";

/** A certificate database as browsers keep it, in which this authority is trusted for websites. */
function trust(folder: string, authority: string): void {
  mkdirSync(folder, { recursive: true });
  execFileSync("certutil", ["-d", `sql:${folder}`, "-N", "--empty-password"]);
  execFileSync("certutil", ["-d", `sql:${folder}`, "-A", "-t", "C,,", "-n", "megachat", "-i", authority]);
}

/** Two people who know each other, each on a machine of their own, and a server on a third: `work` is what they do. */
async function acrossNetwork(kinds: Pair, work: (alice: Person, bob: Person) => Promise<void>): Promise<void> {
  test.setTimeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "megachat-network-"));
  const network = createNetwork(["server", "left", "right"]);
  const [atServer, left, right] = network.machines;
  const closing: (() => Promise<unknown>)[] = [];
  try {
    if (!atServer || !left || !right) throw new Error("three machines");
    const origin = "https://server.test:8443";
    const server = await startServer({ through: atServer.through, port: 8443, flags: ["--lan", "--origin", origin] });
    closing.push(() => server.stop());
    expect(server.url).toBe(origin);
    const authority = join(server.dataDir, "lan", "megachat-authority.crt");

    const arrive = async (name: string, machine: typeof left, kind: BrowserKind): Promise<Person> => {
      const profile = join(folder, name);
      const home = join(folder, `${name}-home`);
      trust(kind === "firefox" ? profile : join(home, ".pki/nssdb"), authority);
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

    await work(alice, bob);
    expect([...alice.complaints, ...bob.complaints]).toEqual([]);
  } finally {
    for (const close of closing.reverse()) await close().catch(() => undefined);
    network.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A call with a picture, until it ends as both know. `during` is what happens meanwhile. */
async function videoCall(alice: Person, bob: Person, during: () => Promise<void>): Promise<void> {
  await alice.call("video");
  await bob.acceptCall();
  await flows(alice.page, "video");
  await flows(bob.page, "video");
  await during();
  await alice.hangUp();
  await expect(bob.page.getByText(en.callEnd.hungUpPeer(alice.name))).toBeVisible({ timeout: 30_000 });
}

const mayMakeNetworks = process.getuid?.() === 0 || process.env["CI"] === "true";
if (!mayMakeNetworks) console.log("SKIPPED: calls across a network need root, for network namespaces");

const pairs: readonly Pair[] = [
  ["chromium", "firefox"],
  ["firefox", "firefox"],
  ["firefox", "chromium"],
  ["chromium", "chromium"],
];
for (const kinds of mayMakeNetworks ? pairs : []) {
  test(
    `across a network, ${kinds.join(" and ")}: HTTPS by name under the home authority, no multicast, and a call that outlives a cable pulled for some seconds`,
    { tag: "@once" },
    async () => {
      await acrossNetwork(kinds, async (alice, bob) =>
        videoCall(alice, bob, async () => {
          bob.line.cut();
          await expect(alice.page.getByText(/Reconnecting/)).toBeVisible({ timeout: 20_000 });
          bob.line.mend();
          await flows(alice.page, "video");
          await flows(bob.page, "video");
        }),
      );
    },
  );
}
