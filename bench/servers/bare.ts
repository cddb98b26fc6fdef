/**
 * The least that does the same: a WebSocket server that takes the same frames, puts each row into a table and answers
 * after the commit that holds it, one commit for all that came meanwhile, and pushes the row to everybody who has written
 * to its log. It knows nobody and checks nothing. Its page is empty.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { toHex } from "@megachat/base";
import { ClientFrame, decode, encode, ServerFrame, type Reply, type Request } from "@megachat/wire";
import { WebSocketServer, type WebSocket } from "ws";

type Append = Extract<Request, { readonly type: "append" }>;

const [dataDir = ""] = process.argv.slice(2);
const database = new DatabaseSync(join(dataDir, "bare.db"));
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (log BLOB, position INTEGER, body BLOB)");
const insert = database.prepare("INSERT INTO row VALUES (?, ?, ?)");

const logs = new Map<string, { head: number; readonly here: Set<WebSocket> }>();
let waiting: (() => () => void)[] = [];
function flush(): void {
  const batch = waiting;
  waiting = [];
  database.exec("BEGIN IMMEDIATE");
  const after = batch.map((work) => work());
  database.exec("COMMIT");
  for (const tell of after) tell();
}

function append(socket: WebSocket, answer: (reply: Reply) => void, { log: id, turn, kind, sequence, body }: Append): void {
  const name = toHex(id);
  const log = logs.get(name) ?? { head: 0, here: new Set() };
  logs.set(name, log);
  log.here.add(socket);
  if (waiting.length === 0) setImmediate(flush);
  waiting.push(() => {
    const position = ++log.head;
    insert.run(id, position, body);
    return () => {
      const time = Date.now();
      const row = { position, turn, time, kind, device: new Uint8Array(16), sequence, body };
      const push = encode(ServerFrame, { type: "push", push: { type: "rowPush", log: id, row } });
      for (const each of log.here) each.send(push);
      answer({ type: "appended", position, time });
    };
  });
}

const http = createServer((_, response) => {
  response.setHeader("content-type", "text/html").end("<!doctype html><title>bare</title>");
});
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (bytes: Buffer) => {
    const frame = decode(ClientFrame, bytes);
    if (!frame.ok) return socket.close();
    const { number, request } = frame.value;
    const answer = (reply: Reply): void => socket.send(encode(ServerFrame, { type: "reply", number, reply }));
    if (request.type === "append") append(socket, answer, request);
    else answer({ type: "done" });
  });
});
await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
console.log(`listening ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
process.once("SIGTERM", () => process.exit(0));
// Compacts: what is measured is what is needed, not what arriving left behind.
process.on("SIGUSR2", () => gc?.({ execution: "sync", type: "major", flavor: "last-resort" }));
