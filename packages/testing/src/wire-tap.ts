/**
 * A line between browsers and a server that keeps every byte it carries, can be cut, and can be made slow. WebSocket
 * frames from browsers are masked; they are kept unmasked, or a search would find nothing in them.
 */
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";

export interface WireTap {
  readonly port: number;
  /** Everything carried, as programs saw it: HTTP as it was, WebSocket payloads without their masks. */
  readonly carried: () => readonly Uint8Array[];
  /** Bytes that came from the server so far. */
  readonly fromServer: () => number;
  /** Breaks every connection and lets none through until {@link mend}. */
  readonly cut: () => void;
  readonly mend: () => void;
  readonly stop: () => Promise<void>;
}

export interface WireTapOptions {
  /** Whether to keep what is carried; without it a tap is only a line that can be cut. */
  readonly keep?: boolean;
  /** Bytes from the server that are let through; whatever comes after never arrives. */
  readonly limit?: number;
}

/** Listens on a free port of this machine at once; `serverPort` is asked when somebody connects. */
export async function startWireTap(
  serverPort: () => number,
  { keep = false, limit = Number.POSITIVE_INFINITY }: WireTapOptions = {},
): Promise<WireTap> {
  const pieces: Uint8Array[] = [];
  const open = new Set<Socket>();
  let isCut = false;
  let fromServer = 0;

  const server: Server = createServer((browser) => {
    if (isCut) return browser.destroy();
    const upstream = connect(serverPort(), "127.0.0.1");
    const reader = unmasking((bytes) => pieces.push(bytes));
    for (const socket of [browser, upstream]) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        open.delete(socket);
        browser.destroy();
        upstream.destroy();
      });
    }
    upstream.on("data", (bytes: Buffer) => {
      const passing = bytes.subarray(0, limit - fromServer);
      fromServer += passing.length;
      browser.write(passing);
    });
    upstream.on("end", () => browser.end());
    if (keep) {
      browser.on("data", reader);
      upstream.on("data", (bytes: Buffer) => pieces.push(Uint8Array.from(bytes)));
    }
    browser.pipe(upstream);
    return undefined;
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));

  const breakAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    carried: () => pieces,
    fromServer: () => fromServer,
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
    },
    stop: async () => {
      breakAll();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Passes HTTP on as it is, and after an upgrade the payload of each frame unmasked (RFC 6455 §5.3). */
function unmasking(keep: (bytes: Uint8Array) => void): (bytes: Buffer) => void {
  let held = Buffer.alloc(0);
  let isSocket = false;
  return (bytes) => {
    if (!isSocket) {
      keep(Uint8Array.from(bytes));
      held = Buffer.concat([held, bytes]);
      const end = held.indexOf("\r\n\r\n");
      if (end < 0) return;
      isSocket = /^upgrade:\s*websocket/im.test(held.subarray(0, end).toString("latin1"));
      held = isSocket ? held.subarray(end + 4) : Buffer.alloc(0);
      if (!isSocket) return;
    } else {
      held = Buffer.concat([held, bytes]);
    }
    for (let frame = firstFrame(held); frame; frame = firstFrame(held)) {
      keep(frame.payload);
      held = held.subarray(frame.length);
    }
  };
}

function firstFrame(bytes: Buffer): { readonly payload: Uint8Array; readonly length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 127;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  const isMasked = ((bytes[1] ?? 0) & 128) !== 0;
  if (bytes.length < head + (isMasked ? 4 : 0)) return undefined;
  const size = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const start = head + (isMasked ? 4 : 0);
  if (bytes.length < start + size) return undefined;
  const payload = Uint8Array.from(bytes.subarray(start, start + size));
  if (isMasked) for (let i = 0; i < size; i++) payload[i] = (payload[i] ?? 0) ^ (bytes[head + (i & 3)] ?? 0);
  return { payload, length: start + size };
}
