/**
 * A row that lost the race against a commit gets its turn before the next commit. [S19]
 *
 * Otherwise a busy conversation of commits could starve its messages for ever. One hold per log and turn, of two
 * seconds at most, so that stale rows cannot starve the commits in return; a removal never waits.
 */
import { seconds, toHex, type Clock } from "@megachat/base";

const HOLD = seconds(2);

export interface Holds {
  /** An application row of `device` was refused: the log is at `turn` now. */
  readonly refused: (log: Uint8Array, turn: number, device: Uint8Array) => void;
  /** A row of `device` was stored: its hold is over. */
  readonly stored: (log: Uint8Array, device: Uint8Array) => void;
  /** Milliseconds that a commit of `device` for `turn` has to wait; 0 when it may go ahead. */
  readonly wait: (log: Uint8Array, turn: number, device: Uint8Array) => number;
}

interface Hold {
  readonly turn: number;
  readonly until: number;
  readonly devices: Set<string>;
}

export function createHolds(clock: Clock): Holds {
  const holds = new Map<string, Hold>();
  const forgetOld = (now: number): void => {
    // Kept a minute past its end: the turn it was for must not get another.
    for (const [log, hold] of holds) {
      if (hold.until + 60_000 > now) break;
      holds.delete(log);
    }
  };
  return {
    refused: (log, turn, device) => {
      const key = toHex(log);
      const now = clock.now();
      forgetOld(now);
      const before = holds.get(key);
      if (before && before.turn >= turn) {
        if (before.turn === turn && before.until > now) before.devices.add(toHex(device));
        return;
      }
      holds.delete(key);
      holds.set(key, { turn, until: now + HOLD, devices: new Set([toHex(device)]) });
    },
    stored: (log, device) => {
      holds.get(toHex(log))?.devices.delete(toHex(device));
    },
    wait: (log, turn, device) => {
      const hold = holds.get(toHex(log));
      if (hold?.turn !== turn) return 0;
      const others = [...hold.devices].some((each) => each !== toHex(device));
      return others ? Math.max(0, hold.until - clock.now()) : 0;
    },
  };
}
