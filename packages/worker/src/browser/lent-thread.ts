/**
 * The password's worker: the page makes it and lends it to the core's worker, which talks to it over a port of their
 * own. What is typed passes through the page only where it was typed. [V61]
 *
 * [Note: The page makes every worker] In Firefox a worker that makes a worker waits inside the constructor until the
 * page's thread has answered, and about one time in twenty that answer never comes: the whole core would stand still.
 */
import type { OpaqueThread } from "../password/opaque-remote.ts";

const LEND = "lendThread";
/** From the thread, once it has its port. Until then nothing is sent, so that no password lies in the page's hands. */
const HERE = "here";
/** From the core's worker to its thread: the procedure is over. */
const END = null;

/** In the core's worker: a thread that may still be on its way. `post` reaches the page. */
export function borrowThread(post: (message: unknown, transfer: Transferable[]) => void): OpaqueThread {
  const { port1: own, port2: theirs } = new MessageChannel();
  let listen: (answer: unknown) => void = () => {};
  let early: unknown[] | null = [];
  own.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data !== HERE) return listen(data);
    for (const call of early ?? []) own.postMessage(call);
    early = null;
  };
  post({ type: LEND }, [theirs]);
  return {
    post: (call) => (early ? void early.push(call) : own.postMessage(call)),
    listen: (listener) => (listen = listener),
    end: () => {
      early = null;
      own.postMessage(END);
      own.close();
    },
  };
}

/** In the page: whether this message of the core's worker asked for a thread. Then it has been started. */
export function lendThread({ data, ports }: MessageEvent<unknown>, start: () => Worker): boolean {
  const [port] = ports;
  if (!port || (data as { readonly type?: unknown } | null)?.type !== LEND) return false;
  try {
    const thread = start();
    // It says when it listens. Until then it may still turn out not to come at all, which nobody else could tell.
    thread.onmessage = () => thread.postMessage(null, [port]);
    thread.onerror = () => port.postMessage(null);
  } catch {
    port.postMessage(null);
  }
  return true;
}

/** In the thread: its end of the port, once the page has handed it over. */
export function serveLender(scope: DedicatedWorkerGlobalScope, serve: (call: unknown) => Promise<unknown>): void {
  scope.onmessage = ({ ports: [port] }: MessageEvent<unknown>) => {
    if (!port) return;
    port.postMessage(HERE);
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data === END) return scope.close();
      // Without this a fault would end in silence, and who asked would wait for ever.
      serve(data).then(
        (answer) => port.postMessage(answer),
        () => port.postMessage(null),
      );
    };
  };
  scope.postMessage(null);
}
