/**
 * Remembers which counters of one key have been seen. [M8]
 *
 * One counter serves all tracks of a sender, and a video frame of many packets arrives later than the sound around it:
 * so the window is wide, about ten seconds of sound and picture.
 */
export interface ReplayWindow {
  /** Whether `counter` is new and not too old to tell. Changes nothing. */
  readonly isFresh: (counter: number) => boolean;
  /** To be called once a frame's tag has been found right, never before. */
  readonly remember: (counter: number) => void;
}

/** Counters that are kept track of below the highest. */
export const WINDOW = 1024;

export function createReplayWindow(): ReplayWindow {
  const seen = new Uint8Array(WINDOW);
  let highest = -1;
  return {
    isFresh: (counter) => counter > highest || (counter > highest - WINDOW && seen[counter % WINDOW] === 0),
    remember: (counter) => {
      if (counter > highest) {
        // What the window leaves behind must not be mistaken for what it reaches.
        const reached = Math.min(counter - highest, WINDOW);
        for (let i = 0; i < reached; i++) seen[(counter - i) % WINDOW] = 0;
        highest = counter;
      }
      if (counter > highest - WINDOW) seen[counter % WINDOW] = 1;
    },
  };
}
