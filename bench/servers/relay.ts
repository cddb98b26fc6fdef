/** What a bare page needs to find another: an empty page, and a WebSocket on which each hears what the others say. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { WebSocketServer } from "ws";

const http = createServer((_, response) => {
  response.setHeader("content-type", "text/html").end("<!doctype html><title>bare</title>");
});
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (bytes: Buffer) => {
    for (const other of server.clients) if (other !== socket) other.send(bytes, { binary: false });
  });
});
await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
console.log(`listening ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
process.once("SIGTERM", () => process.exit(0));
