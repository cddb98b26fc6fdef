import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { WebSocket, type ClientOptions } from "ws";
import { systemRandom, wallClock } from "../system.ts";
import { startServer } from "../testing/start-server.ts";
import { makeServerCertificate, newCertificateKey } from "./certificates.ts";
import { prepareLan } from "./lan.ts";

const folder = mkdtempSync(join(tmpdir(), "megachat-tls-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const host = { name: "kitchen", addresses: ["127.0.0.1"] };
const lan = prepareLan({ dataDir: folder, names: [], clock: wallClock, random: systemRandom, host });
const [certPath, keyPath] = [join(folder, "cert.pem"), join(folder, "key.pem")];
writeFileSync(certPath, lan.cert);
writeFileSync(keyPath, lan.key);

const dial = (port: number, origin: string): Promise<number | "open"> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://127.0.0.1:${port}/ws`, {
      headers: { origin },
      ...({ ca: lan.authority, servername: "kitchen.local" } as ClientOptions),
    });
    socket.on("open", () => {
      socket.close();
      resolve("open");
    });
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("error", reject);
  });

test("[S34] with a certificate of one's own, its names and what the operator adds may dial, over TLS, and nobody else", async () => {
  await using server = await startServer({ reach: { type: "tls", certPath, keyPath }, origins: ["https://chat.example"] });
  const { port, running } = server;
  expect(running.origins).toEqual(
    expect.arrayContaining(["https://chat.example", `https://kitchen.local:${port}`, `https://127.0.0.1:${port}`]),
  );
  expect(running.origins[0]).toBe("https://chat.example");
  for (const origin of running.origins) expect(await dial(port, origin)).toBe("open");
  for (const origin of [`http://kitchen.local:${port}`, "https://kitchen.local", `https://other.local:${port}`]) {
    expect(await dial(port, origin), origin).toBe(403);
  }
});

test("[S44] files that are no certificate, no key, or not each other's are refused with a sentence that names the file", async () => {
  const [nothing, other] = [join(folder, "nothing.pem"), join(folder, "other.key")];
  writeFileSync(nothing, "not a PEM file\n");
  writeFileSync(other, newCertificateKey().privateKey.export({ type: "pkcs8", format: "pem" }));
  const start = (cert: string, key: string) => startServer({ reach: { type: "tls", certPath: cert, keyPath: key } });
  await expect(start(nothing, keyPath)).rejects.toThrow(`${nothing} holds no certificate.`);
  await expect(start(keyPath, certPath)).rejects.toThrow(`${keyPath} holds no certificate.`);
  await expect(start(certPath, nothing)).rejects.toThrow(`${nothing} holds no private key`);
  await expect(start(certPath, other)).rejects.toThrow(`${other} is not the key of ${certPath}`);
});

test("[S34] a certificate with a wildcard only leaves the name to the operator", async () => {
  const key = newCertificateKey();
  const validity = { from: wallClock.now() - 1e6, until: wallClock.now() + 1e9 };
  const [wildcard, wildcardKey] = [join(folder, "wildcard.pem"), join(folder, "wildcard.key")];
  writeFileSync(wildcard, makeServerCertificate(["*.example"], key, { name: "x", key }, validity, systemRandom));
  writeFileSync(wildcardKey, key.privateKey.export({ type: "pkcs8", format: "pem" }));
  const reach = { type: "tls", certPath: wildcard, keyPath: wildcardKey } as const;
  await expect(startServer({ reach })).rejects.toThrow(/--origin/);
  const server = await startServer({ reach, origins: ["https://chat.example"] });
  expect(server.running.origins).toEqual(["https://chat.example"]);
  await server.stop();
});
