/**
 * Who must hear of what: events for devices, to whichever connections they have. [S28]
 *
 * In one process a map; in a fleet the same port over a message bus. Nothing on it is durable: what was missed is
 * fetched, because every log and inbox says how far it goes.
 */
import { toHex } from "@megachat/base";

export type BusEvent =
  | { readonly type: "frame"; readonly bytes: Uint8Array }
  /** The device's session is over, or another connection has it now. */
  | { readonly type: "end"; readonly why: "signedOut" | "disabled" | "replaced" };

export interface Bus {
  readonly publish: (devices: readonly Uint8Array[], event: BusEvent) => void;
  readonly subscribe: (device: Uint8Array, listener: (event: BusEvent) => void) => Disposable;
}

export function createBus(): Bus {
  const listeners = new Map<string, Set<(event: BusEvent) => void>>();
  return {
    publish: (devices, event) => {
      for (const device of devices) for (const listener of listeners.get(toHex(device)) ?? []) listener(event);
    },
    subscribe: (device, listener) => {
      const key = toHex(device);
      const here = listeners.get(key) ?? new Set();
      here.add(listener);
      listeners.set(key, here);
      return {
        [Symbol.dispose]: () => {
          here.delete(listener);
          if (here.size === 0) listeners.delete(key);
        },
      };
    },
  };
}
