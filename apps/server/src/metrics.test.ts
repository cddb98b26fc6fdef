import { get } from "node:http";
import { toHex } from "@megachat/base";
import { expect, test } from "vitest";
import { signUp } from "./testing/people.ts";
import { startServer } from "./testing/start-server.ts";

const valueOf = (text: string, line: string): number =>
  Number(
    text
      .split("\n")
      .find((each) => each.startsWith(line))
      ?.slice(line.length),
  );

test("[S49] figures say how much was done and how often it was refused, and nothing of anybody", async () => {
  await using server = await startServer({ metrics: { host: "127.0.0.1", port: 0 } });
  const { metricsPort } = server.running;
  const read = async (): Promise<string> => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();

  const alice = await signUp(server.socketUrl, "alice-the-first");
  await alice.client.ask({ type: "fetchHeads", after: null });
  expect(await alice.client.ask({ type: "fetchRows", log: alice.session.session, after: 0, maxBytes: 1000 })).toMatchObject({
    type: "refused",
  });
  const text = await read();
  expect(valueOf(text, "megachat_connections ")).toBe(1);
  expect(valueOf(text, 'megachat_kept{what="accounts"} ')).toBe(1);
  expect(valueOf(text, 'megachat_requests_total{type="fetchHeads",outcome="done"} ')).toBe(1);
  expect(valueOf(text, 'megachat_requests_total{type="fetchRows",outcome="refused"} ')).toBe(1);
  expect(valueOf(text, 'megachat_request_seconds_count{type="signUpFinish"} ')).toBe(1);
  expect(valueOf(text, "megachat_process_cpu_seconds_total ")).toBeGreaterThan(0);
  for (const secret of ["alice-the-first", toHex(alice.account), toHex(alice.device), toHex(alice.session.session), "127.0.0.1"])
    expect(text).not.toContain(secret);
});

test("[S49] figures are given at their own address alone, and to nothing but the one question", async () => {
  await using server = await startServer({ metrics: { host: "127.0.0.1", port: 0 } });
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  const there = `http://127.0.0.1:${server.running.metricsPort}`;
  expect((await fetch(`${there}/healthz`)).status).toBe(404);
  expect((await fetch(`${there}/metrics`, { method: "POST" })).status).toBe(404);
  const byName = await new Promise<number | undefined>((resolve) => {
    get(`${there}/metrics`, { headers: { host: "evil.example" } }, ({ statusCode }) => resolve(statusCode));
  });
  expect(byName).toBe(404);
  expect((await fetch(`${there}/metrics`)).headers.get("content-type")).toContain("text/plain");
  await using without = await startServer();
  expect(without.running.metricsPort).toBe(null);
});

test("[S49] an address that is taken stops the start with a sentence", async () => {
  await using server = await startServer({ metrics: { host: "127.0.0.1", port: 0 } });
  const port = server.running.metricsPort ?? 0;
  await expect(startServer({ metrics: { host: "127.0.0.1", port } })).rejects.toThrow("--metrics");
});
