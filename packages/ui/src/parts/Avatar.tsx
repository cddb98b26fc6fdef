/** Initials on a colour that comes from the person's key: the same person has the same colour everywhere, also under a new name. */
import { initialsOf } from "@megachat/view";
import type { CSSProperties } from "react";
import css from "./Avatar.module.css";

interface AvatarProps {
  readonly name: string;
  /** Degrees. */
  readonly hue: number;
  readonly size?: "small" | "normal" | "large" | "huge";
}

export function Avatar({ name, hue, size = "normal" }: AvatarProps) {
  return (
    <span className={`${css.avatar} ${css[size]}`} style={{ "--hue": hue } as CSSProperties} aria-hidden>
      {initialsOf(name)}
    </span>
  );
}
