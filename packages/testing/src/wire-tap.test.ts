import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { startWireTap } from "./wire-tap.ts";

test("a tap carries HTTP and WebSockets, keeps what they said, and can be cut and mended", async () => {
  const http = createServer((_request, response) => response.end("an answer over HTTP"));
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data, { binary: true })));
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const tap = await startWireTap(() => (http.address() as AddressInfo).port, { keep: true });
  const echo = async (text: string): Promise<string> => {
    const socket = new WebSocket(`ws://127.0.0.1:${tap.port}`);
    return new Promise((done, fail) => {
      socket.on("open", () => socket.send(Buffer.from(text)));
      socket.on("message", (data: Buffer) => {
        done(data.toString("utf8"));
        socket.close();
      });
      socket.on("error", fail);
    });
  };
  const held = (): string => Buffer.concat(tap.carried()).toString("latin1");

  expect(await (await fetch(`http://127.0.0.1:${tap.port}/`)).text()).toBe("an answer over HTTP");
  const long = "a question over a socket ".repeat(4000);
  expect(await echo(long)).toBe(long);
  expect(held()).toContain("an answer over HTTP");
  expect(tap.fromServer()).toBeGreaterThan(long.length);
  // Both ways: the browser's side was masked on the line.
  expect(held().split(long)).toHaveLength(3);

  tap.cut();
  await expect(echo("x")).rejects.toThrow();
  tap.mend();
  expect(await echo("again")).toBe("again");
  await tap.stop();

  const narrow = await startWireTap(() => (http.address() as AddressInfo).port, { limit: 10 });
  await expect(fetch(`http://127.0.0.1:${narrow.port}/`, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
  expect(narrow.fromServer()).toBe(10);
  await narrow.stop();
  sockets.close();
  http.closeAllConnections();
  await new Promise((done) => http.close(done));
});
