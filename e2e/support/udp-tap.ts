/**
 * A path for calls that keeps every byte it carries. Browsers of a tapped context are told, in place of each address of
 * the other side, a UDP socket of ours that stands in for it; they learn no other, so nothing of a call goes around it.
 */
import type { BrowserContext } from "@playwright/test";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

export interface UdpTap {
  /** Before the page is opened. */
  readonly stand: (context: BrowserContext) => Promise<void>;
  /** Every datagram carried: STUN, DTLS, media. */
  readonly carried: () => readonly Uint8Array[];
  /** What else is to be carried, as anybody on the way could. */
  readonly inject: (bytes: Uint8Array) => Promise<void>;
  readonly stop: () => void;
}

const HOST = "127.0.0.1";

export function startUdpTap(): UdpTap {
  const pieces: Uint8Array[] = [];
  const standIns = new Map<string, Promise<Socket>>();

  /** Both directions in one socket: whoever spoke last to the one stood in for gets what that one says. */
  const open = async (address: string, port: number): Promise<Socket> => {
    const socket = createSocket("udp4").bind(0, HOST);
    await once(socket, "listening");
    let other: RemoteInfo | undefined;
    socket.on("message", (message, from) => {
      pieces.push(Uint8Array.from(message));
      if (from.address !== address || from.port !== port) {
        other = from;
        socket.send(message, port, address);
      } else if (other) socket.send(message, other.port, other.address);
    });
    return socket;
  };
  const standInFor = async (address: string, port: number): Promise<number> => {
    const key = `${address}:${port}`;
    const socket = standIns.get(key) ?? open(address, port);
    standIns.set(key, socket);
    return (await socket).address().port;
  };

  return {
    stand: async (context) => {
      await context.exposeFunction("standInFor", standInFor);
      await context.addInitScript(replaceAddresses, HOST);
    },
    carried: () => pieces,
    inject: async (bytes) => {
      const [first] = await Promise.all(standIns.values());
      if (!first) throw new Error("no call has come this way");
      const before = pieces.length;
      const sender = createSocket("udp4");
      sender.send(bytes, first.address().port, HOST);
      while (!pieces.slice(before).some((piece) => Buffer.from(piece).equals(bytes))) await once(first, "message");
      sender.close();
    },
    stop: () => {
      for (const socket of standIns.values()) void socket.then((opened) => opened.close());
    },
  };
}

/** Runs in the page: what it tells its browser about the other side names our sockets, and nothing else. */
function replaceAddresses(host: string): void {
  const standInFor = Reflect.get(globalThis, "standInFor") as (address: string, port: number) => Promise<number>;
  const connections = RTCPeerConnection.prototype;
  const [setRemote, addCandidate] = ["setRemoteDescription", "addIceCandidate"].map(
    (name) => Reflect.get(connections, name) as (this: RTCPeerConnection, what: unknown) => Promise<void>,
  );
  // foundation, component, transport, priority, address, port: over UDP and IPv4, or not at all.
  const known = /(candidate:\S+ \d+ udp \d+) (\d+\.\d+\.\d+\.\d+) (\d+) /iu;
  const instead = async (candidate: string): Promise<string | null> => {
    const [, head = "", address = "", port] = known.exec(candidate) ?? [];
    if (port === undefined) return null;
    return candidate.replace(known, `${head} ${host} ${await standInFor(address, Number(port))} `);
  };
  Reflect.set(connections, "setRemoteDescription", async function (this: RTCPeerConnection, described: RTCSessionDescriptionInit) {
    const lines: string[] = [];
    for (const line of (described.sdp ?? "").split("\r\n")) {
      const kept = line.startsWith("a=candidate:") ? await instead(line) : line;
      if (kept !== null) lines.push(kept);
    }
    await setRemote?.call(this, { ...described, sdp: lines.join("\r\n") });
  });
  Reflect.set(connections, "addIceCandidate", async function (this: RTCPeerConnection, init: RTCIceCandidateInit) {
    const candidate = await instead(init.candidate ?? "");
    if (candidate !== null) await addCandidate?.call(this, { ...init, candidate });
  });
}
