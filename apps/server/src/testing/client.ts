/** The wire as a program speaks it: requests with numbers, replies that pair with them, pushes in order. For tests. */
import { ClientFrame, decode, encode, PROTOCOL, ServerFrame, type Push, type Reply } from "@megachat/wire";
import { WebSocket, type RawData } from "ws";
import type { ReplyOf, RequestOf, TypeOf } from "../operation.ts";

export interface Client extends Disposable {
  /** The reply to a request. Rejects when the connection ends first. */
  readonly ask: <T extends TypeOf>(request: RequestOf<T>) => Promise<ReplyOf<T>>;
  /** Any bytes at all. */
  readonly sendRaw: (bytes: Uint8Array | string) => void;
  /** Pushes that have come and were not taken yet; waits for one when there is none. */
  readonly nextPush: () => Promise<Push>;
  readonly pushes: () => readonly Push[];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
  readonly close: () => void;
}

/** Dials and says hello, unless told to say nothing. */
export async function connect(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  greeting: "hello" | "silence" = "hello",
): Promise<Client> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  const waiting = new Map<number, { readonly resolve: (reply: Reply) => void; readonly reject: (fault: Error) => void }>();
  const pushes: Push[] = [];
  const takers: ((push: Push) => void)[] = [];
  let number = 0;

  const onFrame = (data: RawData): void => {
    const frame = decode(ServerFrame, bytesOf(data));
    if (!frame.ok) throw new Error(`the server sent what is no frame: ${frame.error.reason}`);
    if (frame.value.type === "push") {
      const taker = takers.shift();
      if (taker) taker(frame.value.push);
      else pushes.push(frame.value.push);
      return;
    }
    waiting.get(frame.value.number)?.resolve(frame.value.reply);
    waiting.delete(frame.value.number);
  };
  socket.on("message", onFrame);
  const closed = new Promise<number>((resolve) => {
    socket.on("close", (code) => {
      for (const each of waiting.values()) each.reject(new Error(`closed: ${code}`));
      waiting.clear();
      resolve(code);
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => socket.terminate());

  const ask = <T extends TypeOf>(request: RequestOf<T>): Promise<ReplyOf<T>> =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== socket.OPEN) return reject(new Error("closed"));
      const mine = ++number;
      // The server answers a request with a reply of its own kinds: that is what these tests are for.
      waiting.set(mine, { resolve: (reply) => resolve(reply as ReplyOf<T>), reject });
      socket.send(encode(ClientFrame, { number: mine, request }));
    });
  if (greeting === "hello") await ask({ type: "hello", protocol: PROTOCOL, client: "test" });

  return {
    ask,
    sendRaw: (bytes) => socket.send(bytes),
    nextPush: () => {
      const push = pushes.shift();
      return push ? Promise.resolve(push) : new Promise((resolve) => takers.push(resolve));
    },
    pushes: () => pushes,
    closed,
    socket,
    close: () => socket.close(),
    [Symbol.dispose]: () => socket.terminate(),
  };
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data));
  return new Uint8Array(data instanceof ArrayBuffer ? data : data);
}
