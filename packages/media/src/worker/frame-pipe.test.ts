import { describe, expect, test } from "vitest";
import type { TransformOptions } from "../protocol/messages.ts";
import { deriveCipherKey } from "../sframe/cipher.ts";
import { createKeyRing, kidOf, type KeyRing, type RingKey } from "../sframe/key-ring.ts";
import { callSuite } from "../sframe/media-frame.ts";
import { createFramePipe, type EncodedFrame, type FramePipe } from "./frame-pipe.ts";

const { subtle } = crypto;
const ALICE = new Uint8Array(16).fill(1);
const options = (side: TransformOptions["side"], track: TransformOptions["track"]): TransformOptions => ({ id: 1, side, track });

async function aliceKey(): Promise<RingKey> {
  return {
    cipher: await deriveCipherKey(subtle, callSuite, kidOf(ALICE, 1), new Uint8Array(32).fill(5)),
    epoch: 1,
    removal: false,
  };
}
function pipeOf(
  ring: KeyRing,
  side: TransformOptions["side"],
  track: TransformOptions["track"] = "microphone",
  heard: string[] = [],
): FramePipe {
  return createFramePipe(options(side, track), {
    subtle,
    ring,
    onOpened: () => heard.push("opened"),
    onRefused: (why) => heard.push(why),
  });
}
/** What comes out of a pipe for these frames. */
async function through(pipe: FramePipe, ...frames: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const out: Uint8Array[] = [];
  for (const frame of frames) {
    const encoded: EncodedFrame = { data: new Uint8Array(frame).buffer };
    await pipe.transform(encoded, { enqueue: ({ data }) => out.push(new Uint8Array(data)) });
  }
  return out;
}

describe("the worker's pipe", () => {
  test("[M12] before the first key nothing comes out, and after it nothing comes out unsealed", async () => {
    const ring = createKeyRing(() => 0);
    const pipe = pipeOf(ring, "send");
    const frame = Uint8Array.from({ length: 40 }, (_, i) => i);
    expect(await through(pipe, frame, frame)).toEqual([]);
    ring.addSend(await aliceKey());
    const [sealed] = await through(pipe, frame);
    if (!sealed) throw new Error("nothing came out");
    expect(Buffer.from(sealed).includes(Buffer.from(frame.subarray(0, 8)))).toBe(false);
    expect(pipe.counts()).toMatchObject({ seen: 3, passed: 1, refused: { noKey: 2 } });
  });

  test("[M12] an empty frame, of which only silence could be told, is not sent", async () => {
    const ring = createKeyRing(() => 0);
    ring.addSend(await aliceKey());
    expect(await through(pipeOf(ring, "send"), new Uint8Array(0))).toEqual([]);
  });

  test("[M12] what does not open is dropped, counted by reason, and never handed on", async () => {
    const sending = createKeyRing(() => 0);
    sending.addSend(await aliceKey());
    const receiving = createKeyRing(() => 0);
    const heard: string[] = [];
    const pipe = pipeOf(receiving, "receive", "microphone", heard);
    const [first, second] = await through(pipeOf(sending, "send"), new Uint8Array(30), new Uint8Array(30));
    if (!first || !second) throw new Error("nothing was sealed");
    expect(await through(pipe, first)).toEqual([]);
    receiving.addReceive(await aliceKey());
    const junk = new Uint8Array(60).fill(0xab);
    expect(
      await through(
        pipe,
        first,
        first,
        junk,
        new Uint8Array(0),
        second.map((byte) => byte ^ 1),
      ),
    ).toEqual([new Uint8Array(30)]);
    expect(heard).toContain("opened");
    const { seen, passed, refused } = pipe.counts();
    expect(seen).toBe(6);
    expect(passed + Object.values(refused).reduce((sum, n) => sum + n, 0)).toBe(seen);
  });

  test("[M12] a flood of garbage costs no key, no window and no state", async () => {
    const ring = createKeyRing(() => 0);
    ring.addReceive(await aliceKey());
    const pipe = pipeOf(ring, "receive");
    for (let i = 0; i < 20_000; i++) await through(pipe, Uint8Array.of(i & 255, i >> 8, ...new Uint8Array(40)));
    const { seen, passed, refused } = pipe.counts();
    expect(seen).toBe(20_000);
    expect(passed).toBe(0);
    expect(Object.values(refused).reduce((sum, n) => sum + n, 0)).toBe(20_000);
    const sending = createKeyRing(() => 0);
    sending.addSend(await aliceKey());
    const [good] = await through(pipeOf(sending, "send"), new Uint8Array(9));
    if (!good) throw new Error("nothing was sealed");
    expect((await through(pipe, good)).length).toBe(1);
  });

  test("[M19] a fault inside loses the frame, not the protection", async () => {
    const ring = createKeyRing(() => 0);
    ring.addSend(await aliceKey());
    const broken = { encrypt: () => Promise.reject(new Error("no memory")) } as unknown as SubtleCrypto;
    const pipe = createFramePipe(options("send", "camera"), { subtle: broken, ring, onOpened: () => {}, onRefused: () => {} });
    expect(await through(pipe, new Uint8Array(50))).toEqual([]);
    expect(pipe.counts()).toMatchObject({ seen: 1, passed: 0, refused: { fault: 1 } });
  });
});
