/** The page's end of the media worker: its key, which transforms have started, its counts. [M14] [M19] */
import type { SealedToWorker } from "@megachat/wire";
import type { FromWorker, ToWorker, TransformCounts } from "../protocol/messages.ts";

export interface WorkerLink extends Disposable {
  /** For `RTCRtpScriptTransform`. */
  readonly worker: Worker;
  /** The worker's one-time key. Rejects when the worker cannot start. */
  readonly key: Promise<Uint8Array<ArrayBuffer>>;
  /** Resolves once the transform has its streams. */
  readonly started: (id: number) => Promise<void>;
  readonly hasStarted: (id: number) => boolean;
  readonly giveKeys: (call: Uint8Array<ArrayBuffer>, sealed: readonly SealedToWorker[]) => void;
  /** What has gone through, asked now; null when the worker does not answer in time. */
  readonly count: (withinMs: number) => Promise<readonly TransformCounts[] | null>;
  readonly wantKeyFrame: () => void;
  readonly forceKeyFrame: () => void;
}

export interface WorkerLinkEvents {
  readonly onOpened: () => void;
  readonly onForceKeyFrame: (transform: number) => void;
  /** The worker reported a fault or could not be loaded. */
  readonly onDied: () => void;
}

export function linkWorker(worker: Worker, events: WorkerLinkEvents): WorkerLink {
  const key = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  // Nobody may be waiting for the key when the worker dies.
  key.promise.catch(() => {});
  const started = new Map<number, PromiseWithResolvers<void>>();
  const running = new Set<number>();
  const asked = new Map<number, (counts: readonly TransformCounts[]) => void>();
  let asks = 0;
  const startOf = (id: number): PromiseWithResolvers<void> => {
    const known = started.get(id) ?? Promise.withResolvers<void>();
    known.promise.catch(() => {});
    started.set(id, known);
    return known;
  };
  const tell = (message: ToWorker): void => worker.postMessage(message);

  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    switch (data.type) {
      case "ready":
        key.resolve(data.workerKey);
        break;
      case "started":
        running.add(data.id);
        startOf(data.id).resolve();
        break;
      case "counts":
        asked.get(data.ask)?.(data.counts);
        asked.delete(data.ask);
        break;
      case "opened":
        events.onOpened();
        break;
      case "forceKeyFrame":
        events.onForceKeyFrame(data.id);
        break;
    }
  };
  const died = (): void => {
    key.reject(new Error("the media worker died"));
    events.onDied();
  };
  worker.onerror = died;
  worker.onmessageerror = died;

  return {
    worker,
    key: key.promise,
    started: (id) => startOf(id).promise,
    hasStarted: (id) => running.has(id),
    giveKeys: (call, sealed) => tell({ type: "keys", call, sealed }),
    count: (withinMs) => {
      const ask = ++asks;
      const { promise, resolve } = Promise.withResolvers<readonly TransformCounts[] | null>();
      asked.set(ask, resolve);
      setTimeout(() => {
        asked.delete(ask);
        resolve(null);
      }, withinMs);
      tell({ type: "count", ask });
      return promise;
    },
    wantKeyFrame: () => tell({ type: "wantKeyFrame" }),
    forceKeyFrame: () => tell({ type: "forceKeyFrame" }),
    [Symbol.dispose]: () => {
      worker.onmessage = worker.onerror = worker.onmessageerror = null;
      worker.terminate();
      // Who waits for it waits for nothing.
      const gone = new Error("the media worker was closed");
      key.reject(gone);
      for (const waiting of started.values()) waiting.reject(gone);
    },
  };
}
