/** The recovery key later: from the reminder or the settings. */
import { useWords } from "../environment.ts";
import { Dialog } from "../parts/Dialog.tsx";
import { RecoveryKey } from "./RecoveryKey.tsx";
import css from "./RecoveryKey.module.css";

export function RecoveryDialog({ onClose }: { readonly onClose: () => void }) {
  const { recovery } = useWords();
  return (
    <Dialog title={recovery.title} onClose={onClose} size="wide">
      <p className={css.note}>{recovery.lead}</p>
      <RecoveryKey onDone={onClose} />
    </Dialog>
  );
}
