/** True after three seconds without a move, a touch or a key; never while `awake`, nor while the keyboard is in the controls. */
import { useEffect, useState, type RefObject } from "react";

const stillMs = 3_000;

export function useIdle(area: RefObject<HTMLElement | null>, awake: boolean): boolean {
  const [still, setStill] = useState(false);
  useEffect(() => {
    const element = area.current;
    if (element === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const move = (): void => {
      setStill(false);
      clearTimeout(timer);
      if (awake) return;
      timer = setTimeout(() => {
        if (element.querySelector("[aria-expanded=true], :focus-visible:not(section)") === null) setStill(true);
      }, stillMs);
    };
    move();
    const events = ["pointermove", "pointerdown", "keydown", "focusin"] as const;
    for (const event of events) element.addEventListener(event, move);
    return () => {
      clearTimeout(timer);
      for (const event of events) element.removeEventListener(event, move);
    };
  }, [area, awake]);
  return still;
}
