/** The messages in passing, at the edge of the screen, with a way to undo. */
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useEnvironment } from "../environment.ts";
import css from "./Toaster.module.css";

export function Toaster() {
  const { toasts, words } = useEnvironment();
  const shown = useSyncExternalStore(toasts.subscribe, toasts.get);
  return (
    <section className={css.region} aria-label={words.toasts.region} role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={css.toast}>
          <span className={css.text}>{toast.text}</span>
          {toast.undo && (
            <button type="button" className={css.undo} onClick={toast.undo}>
              {words.common.undo}
            </button>
          )}
          <button type="button" className={css.close} aria-label={words.toasts.dismiss} onClick={() => toasts.dismiss(toast.id)}>
            <X size={16} aria-hidden />
          </button>
        </div>
      ))}
    </section>
  );
}
