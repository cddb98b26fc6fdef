/**
 * The frame keys of one call on one device, and when each is used. [M9] [M10]
 *
 * KID = first 32 bits of the sender's join bytes ‖ low 8 bits of the epoch. Receivers know a new key at once; senders
 * wait until the others can know it, but not after a removal.
 */
import type { CipherKey } from "./cipher.ts";
import { createReplayWindow, type ReplayWindow } from "./replay-window.ts";

/** A key of ours to be added. `join` is 16 bytes. */
export interface RingKey {
  readonly cipher: CipherKey;
  readonly epoch: number;
  /** The epoch began with a removal. */
  readonly removal: boolean;
}

export interface Receiver {
  readonly cipher: CipherKey;
  readonly window: ReplayWindow;
}

export interface KeyRing {
  /** False when the key is of no use: of another join, or of an epoch not above the one before. Then nothing changes. */
  readonly addSend: (key: RingKey) => boolean;
  readonly addReceive: (key: RingKey) => boolean;
  /** The key to seal with and the next counter, used up by this call; nothing before the first key or after 2^48 frames. */
  readonly nextToSend: () => { readonly cipher: CipherKey; readonly counter: bigint } | undefined;
  readonly receiverOf: (kid: bigint) => Receiver | undefined;
}

/** Milliseconds. */
export const SWITCH_AFTER = 1000;
export const OLD_KEYS_FOR = 10_000;
export const OLD_KEYS_AFTER_REMOVAL = 1000;
/** Counters are numbers below this one. */
export const MAX_COUNTER = 2 ** 48;

export const kidOf = (join: Uint8Array, epoch: number): bigint =>
  (BigInt(new DataView(join.buffer, join.byteOffset, 4).getUint32(0)) << 8n) | BigInt(epoch % 256);

const senderOf = (kid: bigint): bigint => kid >> 8n;

interface Sending {
  readonly key: RingKey;
  readonly from: number;
  counter: number;
}
interface Receiving extends Receiver {
  readonly epoch: number;
  until: number;
}

/** `now` counts milliseconds and never goes back. */
export function createKeyRing(now: () => number): KeyRing {
  // The one in use first, then those that wait.
  let sending: Sending[] = [];
  const receiving = new Map<bigint, Receiving>();

  const retire = (isOld: (kid: bigint, key: Receiving) => boolean, wait: number): void => {
    for (const [kid, key] of receiving) if (isOld(kid, key)) key.until = Math.min(key.until, now() + wait);
  };

  return {
    addSend: (key) => {
      const last = sending.at(-1);
      // Rising epochs under one join: no key is ever used again from counter 0. A frame of ours that comes back is no frame of theirs.
      if (last && (senderOf(last.key.cipher.kid) !== senderOf(key.cipher.kid) || key.epoch <= last.key.epoch)) return false;
      if ([...receiving.keys()].some((kid) => senderOf(kid) === senderOf(key.cipher.kid))) return false;
      const from = last && !key.removal ? now() + SWITCH_AFTER : now();
      const inUse = sending.findLastIndex((each) => each.from <= now());
      sending = [...sending.slice(Math.max(inUse, 0)), { key, from, counter: 0 }];
      if (key.removal) retire((_, other) => other.epoch < key.epoch, OLD_KEYS_AFTER_REMOVAL);
      return true;
    },
    addReceive: (key) => {
      const { kid } = key.cipher;
      if (sending.some((own) => senderOf(own.key.cipher.kid) === senderOf(kid))) return false;
      for (const [other, known] of receiving) {
        if (senderOf(other) === senderOf(kid) && known.epoch >= key.epoch) return false;
      }
      for (const [other, known] of receiving) if (known.until < now()) receiving.delete(other);
      retire((other) => senderOf(other) === senderOf(kid), OLD_KEYS_FOR);
      if (key.removal) retire((_, other) => other.epoch < key.epoch, OLD_KEYS_AFTER_REMOVAL);
      receiving.set(kid, { cipher: key.cipher, window: createReplayWindow(), epoch: key.epoch, until: Infinity });
      return true;
    },
    nextToSend: () => {
      const time = now();
      const inUse = sending.findLast(({ from }) => from <= time);
      if (!inUse || inUse.counter >= MAX_COUNTER) return undefined;
      return { cipher: inUse.key.cipher, counter: BigInt(inUse.counter++) };
    },
    receiverOf: (kid) => {
      const known = receiving.get(kid);
      if (known && known.until < now()) {
        receiving.delete(kid);
        return undefined;
      }
      return known;
    },
  };
}
