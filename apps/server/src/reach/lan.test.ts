import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { steadyClock, systemRandom, wallClock } from "../system.ts";
import { startServer } from "../testing/start-server.ts";
import { isPermitted } from "./certificates.ts";
import { prepareLan } from "./lan.ts";

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), "megachat-lan-"));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});
const host = { name: "kitchen", addresses: ["192.168.7.5", "127.0.0.1", "fd00::5", "8.8.8.8", "2001:db8::1"] };
const powers = { clock: wallClock, random: systemRandom, host };

test("[S43] the authority vouches for this host's names and private addresses, and its certificate says so", () => {
  const lan = prepareLan({ dataDir: folder(), names: ["chat.home.arpa"], ...powers });
  expect(lan.hosts).toEqual(["chat.home.arpa", "kitchen.local", "kitchen", "localhost", "192.168.7.5", "127.0.0.1", "fd00::5"]);
  const certificate = new X509Certificate(lan.cert);
  const authority = new X509Certificate(lan.authority);
  expect(certificate.checkIssued(authority) && certificate.verify(authority.publicKey)).toBe(true);
  expect(authority.ca).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.checkHost("kitchen.local")).toBe("kitchen.local");
  expect(certificate.checkIP("192.168.7.5")).toBe("192.168.7.5");
});

test("[S43] the authority is made once, its key is for this user only, and the fingerprint stays", () => {
  const dataDir = folder();
  const first = prepareLan({ dataDir, names: [], ...powers });
  const second = prepareLan({ dataDir, names: [], ...powers });
  expect(second.fingerprint).toBe(first.fingerprint);
  expect(second.cert).not.toBe(first.cert);
  expect(statSync(join(dataDir, "lan", "authority.key")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dataDir, "lan", "megachat-authority.crt"), "utf8")).toBe(first.authority);
});

test("[S43] a name that the authority cannot vouch for stops the start", () => {
  const dataDir = folder();
  prepareLan({ dataDir, names: [], ...powers });
  expect(() => prepareLan({ dataDir, names: ["bank.example"], ...powers })).toThrow(/cannot vouch/);
  expect(isPermitted("evil.example", { domains: ["local"] })).toBe(false);
  expect(isPermitted("notlocal", { domains: ["local"] })).toBe(false);
  expect(isPermitted("172.32.0.1", { domains: [] })).toBe(false);
  expect(isPermitted("172.31.255.255", { domains: [] })).toBe(true);
});

const openssl = (() => {
  try {
    return execFileSync("openssl", ["version"], { encoding: "utf8" });
  } catch {
    return undefined;
  }
})();

test.runIf(openssl)("[S43] OpenSSL agrees: the chain holds, and a certificate beyond the constraints does not", async () => {
  const dataDir = folder();
  const lan = prepareLan({ dataDir, names: [], ...powers });
  const [authority, certificate] = [join(dataDir, "ca.pem"), join(dataDir, "cert.pem")];
  writeFileSync(authority, lan.authority);
  writeFileSync(certificate, lan.cert);
  const verify = (path: string): string =>
    execFileSync("openssl", ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", authority, path], {
      encoding: "utf8",
      stdio: "pipe",
    });
  expect(verify(certificate)).toContain("OK");

  const { makeServerCertificate, newCertificateKey } = await import("./certificates.ts");
  const { createPrivateKey, createPublicKey } = await import("node:crypto");
  const privateKey = createPrivateKey(readFileSync(join(dataDir, "lan", "authority.key")));
  const name = /CN=(.*)/.exec(new X509Certificate(lan.authority).subject)?.[1] ?? "";
  const signer = { name, key: { privateKey, publicKey: createPublicKey(privateKey) } };
  const now = wallClock.now();
  for (const host of ["bank.example", "8.8.8.8", "2001:db8::1"]) {
    const forged = join(dataDir, "forged.pem");
    writeFileSync(
      forged,
      makeServerCertificate([host], newCertificateKey(), signer, { from: now - 1e6, until: now + 1e9 }, systemRandom),
    );
    expect(() => verify(forged), host).toThrow(/permitted subtree violation/);
  }
});

test("[S38] [S43] one port: HTTPS under the authority, and by plain HTTP a page that says why, with the certificate", async () => {
  await using server = await startServer({ reach: { type: "lan" } });
  const authority = readFileSync(join(server.dataDir, "lan", "megachat-authority.crt"), "utf8");
  const get = (
    secure: boolean,
    path: string,
  ): Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }> =>
    new Promise((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        port: server.port,
        path,
        headers: { host: `localhost:${server.port}` },
        agent: false,
      } as const;
      const sent = (secure ? request : plainRequest)({ ...options, ...(secure ? { ca: authority } : {}) }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (piece: string) => (body += piece));
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
      });
      sent.on("error", reject);
      sent.end();
    });
  const health = await get(true, "/healthz");
  expect(health).toMatchObject({ status: 200, body: '{"ok":true}' });
  expect(health.headers).not.toHaveProperty("strict-transport-security");
  const why = await get(false, "/");
  expect(why.status).toBe(403);
  expect(why.body).toContain(`https://localhost:${server.port}/`);
  expect(await get(false, "/megachat-authority.crt")).toMatchObject({ status: 200, body: authority });
  expect(steadyClock.now()).toBeGreaterThan(0);
});
