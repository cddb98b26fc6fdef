import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signUp } from "./testing/people.ts";
import { startServer, type TestServer } from "./testing/start-server.ts";

const SCRIPT = "const a = 1;";
const MAP = '{"integrity":{}}';
const folder = mkdtempSync(join(tmpdir(), "megachat-web-"));
const webDir = join(folder, "dist");
let server: TestServer;
beforeAll(async () => {
  mkdirSync(join(webDir, "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(webDir, ".hidden"), "hidden");
  writeFileSync(
    join(webDir, "index.html"),
    `<!doctype html><script type="importmap">${MAP}</script><script type="module" src="/assets/app-AbCd1234.js"></script>`,
  );
  writeFileSync(join(webDir, "sw.js"), SCRIPT);
  writeFileSync(join(webDir, "assets", "app-AbCd1234.js"), SCRIPT);
  writeFileSync(join(webDir, "assets", "app-AbCd1234.js.gz"), gzipSync(SCRIPT));
  server = await startServer({ webDir });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { headers, redirect: "manual" });

/** Bytes as they are, for what `fetch` would tidy up or refuse to send. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connectTcp(server.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("latin1").on("data", (piece: string) => (answer += piece));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });

test("I10 [S36] every answer carries the whole policy, whatever it answers", async () => {
  for (const path of ["/", "/assets/app-AbCd1234.js", "/sw.js", "/healthz", "/missing.js", "/some/route"]) {
    const { headers } = await get(path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy, path).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types megachat");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|https?:|\*/);
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("permissions-policy")).toContain("camera=(self)");
    for (const absent of ["set-cookie", "strict-transport-security", "server", "x-powered-by", "access-control-allow-origin"])
      expect(headers.get(absent), absent).toBe(null);
  }
});

test("[S36] an inline script of a document is named by its hash, and documents require integrity of what they load", async () => {
  const { headers } = await get("/");
  const hash = createHash("sha256").update(MAP).digest("base64");
  expect(headers.get("content-security-policy")).toContain(`script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}';`);
  expect(headers.get("integrity-policy")).toBe("blocked-destinations=(script)");
  expect((await get("/sw.js")).headers.get("integrity-policy")).toBe(null);
});

test("[S37] hashed files are kept, others asked for again, precompressed ones used, routes lead to the page", async () => {
  const asset = await get("/assets/app-AbCd1234.js", { "accept-encoding": "gzip" });
  expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(asset.headers.get("content-encoding")).toBe("gzip");
  expect(asset.headers.get("content-type")).toContain("javascript");
  expect(await asset.text()).toBe(SCRIPT);
  for (const path of ["/", "/sw.js", "/index.html"]) expect((await get(path)).headers.get("cache-control"), path).toBe("no-cache");
  const page = await get("/chats/abc", { accept: "text/html" });
  expect(page.status).toBe(200);
  expect(page.headers.get("cache-control")).toBe("no-cache");
  expect(await page.text()).toBe(readFileSync(join(webDir, "index.html"), "utf8"));
  expect((await get("/missing.js", { accept: "text/html" })).status).toBe(404);
  expect((await get("/chats/abc")).status).toBe(404);
});

test("K06 [S37] no spelling of a path leads out of the folder", async () => {
  const dots = fc.constantFrom("..", "%2e%2e", "%2E.", "..%00", "....", "%252e%252e", "..;", "\u002e\u002e");
  const slash = fc.constantFrom("/", "%2f", "\\", "%5c", "//", "/./");
  const paths = fc
    .array(fc.tuple(dots, slash), { minLength: 1, maxLength: 5 })
    .map((parts) => `/${parts.flat().join("")}secret.txt`);
  await fc.assert(
    fc.asyncProperty(paths, async (path) => {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: localhost:${server.port}\r\nConnection: close\r\n\r\n`);
      expect(answer).not.toContain("\r\n\r\nsecret");
      expect(answer).toMatch(/^HTTP\/1\.1 (4\d\d)/);
    }),
    { numRuns: 300 },
  );
  expect((await get("/.hidden")).status).toBe(404);
});

test("I10 another site's page can link to ours and load nothing of it", async () => {
  expect((await get("/sw.js", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" })).status).toBe(403);
  const link = `GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nConnection: close\r\n\r\n`;
  expect(await raw(link)).toMatch(/^HTTP\/1\.1 200/);
});

test("[S38] plain HTTP under a name that browsers do not trust gets the page that says why, and nothing of the app", async () => {
  for (const path of ["/", "/sw.js", "/assets/app-AbCd1234.js", "/healthz"]) {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: <b>evil.example\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 4/);
    const named = await raw(`GET ${path} HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n`);
    expect(named).toMatch(/^HTTP\/1\.1 403/);
    expect(named).toContain("MegaChat needs HTTPS here");
    expect(named).toContain("Content-Security-Policy".toLowerCase());
    expect(named).not.toContain(SCRIPT);
  }
});

test("[S38] behind a proxy, what came to it by plain HTTP gets that page, too", async () => {
  await using proxied = await startServer({ webDir, reach: { type: "proxy", proxies: 1 }, origins: ["https://chat.example"] });
  const ask = (proto: string) => fetch(`http://127.0.0.1:${proxied.port}/healthz`, { headers: { "x-forwarded-proto": proto } });
  expect((await ask("http")).status).toBe(403);
  expect((await ask("https")).status).toBe(200);
});

test("K08 a body, a method or a header that is not expected is refused, and a slow one does not hold the server", async () => {
  expect(await raw(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\nConnection: close\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 4/,
  );
  expect(await raw(`BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4/);
  expect(await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(40_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4/);
  const slow = Array.from({ length: 100 }, () => {
    const socket = connectTcp(server.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: loc"));
    socket.on("error", () => {});
    return socket;
  });
  expect((await get("/healthz")).status).toBe(200);
  for (const socket of slow) socket.destroy();
});

test("[S39] once there are accounts, another main origin needs the flag", async () => {
  const first = await startServer({ acceptNewOrigin: false });
  await signUp(first.socketUrl, "settled");
  await first.running.stop();
  const again = { dataDir: first.dataDir, acceptNewOrigin: false };
  await expect(startServer({ ...again, port: 0, origins: ["http://localhost:1"] })).rejects.toThrow(/--accept-new-origin/);
  const same = await startServer({ ...again, port: first.port });
  await same.stop();
  const moved = await startServer({ ...again, origins: ["http://localhost:1"], acceptNewOrigin: true });
  await moved.stop();
  rmSync(first.dataDir, { recursive: true, force: true });
});

test("[S15] the set-ups are for this user only; without them, or damaged, a server with accounts does not start", async () => {
  const first = await startServer();
  const path = join(first.dataDir, "opaque-setups");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(first.dataDir).mode & 0o777).toBe(0o700);
  await signUp(first.socketUrl, "settled");
  await first.running.stop();
  const whole = readFileSync(path, "utf8");
  for (const damaged of [whole.slice(0, 40), "", whole.replace(/[0-9a-f]{2}\n$/, "zz\n")]) {
    writeFileSync(path, damaged);
    await expect(startServer({ dataDir: first.dataDir })).rejects.toThrow();
  }
  rmSync(path);
  await expect(startServer({ dataDir: first.dataDir })).rejects.toThrow(/missing/);
  writeFileSync(path, whole);
  await (await startServer({ dataDir: first.dataDir })).stop();
  rmSync(first.dataDir, { recursive: true, force: true });
});
