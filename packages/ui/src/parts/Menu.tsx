/** A menu behind one button: arrow keys, type-ahead and Esc as people expect. */
import { Menu as Base } from "@base-ui/react/menu";
import type { LucideIcon } from "lucide-react";
import { useState } from "react";
import css from "./Menu.module.css";

export interface MenuItem {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly onClick: () => void;
  readonly danger?: boolean;
}

interface MenuProps {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly items: readonly MenuItem[];
}

export function Menu({ label, icon: Icon, items }: MenuProps) {
  // Inside its own place of the page, so that it belongs to the same landmark.
  const [home, setHome] = useState<HTMLElement | null>(null);
  return (
    <Base.Root>
      <Base.Trigger className={css.trigger} aria-label={label} title={label}>
        <Icon size={20} aria-hidden />
      </Base.Trigger>
      <span ref={setHome} />
      <Base.Portal container={home}>
        <Base.Positioner className={css.positioner} sideOffset={6} align="end">
          <Base.Popup className={css.popup}>
            {items.map(({ label: text, icon: ItemIcon, onClick, danger }) => (
              <Base.Item key={text} className={`${css.item} ${danger === true ? css.danger : ""}`} onClick={onClick}>
                <ItemIcon size={18} aria-hidden />
                {text}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
