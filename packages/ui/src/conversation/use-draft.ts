/** What is being written, kept by the core while it is written: it survives everything, and other tabs see it. */
import type { Conversation } from "@megachat/view";
import { useCallback, useEffect, useRef, useState } from "react";
import { useEnvironment } from "../environment.ts";

const settleMs = 400;
const typingEveryMs = 3_000;

export interface Draft {
  readonly text: string;
  /** `sent`: the core has taken the text and emptied the draft itself. */
  readonly setText: (next: string | ((now: string) => string), why: "typed" | "sent") => void;
}

export function useDraft({ conversation, draft }: Conversation): Draft {
  const { client, clock } = useEnvironment();
  const [text, setState] = useState(draft);
  const latest = useRef(draft);
  const saved = useRef(draft);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const toldTyping = useRef(0);

  const save = useCallback((): void => {
    clearTimeout(timer.current);
    if (latest.current === saved.current) return;
    saved.current = latest.current;
    void client.intents.saveDraft({ conversation, text: latest.current });
  }, [client, conversation]);

  const setText = useCallback<Draft["setText"]>(
    (next, why) => {
      latest.current = typeof next === "string" ? next : next(latest.current);
      setState(latest.current);
      clearTimeout(timer.current);
      if (why === "sent") {
        saved.current = "";
        return;
      }
      timer.current = setTimeout(save, settleMs);
      const now = clock.now();
      if (latest.current.trim() !== "" && now - toldTyping.current >= typingEveryMs) {
        toldTyping.current = now;
        void client.intents.typing({ conversation });
      }
    },
    [client, clock, conversation, save],
  );

  // Another tab wrote: its draft is taken over where nothing of ours is unsaved.
  useEffect(() => {
    if (draft === saved.current || latest.current !== saved.current) return;
    saved.current = draft;
    latest.current = draft;
    setState(draft);
  }, [draft]);

  useEffect(() => {
    window.addEventListener("pagehide", save);
    return () => {
      window.removeEventListener("pagehide", save);
      save();
    };
  }, [save]);

  return { text, setText };
}
