/** Ctrl/⌘+D microphone, Ctrl/⌘+E camera, Space to talk while it is held. */
import type { Call } from "@megachat/view";
import { useEffect, useRef } from "react";
import { hasModifier, isWriting } from "../workspace/keys.ts";
import { useCallControls } from "./use-call-controls.ts";

export function useCallKeys(call: Call): void {
  const { setMuted, setCamera } = useCallControls(call);
  const { muted, camera, held } = call.self;
  const talking = useRef(false);
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      if (held || (event.repeat && !talking.current)) return;
      const key = event.key.toLowerCase();
      if (hasModifier(event) && (key === "d" || key === "e")) {
        event.preventDefault();
        void (key === "d" ? setMuted(!muted) : setCamera(!camera));
        return;
      }
      // A focused button keeps its Space.
      if (
        event.key !== " " ||
        isWriting(event.target) ||
        (event.target instanceof Element && event.target.closest("button,a,[role=menuitem]") !== null)
      )
        return;
      if (!muted && !talking.current) return;
      event.preventDefault();
      if (talking.current) return;
      talking.current = true;
      void setMuted(false);
    };
    const up = (event: Event): void => {
      if (!talking.current || (event instanceof KeyboardEvent && event.key !== " ")) return;
      talking.current = false;
      void setMuted(true);
    };
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", up);
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", up);
    };
  }, [muted, camera, held, setMuted, setCamera]);
}
