/** A file dropped on the page must not replace it: without this a browser opens the file instead of the app. */
import { useEffect } from "react";
import { useEnvironment } from "../environment.ts";

export function useNoFiles(): void {
  const { toasts, words } = useEnvironment();
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
    const over = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      toasts.say(words.conversation.noFiles);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, [toasts, words]);
}
