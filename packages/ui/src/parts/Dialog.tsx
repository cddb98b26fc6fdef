/** Dialogs: focus stays inside, Esc and the backdrop step back, focus returns where it was. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { X } from "lucide-react";
import { useRef, type ReactNode } from "react";
import { useWords } from "../environment.ts";
import { Button, type ButtonKind } from "./Button.tsx";
import css from "./Dialog.module.css";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly size?: "small" | "normal" | "wide";
}

// Where something is to be filled in, the focus goes there and not to "Close".
const fields = "input:not([readonly], [type=radio], [type=checkbox]), textarea";

/** Open while it is rendered. */
export function Dialog({ title, onClose, children, size = "normal" }: DialogProps) {
  const words = useWords();
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={css.scrim} />
        <Base.Popup
          ref={popup}
          className={`${css.popup} ${css[size]}`}
          initialFocus={() => popup.current?.querySelector<HTMLElement>(fields) ?? true}
        >
          <header className={css.head}>
            <Base.Title className={css.title}>{title}</Base.Title>
            <Base.Close className={css.close} aria-label={words.common.close}>
              <X size={20} aria-hidden />
            </Base.Close>
          </header>
          <div className={css.body}>{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly kind?: ButtonKind;
  readonly onConfirm: () => unknown;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** A question before something that is hard to undo. */
export function Confirm({ title, text, action, kind = "danger", onConfirm, onClose, children }: ConfirmProps) {
  const words = useWords();
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={css.scrim} />
        <AlertDialog.Popup className={`${css.popup} ${css.small}`}>
          <div className={css.body}>
            <AlertDialog.Title className={css.title}>{title}</AlertDialog.Title>
            <AlertDialog.Description className={css.text}>{text}</AlertDialog.Description>
            {children}
            <div className={css.actions}>
              <Button onClick={onClose}>{words.common.cancel}</Button>
              <Button
                kind={kind}
                onClick={async () => {
                  await onConfirm();
                  onClose();
                }}
              >
                {action}
              </Button>
            </div>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

export function DialogActions({ children }: { readonly children: ReactNode }) {
  return <div className={css.actions}>{children}</div>;
}
