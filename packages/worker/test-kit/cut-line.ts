/** A line that breaks, by a seeded chance, before or after a frame was carried: what a bad network does. */
import { webSocketDial } from "../src/link/web-socket.ts";
import type { Dial } from "../src/link/connection.ts";

export interface CutLine {
  readonly dial: Dial;
  readonly cuts: () => number;
  /** From now on frames are cut, with this chance each; 0 heals. A line starts whole. */
  readonly set: (chance: number) => void;
}

/** Mulberry32: small, seeded, good enough to choose where to cut. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function cutLine(url: string, seed: number): CutLine {
  const next = seeded(seed);
  let cuts = 0;
  let chance = 0;
  const real = webSocketDial(url);
  return {
    cuts: () => cuts,
    set: (to) => (chance = to),
    dial: (events) => {
      let over = false;
      const cut = (): void => {
        if (over) return;
        over = true;
        cuts++;
        socket.close(1000);
        // Later, as a socket tells it: never from inside a call of ours.
        queueMicrotask(() => events.closed(1006));
      };
      const unlucky = (): boolean => next() < chance;
      const socket = real({
        opened: () => events.opened(),
        message: (bytes) => {
          if (over) return;
          // The server has done it, and the client never hears.
          if (unlucky()) return cut();
          events.message(bytes);
        },
        closed: (code) => {
          if (!over) events.closed(code);
        },
      });
      return {
        send: (frame) => {
          if (over) return;
          if (unlucky()) return cut();
          socket.send(frame);
        },
        close: (code) => {
          over = true;
          socket.close(code);
        },
        unsent: () => socket.unsent(),
      };
    },
  };
}
