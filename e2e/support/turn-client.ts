/**
 * A small TURN client, written from RFC 8489, 8656 and 6062: what somebody with credentials can say to a relay, whatever
 * browsers would say.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIPv4 } from "node:net";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}
export interface Address {
  readonly ip: string;
  readonly port: number;
}
/** 0 for success, otherwise the code of the error (RFC 8656 §18, RFC 6062 §6.3). */
export type Code = number;

/** One five-tuple, so at most one allocation. */
export interface TurnClient {
  /** STUN's own question: what is my address? */
  readonly bind: () => Promise<Code>;
  readonly allocate: (family: "ip4" | "ip6", transport?: "udp" | "tcp") => Promise<Code>;
  readonly refresh: (seconds: number) => Promise<Code>;
  readonly createPermission: (peer: Address) => Promise<Code>;
  readonly channelBind: (peer: Address, channel: number) => Promise<Code>;
  /** A TCP connection from the relay to the peer. */
  readonly connectTo: (peer: Address) => Promise<Code>;
  /** Unanswered: what a relay does not allow it drops. */
  readonly send: (peer: Address, data: string) => void;
  readonly sendOnChannel: (channel: number, data: string) => void;
  readonly close: () => void;
}

/** Under coturn's `use-auth-secret`. */
export function credentialsUntil(expiry: Date, secret: string): Credentials {
  const username = `${Math.floor(expiry.getTime() / 1000)}:${randomBytes(12).toString("base64url")}`;
  return { username, password: createHmac("sha1", secret).update(username).digest("base64") };
}

const method = { binding: 1, allocate: 3, refresh: 4, send: 6, createPermission: 8, channelBind: 9, connect: 10 };
const INDICATION = 0x10;
const type = {
  username: 0x06,
  integrity: 0x08,
  errorCode: 0x09,
  channelNumber: 0x0c,
  lifetime: 0x0d,
  peerAddress: 0x12,
  data: 0x13,
  realm: 0x14,
  nonce: 0x15,
  requestedFamily: 0x17,
  requestedTransport: 0x19,
};
/** An address is scrambled on its way (RFC 8489 §14.2). */
type Attribute = readonly [type: number, value: Buffer | Address];

const COOKIE = Buffer.from("2112a442", "hex");
const UNAUTHENTICATED = 401;
const STALE_NONCE = 438;
/** Milliseconds after which a relay is taken not to answer at all. */
const PATIENCE = 3_000;

