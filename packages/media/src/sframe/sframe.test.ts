import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveCipherKey, sealWith } from "./cipher.ts";
import { encodeHeader, parseHeader } from "./header.ts";
import {
  createKeyRing,
  kidOf,
  MAX_COUNTER,
  OLD_KEYS_AFTER_REMOVAL,
  OLD_KEYS_FOR,
  SWITCH_AFTER,
  type KeyRing,
  type RingKey,
} from "./key-ring.ts";
import { callSuite, clearBytes, openMediaFrame, sealMediaFrame, type TrackKind } from "./media-frame.ts";
import { createReplayWindow, WINDOW } from "./replay-window.ts";

const { subtle } = crypto;
const ALICE = new Uint8Array(16).fill(1);
const BOB = new Uint8Array(16).fill(2);

async function ringKey(join: Uint8Array, epoch: number, removal = false): Promise<RingKey> {
  const baseKey = new Uint8Array(32).fill(epoch % 256);
  baseKey.set(join.subarray(0, 8));
  return { cipher: await deriveCipherKey(subtle, callSuite, kidOf(join, epoch), baseKey), epoch, removal };
}

/** Alice's ring and Bob's, one clock, both keys of one epoch on either side. */
async function pair(epoch = 1): Promise<{ alice: KeyRing; bob: KeyRing; clock: { now: number } }> {
  const clock = { now: 0 };
  const alice = createKeyRing(() => clock.now);
  const bob = createKeyRing(() => clock.now);
  alice.addSend(await ringKey(ALICE, epoch));
  alice.addReceive(await ringKey(BOB, epoch));
  bob.addSend(await ringKey(BOB, epoch));
  bob.addReceive(await ringKey(ALICE, epoch));
  return { alice, bob, clock };
}

async function seal(ring: KeyRing, kind: TrackKind, frame: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = await sealMediaFrame(subtle, ring, kind, frame);
  if (!sealed.ok) throw new Error(sealed.error.type);
  return sealed.value;
}

const kinds = fc.constantFrom<TrackKind>("microphone", "camera");
const frames = fc.uint8Array({ minLength: 11, maxLength: 300 });

describe("SFrame header", () => {
  test("[M6] any bytes parse to nothing or to a header that is written with these very bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const read = parseHeader(bytes);
        if (read.ok) expect(encodeHeader(read.value.header)).toEqual(new Uint8Array(bytes.subarray(0, read.value.length)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("replay window", () => {
  test("[M8] every counter passes once, in any order within the window, and none that fell behind it", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3 * WINDOW), { maxLength: 400 }), (counters) => {
        const window = createReplayWindow();
        const seen = new Set<number>();
        for (const counter of counters) {
          const highest = Math.max(-1, ...seen);
          expect(window.isFresh(counter)).toBe(!seen.has(counter) && counter > highest - WINDOW);
          if (window.isFresh(counter)) {
            window.remember(counter);
            seen.add(counter);
          }
        }
      }),
    );
  });
});

