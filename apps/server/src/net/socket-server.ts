/** Accepts WebSockets: the right path, an allowed origin, not too many. [S30] [S33] [S34] */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { bytesEqual } from "@megachat/base";
import { MAX_FRAME } from "@megachat/wire";
import { WebSocketServer } from "ws";
import type { Limits } from "../limits.ts";
import type { Services } from "../services.ts";
import { addressKey, peerAddress } from "./addresses.ts";
import { openConnection, SILENCE_MS, type Connection } from "./connection.ts";

const SLICES = 28;

/** Where the page dials. */
export const SOCKET_PATH = "/ws";

export interface SocketServer {
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly count: () => number;
  /** Ends the connections of accounts that the operator has switched off. */
  readonly endAccounts: (isDisabled: (account: Uint8Array) => Promise<boolean>) => Promise<void>;
  /** Says goodbye to everyone, in a moment of a few seconds so that they do not all come back at once. */
  readonly stop: () => Promise<void>;
}

export interface SocketOptions {
  readonly limits: Limits;
  /** Proxies of our own in front of us. */
  readonly proxies: number;
  /** Whether a page of this origin may dial. */
  readonly allowsOrigin: (origin: string) => boolean;
}

export function createSocketServer(services: Services, { limits, proxies, allowsOrigin }: SocketOptions): SocketServer {
  const { log, buckets, random } = services;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME, perMessageDeflate: false, clientTracking: false });
  /** Each with the slice of the beat that it is in. */
  const connections = new Map<Connection, number>();
  const perAddress = new Map<string, number>();
  let dialled = 0;
  let stopping = false;

  const refuse = (socket: Duplex, status: string, why: string): void => {
    log.info("dialRefused", { why });
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  };

  // In slices, so that many connections are not all pinged in one breath.
  let tick = 0;
  const beat = setInterval(
    () => {
      tick++;
      for (const [connection, slice] of connections) if (slice === tick % SLICES) connection.beat();
    },
    SILENCE_MS / 3 / SLICES,
  );
  beat.unref();

  return {
    onUpgrade: (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      if (request.url?.split("?", 1)[0] !== SOCKET_PATH) return refuse(socket, "404 Not Found", "path");
      // Browsers always say where a page is from. Programs without one have no page that could be led astray.
      const { origin } = request.headers;
      if (origin !== undefined && !allowsOrigin(origin)) return refuse(socket, "403 Forbidden", "origin");
      const address = addressKey(peerAddress(request, proxies));
      const here = perAddress.get(address) ?? 0;
      if (stopping) return refuse(socket, "503 Service Unavailable", "stopping");
      if (connections.size >= limits.connections) return refuse(socket, "503 Service Unavailable", "connections");
      if (here >= limits.connectionsPerAddress) return refuse(socket, "429 Too Many Requests", "connectionsPerAddress");
      if (buckets.dialsPerAddress.take(address) > 0) return refuse(socket, "429 Too Many Requests", "dials");
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = openConnection(services, webSocket, { address, host: hostOf(request) });
        connections.set(connection, ++dialled % SLICES);
        perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
        webSocket.on("close", () => {
          connections.delete(connection);
          const left = (perAddress.get(address) ?? 1) - 1;
          if (left > 0) perAddress.set(address, left);
          else perAddress.delete(address);
        });
      });
    },
    count: () => connections.size,
    endAccounts: async (isDisabled) => {
      for (const connection of connections.keys()) {
        const account = connection.account();
        if (!account || !(await isDisabled(account))) continue;
        // While we asked, the connection may have changed hands.
        const still = connection.account();
        if (still && bytesEqual(still, account)) connection.end("disabled");
      }
    },
    stop: async () => {
      stopping = true;
      clearInterval(beat);
      for (const connection of connections.keys()) connection.goAway(500 + ((random.bytes(1)[0] ?? 0) % 32) * 100);
      const deadline = AbortSignal.timeout(2000);
      while (connections.size > 0 && !deadline.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
      for (const connection of connections.keys()) connection.terminate();
      sockets.close();
    },
  };
}

/** The name under which the browser reached us: the page's origin says it, also behind a proxy that rewrites Host. */
function hostOf(request: IncomingMessage): string {
  const { origin, host } = request.headers;
  const url = URL.parse(origin ?? `http://${host ?? ""}`);
  return url?.hostname.replace(/^\[|\]$/g, "") ?? "localhost";
}
