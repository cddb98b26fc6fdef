/** Buttons with words, and buttons with an icon and a name. One click at a time: while the work of a click runs, more clicks do nothing. */
import type { LucideIcon } from "lucide-react";
import { useRef, useState, type MouseEvent, type ReactNode, type Ref } from "react";
import css from "./Button.module.css";

export type ButtonKind = "plain" | "main" | "quiet" | "danger" | "good";

interface ButtonProps {
  readonly children: ReactNode;
  readonly kind?: ButtonKind;
  readonly type?: "button" | "submit";
  readonly icon?: LucideIcon;
  readonly disabled?: boolean;
  readonly wide?: boolean;
  readonly busy?: boolean;
  readonly onClick?: (event: MouseEvent<HTMLButtonElement>) => unknown;
  readonly ref?: Ref<HTMLButtonElement>;
  readonly describedBy?: string;
}

export function Button(props: ButtonProps) {
  const { children, kind = "plain", type = "button", icon: Icon, disabled = false, wide = false, onClick } = props;
  const { run, running } = useOneAtATime(onClick);
  return (
    <button
      ref={props.ref}
      type={type === "submit" ? "submit" : "button"}
      className={[css.button, css[kind], wide ? css.wide : ""].join(" ")}
      disabled={disabled}
      aria-busy={props.busy === true || running}
      aria-describedby={props.describedBy}
      onClick={run}
    >
      {Icon && <Icon size={18} aria-hidden />}
      {children}
    </button>
  );
}

interface IconButtonProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly onClick?: (event: MouseEvent<HTMLButtonElement>) => unknown;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly size?: "small" | "normal";
  readonly className?: string | undefined;
  readonly expanded?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function IconButton({
  icon: Icon,
  label,
  onClick,
  pressed,
  disabled = false,
  size = "normal",
  className,
  expanded,
  ref,
}: IconButtonProps) {
  const { run } = useOneAtATime(onClick);
  return (
    <button
      ref={ref}
      type="button"
      className={[css.icon, size === "small" ? css.small : "", className ?? ""].join(" ")}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled}
      onClick={run}
    >
      <Icon size={size === "small" ? 18 : 20} aria-hidden />
    </button>
  );
}

/** Runs `act` unless its last run is still going on. Double-click never does anything twice. */
export function useOneAtATime(act: ((event: MouseEvent<HTMLButtonElement>) => unknown) | undefined): {
  readonly run: ((event: MouseEvent<HTMLButtonElement>) => void) | undefined;
  readonly running: boolean;
} {
  const going = useRef(false);
  const [running, setRunning] = useState(false);
  if (act === undefined) return { run: undefined, running: false };
  const run = (event: MouseEvent<HTMLButtonElement>): void => {
    if (going.current) return;
    const done = act(event);
    if (!(done instanceof Promise)) return;
    going.current = true;
    setRunning(true);
    void done.finally(() => {
      going.current = false;
      setRunning(false);
    });
  };
  return { run, running };
}