describe("media frames", () => {
  test("[M12] what one side seals the other opens, once", async () => {
    const { alice, bob } = await pair();
    await fc.assert(
      fc.asyncProperty(kinds, frames, async (kind, frame) => {
        const sealed = await seal(alice, kind, frame);
        expect(await openMediaFrame(subtle, bob, kind, sealed)).toEqual({ ok: true, value: new Uint8Array(frame) });
        expect(await openMediaFrame(subtle, bob, kind, sealed)).toEqual({ ok: false, error: { type: "replayed" } });
      }),
    );
  });

  test("[M8] of copies that are opened at the same time one opens", async () => {
    const { alice, bob } = await pair();
    const sealed = await seal(alice, "camera", new Uint8Array(50));
    const results = await Promise.all(Array.from({ length: 8 }, () => openMediaFrame(subtle, bob, "camera", sealed)));
    expect(results.filter(({ ok }) => ok).length).toBe(1);
  });

  test("[M12] a changed byte anywhere, a shorter and a longer frame, another kind of track: nothing opens", async () => {
    const { alice, bob } = await pair();
    await fc.assert(
      fc.asyncProperty(kinds, frames, fc.nat(), fc.integer({ min: 1, max: 255 }), async (kind, frame, at, flip) => {
        const sealed = await seal(alice, kind, frame);
        const changed = sealed.slice();
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ flip;
        expect((await openMediaFrame(subtle, bob, kind, changed)).ok).toBe(false);
        expect((await openMediaFrame(subtle, bob, kind, sealed.slice(0, at % sealed.length))).ok).toBe(false);
        expect((await openMediaFrame(subtle, bob, kind, new Uint8Array([...sealed, flip]))).ok).toBe(false);
        expect((await openMediaFrame(subtle, bob, kind === "camera" ? "microphone" : "camera", sealed)).ok).toBe(false);
      }),
    );
  });

  test("[M12] any bytes are refused and never throw", async () => {
    const { bob } = await pair();
    await fc.assert(
      fc.asyncProperty(kinds, fc.uint8Array({ maxLength: 80 }), async (kind, bytes) => {
        expect((await openMediaFrame(subtle, bob, kind, new Uint8Array(bytes))).ok).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test("[M12] what servers inject when a track is muted or ends does not open", async () => {
    const { bob } = await pair();
    const silence = new Uint8Array(80 + 44).fill(0xff);
    silence.set([0xf8, 0xff, 0xfe]);
    expect(await openMediaFrame(subtle, bob, "microphone", silence)).toMatchObject({ ok: false });
    expect(await openMediaFrame(subtle, bob, "microphone", new Uint8Array(0))).toMatchObject({ ok: false });
    expect(await openMediaFrame(subtle, bob, "camera", new Uint8Array(31 + 44))).toMatchObject({ ok: false });
  });

  test("[M12] an empty frame is not sealed, and nothing is without a key", async () => {
    const { alice } = await pair();
    expect(await sealMediaFrame(subtle, alice, "microphone", new Uint8Array(0))).toEqual({ ok: false, error: { type: "empty" } });
    const keyless = createKeyRing(() => 0);
    expect(await sealMediaFrame(subtle, keyless, "microphone", new Uint8Array(9))).toEqual({ ok: false, error: { type: "noKey" } });
  });

  test("[M13] VP8 shows 10 bytes of a key frame and 3 of another, Opus none", async () => {
    expect([clearBytes("camera", 0x10), clearBytes("camera", 0x11), clearBytes("microphone", 0x10)]).toEqual([10, 3, 0]);
    const { alice } = await pair();
    const keyFrame = Uint8Array.from({ length: 60 }, (_, i) => i * 4);
    expect((await seal(alice, "camera", keyFrame)).subarray(0, 10)).toEqual(keyFrame.subarray(0, 10));
  });

  test("[M13] a trailer type that is reserved is refused, though its tag is right", async () => {
    const { alice, bob } = await pair();
    const next = alice.nextToSend();
    if (!next) throw new Error("no key");
    const sealed = await sealWith(subtle, next.cipher, next.counter, Uint8Array.of(1), Uint8Array.of(9, 9, 1));
    expect(await openMediaFrame(subtle, bob, "microphone", sealed)).toEqual({ ok: false, error: { type: "reservedTrailer" } });
  });

  test("[M8] a counter of more than 48 bits is refused before any key is tried", async () => {
    const { alice, bob } = await pair();
    const next = alice.nextToSend();
    if (!next) throw new Error("no key");
    const sealed = await sealWith(subtle, next.cipher, BigInt(MAX_COUNTER), Uint8Array.of(1), Uint8Array.of(9, 9, 0));
    expect(await openMediaFrame(subtle, bob, "microphone", sealed)).toEqual({ ok: false, error: { type: "malformed" } });
  });
});

describe("key ring", () => {
  test("[M10] one counter serves all tracks, and no pair of key and counter is ever used twice", async () => {
    const { alice } = await pair();
    const used = new Set<string>();
    for (let epoch = 2; epoch < 6; epoch++) {
      for (let i = 0; i < 20; i++) {
        const next = alice.nextToSend();
        const id = `${next?.cipher.kid}/${next?.counter}`;
        expect(used.has(id)).toBe(false);
        used.add(id);
      }
      alice.addSend(await ringKey(ALICE, epoch, true));
      // The same key again, an older one, and one of another join change nothing: a counter would start anew.
      expect(alice.addSend(await ringKey(ALICE, epoch))).toBe(false);
      expect(alice.addSend(await ringKey(ALICE, epoch - 1))).toBe(false);
      expect(alice.addSend(await ringKey(new Uint8Array(16).fill(7), epoch + 1))).toBe(false);
    }
    expect(used.size).toBe(80);
  });

  test("[M9] a sender switches after a second, at once on a removal", async () => {
    const { alice, clock } = await pair(1);
    alice.addSend(await ringKey(ALICE, 2));
    clock.now += SWITCH_AFTER - 1;
    expect(alice.nextToSend()?.cipher.kid).toBe(kidOf(ALICE, 1));
    alice.addSend(await ringKey(ALICE, 3));
    expect(alice.nextToSend()?.cipher.kid).toBe(kidOf(ALICE, 1));
    clock.now += 1;
    expect(alice.nextToSend()?.cipher.kid).toBe(kidOf(ALICE, 2));
    clock.now += SWITCH_AFTER;
    expect(alice.nextToSend()?.cipher.kid).toBe(kidOf(ALICE, 3));
    alice.addSend(await ringKey(ALICE, 4, true));
    expect(alice.nextToSend()?.cipher.kid).toBe(kidOf(ALICE, 4));
  });

  test("[M9] a receiver knows the new key at once and the old one for ten seconds, one second after a removal", async () => {
    const { alice, bob, clock } = await pair(1);
    const early = await seal(alice, "microphone", Uint8Array.of(1));
    const late = await seal(alice, "microphone", Uint8Array.of(2));
    bob.addReceive(await ringKey(ALICE, 2));
    expect(bob.receiverOf(kidOf(ALICE, 2))).toBeDefined();
    clock.now += OLD_KEYS_FOR;
    expect((await openMediaFrame(subtle, bob, "microphone", early)).ok).toBe(true);
    clock.now += 1;
    expect(await openMediaFrame(subtle, bob, "microphone", late)).toEqual({ ok: false, error: { type: "unknownKey" } });
    bob.addReceive(await ringKey(ALICE, 3, true));
    clock.now += OLD_KEYS_AFTER_REMOVAL + 1;
    expect(bob.receiverOf(kidOf(ALICE, 2))).toBeUndefined();
    expect(bob.receiverOf(kidOf(ALICE, 3))).toBeDefined();
  });

  test("[M9] an older or equal epoch of a sender is no use, so a window never starts again", async () => {
    const { bob } = await pair(5);
    expect(bob.addReceive(await ringKey(ALICE, 5))).toBe(false);
    expect(bob.addReceive(await ringKey(ALICE, 4))).toBe(false);
  });

  test("[M10] a frame of our own that is sent back does not open, and nobody is added under our 32 bits", async () => {
    const { alice } = await pair();
    const own = await seal(alice, "microphone", Uint8Array.of(1, 2, 3));
    expect(await openMediaFrame(subtle, alice, "microphone", own)).toEqual({ ok: false, error: { type: "unknownKey" } });
    expect(alice.addReceive(await ringKey(ALICE, 9))).toBe(false);
  });

  test("[M10] the KID is 32 bits of the join and 8 of the epoch", () => {
    expect(kidOf(Uint8Array.of(0xde, 0xad, 0xbe, 0xef, 5, 5), 0x1234)).toBe(0xdeadbeef34n);
  });
});
