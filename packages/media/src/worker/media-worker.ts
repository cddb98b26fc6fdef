/**
 * The worker through which every encoded frame of a call passes. Entry file; one worker per call. [M11] [M12] [M14] [M19]
 *
 * It draws a key pair for its life, takes frame keys sealed to it, and never gives out anything but counts.
 */
import { Secret, type Random } from "@megachat/base";
import { newX25519Seed, openFromX25519, x25519KeyOf } from "@megachat/crypto/hpke-x25519";
import { labels } from "@megachat/crypto/labels";
import { decode, FrameKey, type SealedToWorker } from "@megachat/wire";
import type { FromWorker, ToWorker, TransformOptions } from "../protocol/messages.ts";
import { deriveCipherKey } from "../sframe/cipher.ts";
import { createKeyRing, kidOf } from "../sframe/key-ring.ts";
import { callSuite } from "../sframe/media-frame.ts";
import { createFramePipe, type EncodedFrame, type FramePipe } from "./frame-pipe.ts";

declare const self: DedicatedWorkerGlobalScope;

const { subtle } = crypto;
const random: Random = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };
const seed = newX25519Seed(random);
const ring = createKeyRing(() => performance.now());
const pipes: { readonly pipe: FramePipe; readonly options: TransformOptions; readonly transformer: RTCRtpScriptTransformer }[] = [];
let opened = false;

/** How often at most the other side is asked for a whole picture because frames do not open, in milliseconds. */
const KEY_FRAME_PAUSE = 1000;
let lastWish = -Infinity;

const say = (message: FromWorker): void => self.postMessage(message);

self.onrtctransform = ({ transformer }: RTCTransformEvent): void => {
  const options = transformer.options as TransformOptions;
  const pipe = createFramePipe(options, {
    subtle,
    ring,
    onOpened: () => {
      if (!opened) say({ type: "opened" });
      opened = true;
    },
    onRefused: (why) => {
      // A picture that is built on a lost frame stays broken until the next whole one. Nothing is lost with a second copy.
      if (options.track === "camera" && why !== "replayed") wantKeyFrame();
    },
  });
  pipes.push({ pipe, options, transformer });
  const frames = transformer.readable as ReadableStream<EncodedFrame>;
  const done = frames.pipeThrough(new TransformStream<EncodedFrame, EncodedFrame>({ transform: pipe.transform }));
  // Rejects when the connection is closed, and then there is nothing left to do.
  done.pipeTo(transformer.writable as WritableStream<EncodedFrame>).catch(() => {});
  say({ type: "started", id: options.id });
};

self.onmessage = ({ data }: MessageEvent<ToWorker>): void => {
  switch (data.type) {
    case "keys":
      for (const sealed of data.sealed) void takeKey(data.call, sealed);
      break;
    case "count":
      say({ type: "counts", ask: data.ask, counts: pipes.map(({ pipe }) => pipe.counts()) });
      break;
    case "wantKeyFrame":
      lastWish = -Infinity;
      wantKeyFrame();
      break;
    case "forceKeyFrame":
      for (const { options, transformer } of pipes)
        if (options.side === "send" && options.track === "camera") forceKeyFrame(options, transformer);
      break;
  }
};

async function takeKey(call: Uint8Array<ArrayBuffer>, sealed: SealedToWorker): Promise<void> {
  const plain = openFromX25519(labels.frameKeys, seed, call, sealed);
  const key = plain.ok ? decode(FrameKey, plain.value) : null;
  if (!plain.ok || !key?.ok) return;
  const { join, epoch, direction, removal, baseKey } = key.value;
  using secret = new Secret(baseKey);
  const cipher = await secret.open((bytes) => deriveCipherKey(subtle, callSuite, kidOf(join, epoch), bytes));
  plain.value.fill(0);
  if (direction === "send") ring.addSend({ cipher, epoch, removal });
  else if (ring.addReceive({ cipher, epoch, removal })) {
    // Frames that came before their key are gone: only a whole picture helps.
    lastWish = -Infinity;
    wantKeyFrame();
  }
}

function wantKeyFrame(): void {
  const now = performance.now();
  if (now - lastWish < KEY_FRAME_PAUSE) return;
  lastWish = now;
  for (const { options, transformer } of pipes) {
    if (options.side !== "receive" || options.track !== "camera") continue;
    // Rejects while nothing is received yet; then there is nothing to ask for.
    transformer.sendKeyFrameRequest().catch(() => {});
  }
}

/** Firefox lets the worker force one; Chromium wants it of the sender, which the page has. */
function forceKeyFrame(options: TransformOptions, transformer: RTCRtpScriptTransformer): void {
  if ("generateKeyFrame" in transformer && typeof transformer.generateKeyFrame === "function") {
    const made = transformer.generateKeyFrame() as Promise<unknown>;
    made.catch(() => {});
  } else {
    say({ type: "forceKeyFrame", id: options.id });
  }
}

say({ type: "ready", workerKey: x25519KeyOf(seed) });
