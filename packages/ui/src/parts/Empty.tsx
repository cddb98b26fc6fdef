/** A place where nothing is yet: what belongs here, and the one thing to do. */
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import css from "./Empty.module.css";

interface EmptyProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
}

export function Empty({ icon: Icon, title, children }: EmptyProps) {
  return (
    <div className={css.empty}>
      <Icon size={28} aria-hidden />
      <p className={css.title}>{title}</p>
      {children}
    </div>
  );
}
