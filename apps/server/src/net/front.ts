/**
 * One port for HTTPS and for who typed http:// by mistake. [S38]
 *
 * The first byte tells them apart: a TLS handshake record begins with 22, no HTTP request does. Plain HTTP gets one page
 * that says why, and the authority's certificate where it is our own; never the app.
 */
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { AUTHORITY_PATH, whyHttpsPage } from "../http/why-https.ts";

const TLS_HANDSHAKE = 22;
/** Who connects and says nothing is let go. */
const FIRST_BYTE_MS = 10_000;

export interface Front {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Listens in place of `secure`, which gets the connections that speak TLS. */
export async function listenBoth(
  secure: HttpServer,
  at: { readonly host: string; readonly port: number },
  authority: string | null,
): Promise<Front> {
  const plain = plainServer(authority);
  const sockets = new Set<Socket>();
  const front = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy());
    socket.once("readable", () => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      const first: unknown = socket.read(1);
      if (!(first instanceof Buffer)) return socket.destroy();
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? secure : plain).emit("connection", socket);
    });
  });
  // Node starts its watch over slow requests when a server listens; these two never do by themselves.
  for (const server of [secure, plain]) server.emit("listening");
  await new Promise<void>((resolve, reject) => {
    front.once("error", reject);
    front.listen(at.port, at.host, resolve);
  });
  return {
    port: (front.address() as AddressInfo).port,
    stop: async () => {
      const closed = closing(front);
      plain.closeAllConnections();
      secure.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const closing = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

function plainServer(authority: string | null): HttpServer {
  const timeouts = { headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 1000 };
  return createHttpServer(timeouts, (request, response) => {
    response.setHeader("cache-control", "no-store");
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    if (authority !== null && request.url === AUTHORITY_PATH) {
      response.setHeader("content-type", "application/x-x509-ca-cert");
      response.end(authority);
      return;
    }
    const host = request.headers.host ?? "";
    const secureUrl = /^[\w.:[\]-]+$/.test(host) ? `https://${host}/` : null;
    response.statusCode = 403;
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(whyHttpsPage({ host, secureUrl, authority: authority !== null }));
  });
}
