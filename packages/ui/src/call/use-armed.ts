/** True half a second after the thing appeared: a click meant for what stood there before must not answer a call. */
import { useEffect, useState } from "react";

export const armingMs = 500;

export function useArmed(): boolean {
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    // Seen is what counts: time in a hidden tab arms nothing.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const start = (): void => {
      clearTimeout(timer);
      setArmed(false);
      if (!document.hidden) timer = setTimeout(() => setArmed(true), armingMs);
    };
    start();
    document.addEventListener("visibilitychange", start);
    window.addEventListener("focus", start);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", start);
      window.removeEventListener("focus", start);
    };
  }, []);
  return armed;
}
