/** Our own picture: in a corner, movable to another by hand or by key, and hidable. */
import { Move, X } from "lucide-react";
import type { Call } from "@megachat/view";
import { useEffect, useRef, useState, type PointerEvent } from "react";
import { useEnvironment } from "../environment.ts";
import css from "./SelfView.module.css";

const corners = ["top-right", "bottom-right", "bottom-left", "top-left"] as const;
type Corner = (typeof corners)[number];

interface SelfViewProps {
  readonly call: Call;
  readonly shown: boolean;
  readonly onHide: () => void;
}

export function SelfView({ call, shown, onHide }: SelfViewProps) {
  const { words, media } = useEnvironment();
  const [corner, setCorner] = useState<Corner>("top-right");
  const video = useRef<HTMLVideoElement>(null);
  const visible = shown && call.self.camera;
  useEffect(() => (visible && video.current !== null ? media.attachLocal(video.current) : undefined), [media, visible]);
  if (!visible) return null;

  const drop = (event: PointerEvent<HTMLElement>): void => {
    const vertical = event.clientY < window.innerHeight / 2 ? "top" : "bottom";
    setCorner(`${vertical}-${event.clientX < window.innerWidth / 2 ? "left" : "right"}`);
  };
  return (
    <div className={css.self} data-corner={corner}>
      <video
        ref={video}
        className={css.picture}
        autoPlay
        playsInline
        muted
        aria-label={words.call.selfView}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerUp={drop}
      />
      <span className={css.tools}>
        <button
          type="button"
          className={css.tool}
          aria-label={words.call.moveSelf}
          title={words.call.moveSelf}
          onClick={() => setCorner(corners[(corners.indexOf(corner) + 1) % corners.length] ?? "top-right")}
        >
          <Move size={16} aria-hidden />
        </button>
        <button type="button" className={css.tool} aria-label={words.call.hideSelf} title={words.call.hideSelf} onClick={onHide}>
          <X size={16} aria-hidden />
        </button>
      </span>
    </div>
  );
}
