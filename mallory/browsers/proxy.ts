/**
 * Mallory in front of the real server: pages pass as they are, and every frame that the server sends over a WebSocket goes
 * through Mallory's hands. Who is attacked and who is not come in by ports of their own.
 */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { ClientFrame, decode, ServerFrame, type Request } from "@megachat/wire";
import { WebSocket, WebSocketServer } from "ws";
import { ofPush, ofReply } from "../about.ts";
import { isEncoding, plainOf } from "../frame.ts";
import type { Bent, Sent } from "../operations.ts";

export interface Hands {
  /** What goes out in place of a frame; undefined lets it pass. */
  readonly bend: (sent: Sent, answers: Request | null) => Bent | undefined;
  /** Everything that a browser says, for whoever looks for what must not be in it. */
  readonly heard: (bytes: Uint8Array) => void;
  /** Bytes that are no frame were sent; `isOpen` says later whether the page goes on all the same. */
  readonly spoilt: (isOpen: () => boolean) => void;
}

export interface ProxyPort {
  readonly port: number;
  /** Breaks every connection and lets none through until {@link mend}. */
  readonly cut: () => void;
  readonly mend: () => void;
  /** Says something to every open page that the server has not said. */
  readonly say: (bytes: Uint8Array) => void;
  readonly stop: () => Promise<void>;
}

/** `serverPort` is asked when somebody comes: the server has to know its ports before it starts. */
export async function openPort(to: string, serverPort: () => number, hands: Hands): Promise<ProxyPort> {
  const sockets = new Set<Socket>();
  const pages = new Set<WebSocket>();
  const doors = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  let isCut = false;

  const http = createServer((incoming, outgoing) => passOn(incoming, outgoing, serverPort()));
  http.on("connection", (socket) => {
    if (isCut) return socket.destroy();
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket));
  });
  http.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    doors.handleUpgrade(incoming, socket, head, (page) => {
      pages.add(page);
      page.on("close", () => pages.delete(page));
      join(page, incoming, { to, port: serverPort(), hands });
    });
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));

  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (http.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
    },
    say: (bytes) => {
      for (const page of pages) page.send(bytes);
    },
    stop: async () => {
      breakAll();
      await new Promise((done) => http.close(done));
    },
  };
}

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, port: number): void {
  const { method, url, headers } = incoming;
  const upstream = ask({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  upstream.on("error", () => outgoing.destroy());
  outgoing.on("close", () => upstream.destroy());
  incoming.pipe(upstream);
}

/** One page with its own connection to the server. */
function join(
  page: WebSocket,
  { url, headers }: IncomingMessage,
  { to, port, hands }: { readonly to: string; readonly port: number; readonly hands: Hands },
): void {
  const asked = new Map<number, Request>();
  const early: Buffer[] = [];
  let late: Bent["late"] = [];
  const server = new WebSocket(`ws://127.0.0.1:${port}${url}`, {
    origin: headers.origin,
    headers: { host: headers.host },
    perMessageDeflate: false,
  });
  server.on("open", () => {
    for (const frame of early.splice(0)) server.send(frame);
  });
  page.on("message", (frame: Buffer) => {
    hands.heard(frame);
    const read = decode(ClientFrame, Uint8Array.from(frame));
    if (read.ok) asked.set(read.value.number, read.value.request);
    if (server.readyState === WebSocket.OPEN) server.send(frame);
    else early.push(frame);
  });
  server.on("message", (frame: Buffer) => {
    const read = decode(ServerFrame, Uint8Array.from(frame));
    if (!read.ok) throw new Error("the server sent junk");
    const said = read.value;
    const request = said.type === "reply" ? (asked.get(said.number) ?? null) : null;
    const sent: Sent = {
      to,
      message: said.type === "reply" ? said.reply.type : said.push.type,
      ...(said.type === "push" ? ofPush(said.push) : request ? ofReply(request, said.reply) : NOTHING),
      plain: plainOf(said),
    };
    const bent = hands.bend(sent, request);
    for (const bytes of [...(bent?.now ?? [frame]), ...late]) {
      page.send(bytes);
      if (bent && !isEncoding(bytes)) hands.spoilt(() => page.readyState === WebSocket.OPEN);
    }
    late = bent?.late ?? [];
  });
  const close = (other: WebSocket) => (code: number) => {
    // Codes below 1000 and the reserved ones are said by nobody: the line was broken.
    if (code === 1000 || code >= 3000) other.close(code);
    else other.terminate();
  };
  page.on("close", close(server));
  server.on("close", close(page));
  for (const end of [page, server]) end.on("error", () => end.terminate());
}

const NOTHING = { about: "", isLog: false, turn: null };
