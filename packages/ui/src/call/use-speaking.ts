/** Draws a loudness as the custom property `--level` of an element, each frame, without redrawing anything else. */
import { useEffect, type RefObject } from "react";
import { useEnvironment } from "../environment.ts";

export function useSpeaking(element: RefObject<HTMLElement | null>, who: "self" | "peer", { isMeter = false } = {}): void {
  const { media } = useEnvironment();
  useEffect(() => {
    // A meter is there to move; a glow is not.
    if (!isMeter && matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let frame = 0;
    let shown = -1;
    const draw = (): void => {
      const level = Math.round(media.levels()[who] * 20) / 20;
      if (level !== shown) {
        shown = level;
        element.current?.style.setProperty("--level", String(level));
      }
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [media, element, who, isMeter]);
}
