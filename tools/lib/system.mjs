/**
 * What the tests need from the system: browsers and a few tools. As root on a Debian system they are installed when
 * missing; otherwise they are named. Bare Node, no packages.
 */
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { run, say } from "./bare.mjs";

/** Program, the Debian package that brings it, and what it is for. */
export const needs = /** @type {const} */ ([
  { program: "git", aptPackage: "git", why: "lists the repository's own files" },
  { program: "chromium", aptPackage: "chromium", why: "end-to-end tests", env: "CHROMIUM" },
  { program: "firefox-esr", aptPackage: "firefox-esr", why: "end-to-end tests", env: "FIREFOX" },
  { program: "openssl", aptPackage: "openssl", why: "the certificates of --lan, read by a second implementation" },
  { program: "certutil", aptPackage: "libnss3-tools", why: "browsers that trust a test's own authority" },
  { program: "ip", aptPackage: "iproute2", why: "network namespaces" },
  { program: "strace", aptPackage: "strace", why: "what the server does to its files, for power cuts" },
  { program: "turnserver", aptPackage: "coturn", why: "calls through a relay", env: "TURNSERVER", service: "coturn" },
]);

/** @param {string} program */
function isOnPath(program) {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin", "/usr/bin"];
  return folders.some((folder) => isExecutable(join(folder, program)));
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const missing = () =>
  needs.filter((need) => {
    const given = "env" in need ? process.env[need.env] : undefined;
    return given === undefined ? !isOnPath(need.program) : !isExecutable(given);
  });

/**
 * Installs what is missing if it may. Names the rest.
 * @param {(line: string) => void} onLine
 * @returns {Promise<readonly string[]>} the programs that are still missing
 */
export async function ensureSystem(onLine) {
  const lacking = missing();
  if (lacking.length === 0) return [];
  const packages = lacking.map((need) => need.aptPackage);
  if (process.getuid?.() === 0 && isOnPath("apt-get")) {
    say(`Installing from the system's packages: ${packages.join(" ")} …`);
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["-q", "update"], { timeoutMs: 5 * 60_000, env, onLine });
    const services = lacking.flatMap((need) => ("service" in need ? [need.service] : []));
    await withoutStarting(services, onLine, () =>
      run("apt-get", ["-q", "install", "-y", "--no-install-recommends", ...packages], { timeoutMs: 15 * 60_000, env, onLine }),
    );
  }
  const left = missing();
  for (const need of left) onLine(`missing: ${need.program} (Debian: apt-get install ${need.aptPackage}), for ${need.why}`);
  return left.map((need) => need.program);
}

/** What Debian's packages ask before they start a service, and the answer that says no. */
const POLICY = "/usr/sbin/policy-rc.d";

/**
 * A tool for tests must not become a server of this machine, least of all a relay: nothing is started, now or at boot.
 * @param {readonly string[]} services
 * @param {(line: string) => void} onLine
 * @param {() => Promise<unknown>} install
 */
async function withoutStarting(services, onLine, install) {
  const ours = services.length > 0 && !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await install();
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
  if (services.length > 0 && isOnPath("systemctl")) await run("systemctl", ["disable", ...services], { timeoutMs: 60_000, onLine });
}
