/** A reminder that stays until the recovery key is confirmed. */
import { KeyRound } from "lucide-react";
import { useSignedIn, useWords } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { useNow } from "../store/ticker.ts";
import { useOverlays } from "../workspace/overlay.ts";
import css from "./RecoveryKey.module.css";

export function RecoveryReminder() {
  const { recovery } = useSignedIn();
  const words = useWords();
  const overlays = useOverlays();
  const now = useNow("minute");
  if (recovery.at !== "postponed" || now < recovery.remindAt) return null;
  return (
    <aside className={css.reminder} aria-label={words.recovery.title}>
      <KeyRound size={18} aria-hidden />
      <span>{words.recovery.reminder}</span>
      <Button kind="quiet" onClick={() => overlays.open({ at: "recovery" })}>
        {words.recovery.reminderAction}
      </Button>
    </aside>
  );
}
