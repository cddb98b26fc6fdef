/**
 * A small network of its own: one namespace per machine, joined by a bridge, multicast dropped, names by a hosts file.
 * Needs root and iproute2. Everything it makes goes with {@link TestNetwork.remove}.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Machine {
  readonly name: string;
  readonly address: string;
  /** Put before a command, runs it on this machine. */
  readonly through: readonly string[];
  /** A program that starts the given browser on this machine, with these variables set besides. */
  readonly browser: (path: string, env?: Readonly<Record<string, string>>) => string;
  /** Takes the machine's one network line away, or gives it back. */
  readonly setLine: (state: "up" | "down") => void;
  /** Gives the machine one more address: on its line, where the others find it, or for itself alone. */
  readonly addAddress: (address: string, where: "line" | "self") => void;
  /** Every address that the machine has looked for on its line, which it does before it sends the first packet there. */
  readonly lookedFor: () => readonly string[];
}
export interface TestNetwork {
  readonly machines: readonly Machine[];
  /** An address of this network that no machine has. */
  readonly spareAddress: string;
  /** Puts the tests themselves on the network, where machines look for the way out. */
  readonly attach: () => void;
  readonly remove: () => void;
}

const ip = (...args: readonly string[]): void => {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
};

/** Namespaces belong to root; where the tests must be whole, a machine without them fails instead. */
export const mayMakeNetworks = process.getuid?.() === 0 || process.env["CI"] === "true";

let counted = 0;

/**
 * Machines of these names; each reaches the others by `NAME.test` and by address. `public` addresses look like those of
 * the internet and lead nowhere: there is no way out.
 */
export function createNetwork(names: readonly string[], addresses: "private" | "public" = "private"): TestNetwork {
  const tag = `${(process.pid % 4096).toString(36)}${(counted++).toString(36)}`;
  const subnet = `${addresses === "private" ? 10 : 11}.${200 + (process.pid % 50)}.${counted % 250}`;
  const bridge = `mcb${tag}`;
  const scripts = mkdtempSync(join(tmpdir(), "megachat-net-"));
  const undo: (() => void)[] = [() => rmSync(scripts, { recursive: true, force: true })];
  const addressOf = (index: number): string => `${subnet}.${index + 1}`;
  // With and without the dot at the end: Chromium asks for a relay by its name in full.
  const hosts = ["127.0.0.1 localhost", ...names.map((name, i) => `${addressOf(i)} ${name}.test ${name}.test.`), ""].join("\n");

  const remove = (): void => {
    for (const step of undo.splice(0).reverse()) {
      try {
        step();
      } catch {
        // Taking away what a failed set-up never made.
      }
    }
  };
  try {
    ip("link", "add", bridge, "type", "bridge");
    undo.push(() => ip("link", "del", bridge));
    ip("link", "set", bridge, "up");
    const machines = names.map((name, i) =>
      addMachine({ name, namespace: `mc${tag}-${name}`, line: `mcv${tag}${i}`, address: addressOf(i) }),
    );
    const attach = (): void => ip("addr", "add", `${subnet}.254/24`, "dev", bridge);
    return { machines, spareAddress: `${subnet}.100`, attach, remove };
  } catch (fault) {
    remove();
    throw fault;
  }

  function addMachine({
    name,
    namespace,
    line,
    address,
  }: Readonly<Record<"name" | "namespace" | "line" | "address", string>>): Machine {
    const settings = join("/etc/netns", namespace);
    mkdirSync(settings, { recursive: true });
    undo.push(() => rmSync(settings, { recursive: true, force: true }));
    writeFileSync(join(settings, "hosts"), hosts);
    // A name server that refuses at once: programs that ask for other names must not wait for an answer.
    writeFileSync(join(settings, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    ip("netns", "add", namespace);
    undo.push(() => ip("netns", "del", namespace));
    ip("link", "add", line, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    ip("link", "set", line, "master", bridge, "up");
    ip("-n", namespace, "addr", "add", `${address}/24`, "dev", "eth0");
    // Without multicast there is no mDNS: candidates must do without `.local` names.
    // Nor a second address that comes up by itself some seconds later: browsers drop what they load when one does.
    ip("-n", namespace, "link", "set", "eth0", "addrgenmode", "none", "multicast", "off", "up");
    ip("-n", namespace, "link", "set", "lo", "up");
    // WebRTC asks the routing table which address faces the world.
    ip("-n", namespace, "route", "add", "default", "via", `${subnet}.254`);
    return {
      name,
      address,
      through: ["ip", "netns", "exec", namespace],
      browser: (path, env = {}) => {
        const script = join(scripts, `${name}-${path.split("/").at(-1) ?? ""}`);
        const variables = Object.entries(env).map(([key, value]) => `${key}='${value}'`);
        const inside = join(import.meta.dirname, "namespace-browser.ts");
        writeFileSync(
          script,
          `#!/bin/sh\nexec env ${variables.join(" ")} '${process.execPath}' '${inside}' '${namespace}' '${path}' "$@"\n`,
        );
        chmodSync(script, 0o755);
        return script;
      },
      setLine: (state) => ip("link", "set", line, state),
      addAddress: (another, where) => {
        const [bits, flags] = another.includes(":") ? [128, ["nodad"]] : [where === "line" ? 24 : 32, []];
        ip("-n", namespace, "addr", "add", `${another}/${bits}`, "dev", where === "line" ? "eth0" : "lo", ...flags);
      },
      lookedFor: () =>
        execFileSync("ip", ["-n", namespace, "neigh", "show", "nud", "all", "dev", "eth0"], { encoding: "utf8" })
          .split("\n")
          .map((entry) => entry.split(" ")[0] ?? "")
          .filter((found) => found !== ""),
    };
  }
}
