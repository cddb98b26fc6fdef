/** Keeps the screen from going dark while there is a picture to look at (Screen Wake Lock, W3C). */
import { useEffect } from "react";

export function useAwake(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !("wakeLock" in navigator)) return;
    let over = false;
    const locks = new Set<WakeLockSentinel>();
    // A page that was hidden has lost it, and asks again when it is seen. Refused (a flat battery), the screen may sleep.
    const ask = async (): Promise<void> => {
      if (document.hidden) return;
      const granted = await navigator.wakeLock.request("screen").catch(() => undefined);
      if (over) await granted?.release();
      else if (granted) locks.add(granted);
    };
    const seen = (): void => void ask();
    void ask();
    document.addEventListener("visibilitychange", seen);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", seen);
      for (const lock of locks) void lock.release();
    };
  }, [wanted]);
}
