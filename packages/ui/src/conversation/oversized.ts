/**
 * What is pasted or dropped is taken as a draft even where it is too long to send. What would freeze the tab is not let in at all:
 * the field stays as it was, and somebody is told. [U7]
 */
import { utf8Length } from "@megachat/view";
import type { ClipboardEvent, DragEvent } from "react";

// A browser lays out so many characters in one field within a moment, and some times as many not.
const maxFieldLength = 1_048_576;
/** So long a text is taller than the field may become on any window: nothing needs to be measured. */
export const tallLength = 16_384;

interface Guarded {
  readonly onPaste: (event: ClipboardEvent<HTMLTextAreaElement>) => void;
  readonly onDrop: (event: DragEvent<HTMLTextAreaElement>) => void;
}

/** `refuse` hears how long, in bytes, the text would have become. */
export function onOversized(refuse: (bytes: number) => void): Guarded {
  const refuses = (field: HTMLTextAreaElement, more: string): boolean => {
    const { value, selectionStart, selectionEnd } = field;
    // A browser lays the text out before it says that there is one.
    if (more.length > tallLength) field.dataset.tall = "true";
    if (value.length - (selectionEnd - selectionStart) + more.length <= maxFieldLength) return false;
    field.dataset.tall = String(value.length > tallLength);
    refuse(utf8Length(value.slice(0, selectionStart)) + utf8Length(more) + utf8Length(value.slice(selectionEnd)));
    return true;
  };
  return {
    onPaste: (event) => {
      if (refuses(event.currentTarget, event.clipboardData.getData("text/plain"))) event.preventDefault();
    },
    onDrop: (event) => {
      if (!refuses(event.currentTarget, event.dataTransfer.getData("text/plain"))) return;
      event.preventDefault();
      // Moved nowhere, so that it stays where it was dragged from.
      event.dataTransfer.dropEffect = "none";
    },
  };
}
