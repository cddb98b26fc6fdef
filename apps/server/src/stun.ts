/**
 * A STUN responder: tells who asks from which address the question came (RFC 8489 §7, Binding over UDP). [S45]
 *
 * Stateless, bounded, quiet: whatever is not exactly a Binding request is dropped without an answer, and an answer is
 * 44 bytes at most for a question of 20 at least, so many a second to one address: nothing to amplify an attack with.
 */
import { createSocket, type RemoteInfo } from "node:dgram";
import { isIP } from "node:net";
import type { Log } from "@megachat/base";
import type { Config } from "./config.ts";
import type { Buckets } from "./limits.ts";
import { addressKey } from "./net/addresses.ts";

const MAGIC = 0x2112_a442;
const HEADER = 20;
/** Longer ones carry nothing that a Binding request needs. */
const MAX_REQUEST = 548;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;

export interface Stun {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Null when the port is taken: calls then depend on direct paths and TURN, which is worth a warning, not a refusal to start. */
export async function startStun(config: Pick<Config, "stunHost" | "stunPort">, buckets: Buckets, log: Log): Promise<Stun | null> {
  const family = isIP(config.stunHost) === 6 || config.stunHost === "localhost" ? "udp6" : "udp4";
  const socket = createSocket({ type: config.stunHost === "::" ? "udp6" : family });
  socket.on("message", (request, from) => {
    if (buckets.take(addressKey(from.address)) > 0) return;
    const response = answerBinding(request, from);
    if (response) socket.send(response, from.port, from.address);
  });
  const port = await new Promise<number | null>((resolve) => {
    socket.once("error", () => resolve(null));
    socket.bind({ port: config.stunPort ?? 0, address: config.stunHost }, () => resolve(socket.address().port));
  });
  if (port === null) {
    socket.close();
    log.warn("stunPortTaken", { port: config.stunPort ?? 0 });
    return null;
  }
  socket.on("error", () => log.warn("stunFailed"));
  return { port, stop: () => new Promise((resolve) => socket.close(() => resolve())) };
}

/** The response to a Binding request, or undefined for anything else. */
export function answerBinding(request: Uint8Array, from: Pick<RemoteInfo, "address" | "port">): Uint8Array | undefined {
  if (request.length < HEADER || request.length > MAX_REQUEST) return undefined;
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const isRequest = view.getUint16(0) === BINDING_REQUEST && view.getUint32(4) === MAGIC;
  if (!isRequest || view.getUint16(2) !== request.length - HEADER || !hasWholeAttributes(view)) return undefined;
  const address = addressBytes(from.address);
  const response = new Uint8Array(HEADER + 8 + address.length);
  const out = new DataView(response.buffer);
  out.setUint16(0, BINDING_SUCCESS);
  out.setUint16(2, 8 + address.length);
  // Magic cookie and transaction id: they come back, and they are what the address is masked with.
  response.set(request.subarray(4, HEADER), 4);
  out.setUint16(20, XOR_MAPPED_ADDRESS);
  out.setUint16(22, 4 + address.length);
  out.setUint8(25, address.length === 4 ? 1 : 2);
  out.setUint16(26, from.port ^ (MAGIC >>> 16));
  address.forEach((byte, index) => out.setUint8(28 + index, byte ^ (response[4 + index] ?? 0)));
  return response;
}

/** The attributes fill the message exactly. What they say does not matter: a Binding request needs none of them. */
function hasWholeAttributes(view: DataView): boolean {
  let at = HEADER;
  while (at + 4 <= view.byteLength) at += 4 + Math.ceil(view.getUint16(at + 2) / 4) * 4;
  return at === view.byteLength;
}

function addressBytes(address: string): readonly number[] {
  const bare = address.replace(/^::ffff:/i, "").replace(/%.*$/, "");
  if (isIP(bare) === 4) return bare.split(".").map(Number);
  const [head = "", tail = ""] = bare.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const left = groups(head);
  const right = groups(tail);
  const zeros = Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