export async function openTurn(server: Address, who: Credentials): Promise<TurnClient> {
  const socket = createSocket(isIPv4(server.ip) ? "udp4" : "udp6");
  await new Promise<void>((done) => socket.connect(server.port, server.ip, done));
  const waiting = new Map<string, (message: Buffer) => void>();
  socket.on("message", (message) => waiting.get(message.toString("hex", 8, 20))?.(message));
  // Nobody there is no answer, and the time-out says so.
  socket.on("error", () => {});
  let proof: readonly Attribute[] = [];
  let key = Buffer.alloc(0);

  const askOnce = (kind: number, attributes: readonly Attribute[]): Promise<Buffer> => {
    const id = randomBytes(12);
    const message = proof.length === 0 ? encode(kind, id, attributes) : sign(encode(kind, id, [...attributes, ...proof]), key);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const timer = setTimeout(() => reject(new Error(`the relay does not answer method ${kind}`)), PATIENCE);
    waiting.set(id.toString("hex"), resolve);
    socket.send(message);
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(id.toString("hex"));
    });
  };
  const ask = async (kind: number, attributes: readonly Attribute[]): Promise<Code> => {
    const answer = await askOnce(kind, attributes);
    const code = codeOf(answer);
    // The first 401 tells realm and nonce; a second one means what it says.
    if (code !== STALE_NONCE && (code !== UNAUTHENTICATED || proof.length > 0)) return code;
    const realm = find(answer, type.realm);
    const nonce = find(answer, type.nonce);
    if (!realm || !nonce) return code;
    proof = [
      [type.username, Buffer.from(who.username)],
      [type.realm, realm],
      [type.nonce, nonce],
    ];
    key = createHash("md5")
      .update(`${who.username}:${realm.toString("utf8")}:${who.password}`)
      .digest();
    return codeOf(await askOnce(kind, attributes));
  };

  return {
    bind: () => ask(method.binding, []),
    allocate: (family, transport = "udp") =>
      ask(method.allocate, [
        [type.requestedTransport, Buffer.from([transport === "udp" ? 17 : 6, 0, 0, 0])],
        [type.requestedFamily, Buffer.from([family === "ip4" ? 1 : 2, 0, 0, 0])],
      ]),
    refresh: (seconds) => ask(method.refresh, [[type.lifetime, uint32(seconds)]]),
    createPermission: (peer) => ask(method.createPermission, [[type.peerAddress, peer]]),
    channelBind: (peer, channel) =>
      ask(method.channelBind, [
        [type.channelNumber, uint32(channel * 0x1_0000)],
        [type.peerAddress, peer],
      ]),
    connectTo: (peer) => ask(method.connect, [[type.peerAddress, peer]]),
    send: (peer, data) => {
      const attributes: readonly Attribute[] = [
        [type.peerAddress, peer],
        [type.data, Buffer.from(data)],
      ];
      socket.send(encode(method.send | INDICATION, randomBytes(12), attributes));
    },
    sendOnChannel: (channel, data) => socket.send(Buffer.concat([uint32(channel * 0x1_0000 + data.length), Buffer.from(data)])),
    close: () => socket.close(),
  };
}

function encode(kind: number, id: Buffer, attributes: readonly Attribute[]): Buffer {
  const parts = attributes.map(([of, value]) => attribute(of, Buffer.isBuffer(value) ? value : scramble(value, id)));
  const body = Buffer.concat(parts);
  return Buffer.concat([uint16(kind), uint16(body.length), COOKIE, id, body]);
}

/** MESSAGE-INTEGRITY covers a header whose length includes it already (RFC 8489 §14.5). */
function sign(message: Buffer, key: Buffer): Buffer {
  const counted = Buffer.from(message);
  counted.writeUInt16BE(message.length - 20 + 24, 2);
  return Buffer.concat([counted, attribute(type.integrity, createHmac("sha1", key).update(counted).digest())]);
}

const attribute = (of: number, value: Buffer): Buffer =>
  Buffer.concat([uint16(of), uint16(value.length), value, Buffer.alloc((4 - (value.length % 4)) % 4)]);

function find(message: Buffer, wanted: number): Buffer | undefined {
  for (let at = 20; at + 4 <= message.length;) {
    const length = message.readUInt16BE(at + 2);
    if (message.readUInt16BE(at) === wanted) return message.subarray(at + 4, at + 4 + length);
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return undefined;
}

function codeOf(answer: Buffer): Code {
  const error = find(answer, type.errorCode);
  return error ? (error[2] ?? 0) * 100 + (error[3] ?? 0) : 0;
}

function scramble({ ip, port }: Address, id: Buffer): Buffer {
  const mask = Buffer.concat([COOKIE, id]);
  const bytes = isIPv4(ip) ? ip.split(".").map(Number) : ip6Bytes(ip);
  const hidden = Buffer.from(bytes.map((byte, i) => byte ^ (mask[i] ?? 0)));
  return Buffer.concat([Buffer.from([0, isIPv4(ip) ? 1 : 2]), uint16(port ^ COOKIE.readUInt16BE(0)), hidden]);
}

/** Hexadecimal groups, with or without `::`. */
export function ip6Bytes(text: string): readonly number[] {
  const [front = [], back = []] = text.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => "0");
  return [...front, ...zeros, ...back].map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]);
}

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
