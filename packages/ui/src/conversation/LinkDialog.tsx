/** An address that can look like another one is spelled out before it opens. [U18] */
import { useWords } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { Dialog, DialogActions } from "../parts/Dialog.tsx";
import type { Segment } from "../words/links.ts";
import css from "./LinkDialog.module.css";

interface LinkDialogProps {
  readonly link: Extract<Segment, { type: "link" }>;
  readonly onClose: () => void;
}

export function LinkDialog({ link, onClose }: LinkDialogProps) {
  const words = useWords();
  return (
    <Dialog title={words.conversation.linkTitle} onClose={onClose} size="small">
      <p>{link.doubt === "userName" ? words.conversation.linkUser : words.conversation.linkForeign}</p>
      <p className={css.address}>{link.href}</p>
      <DialogActions>
        <Button onClick={onClose}>{words.common.cancel}</Button>
        <Button
          kind="main"
          onClick={() => {
            window.open(link.href, "_blank", "noopener,noreferrer");
            onClose();
          }}
        >
          {words.conversation.linkOpen}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
