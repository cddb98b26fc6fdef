/** Buttons with words, and buttons with an icon and a name. One click at a time: while the work of a click runs, more clicks do nothing. */
import type { LucideIcon } from "lucide-react";
import { useState, type MouseEvent, type ReactNode, type Ref } from "react";
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

export function Button({
  children,
  kind = "plain",
  type = "button",
  icon: Icon,
  disabled = false,
  wide = false,
  busy = false,
  onClick,
  ref,
  describedBy,
}: ButtonProps) {
  const { run, running } = useOneAtATime(onClick);
  return (
    <button
      ref={ref}
      type={type === "submit" ? "submit" : "button"}
      className={[css.button, css[kind], wide ? css.wide : ""].join(" ")}
      disabled={disabled}
      aria-busy={busy || running}
      aria-describedby={describedBy}
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
  readonly run: (event: MouseEvent<HTMLButtonElement>) => void;
  readonly running: boolean;
} {
  const [gate] = useState(createGate);
  const [running, setRunning] = useState(false);
  const run = (event: MouseEvent<HTMLButtonElement>): void => {
    if (act === undefined || !gate.isFree()) return;
    const done = act(event);
    if (!(done instanceof Promise)) return;
    setRunning(true);
    void gate.until(done).finally(() => setRunning(false));
  };
  return { run, running };
}

/** Closed while a promise is open. State of its own, because two clicks may come before React draws once. */
function createGate() {
  let going = false;
  return {
    isFree: (): boolean => !going,
    until: async (done: Promise<unknown>): Promise<void> => {
      going = true;
      try {
        await done;
      } finally {
        going = false;
      }
    },
  };
}
