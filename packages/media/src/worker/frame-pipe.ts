/**
 * One transform's way: a frame comes in encoded, and goes on sealed or opened, or not at all. [M12] [M19]
 *
 * Whatever goes wrong, the frame is dropped and counted. There is no branch that hands on what came in.
 */
import type { Result } from "@megachat/base";
import type { TransformCounts, TransformOptions } from "../protocol/messages.ts";
import type { KeyRing } from "../sframe/key-ring.ts";
import { openMediaFrame, sealMediaFrame, type OpenRefusal, type SealRefusal } from "../sframe/media-frame.ts";

/** An encoded frame as browsers give it. Video and audio frames alike. */
export interface EncodedFrame {
  data: ArrayBuffer;
}
export interface FrameSink {
  readonly enqueue: (frame: EncodedFrame) => void;
}

export interface FramePipe {
  readonly transform: (frame: EncodedFrame, sink: FrameSink) => Promise<void>;
  readonly counts: () => TransformCounts;
}

export interface PipeDeps {
  readonly subtle: SubtleCrypto;
  readonly ring: KeyRing;
  /** A frame of the other side has opened. */
  readonly onOpened: () => void;
  /** A frame of the other side did not open. */
  readonly onRefused: (why: OpenRefusal["type"]) => void;
}

export function createFramePipe(options: TransformOptions, deps: PipeDeps): FramePipe {
  const { subtle, ring } = deps;
  const refused: Record<string, number> = {};
  let seen = 0;
  let passed = 0;
  const refuse = (why: string): void => {
    refused[why] = (refused[why] ?? 0) + 1;
  };
  const work = (frame: Uint8Array<ArrayBuffer>): Promise<Result<Uint8Array<ArrayBuffer>, SealRefusal | OpenRefusal>> =>
    options.side === "send"
      ? sealMediaFrame(subtle, ring, options.track, frame)
      : openMediaFrame(subtle, ring, options.track, frame);

  return {
    transform: async (frame, sink) => {
      seen++;
      try {
        const done = await work(new Uint8Array(frame.data));
        if (!done.ok) {
          refuse(done.error.type);
          if (options.side === "receive") deps.onRefused(done.error.type as OpenRefusal["type"]);
          return;
        }
        frame.data = done.value.buffer;
        sink.enqueue(frame);
        passed++;
        if (options.side === "receive") deps.onOpened();
      } catch {
        // A throw would end the stream and with it the track. The frame is lost, the call goes on; the count tells.
        refuse("fault");
      }
    },
    counts: () => ({ ...options, seen, passed, refused: { ...refused } }),
  };
}
