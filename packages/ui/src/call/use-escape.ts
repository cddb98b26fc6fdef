/** Esc inside of an element steps back from it, before anything around it does. */
import { useEffect, useEffectEvent, type RefObject } from "react";

export function useEscape(area: RefObject<HTMLElement | null>, back: () => void): void {
  const step = useEffectEvent(back);
  useEffect(() => {
    const { current: element } = area;
    if (element === null) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      step();
    };
    element.addEventListener("keydown", onKey);
    return () => element.removeEventListener("keydown", onKey);
  }, [area]);
}
