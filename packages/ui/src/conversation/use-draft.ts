/** What is being written, kept by the core while it is written: it survives everything, and other tabs see it. */
import type { Conversation } from "@megachat/view";
import { useCallback, useEffect, useRef, useState } from "react";
import { useEnvironment } from "../environment.ts";
import { createEchoes } from "./draft-echo.ts";

const settleMs = 400;
const typingEveryMs = 3_000;

export interface Draft {
  readonly text: string;
  /** `sent`: the core takes the text and empties the draft itself. `refused`: it did not. */
  readonly setText: (next: string | ((now: string) => string), why: "typed" | "sent" | "refused") => void;
}

export function useDraft({ conversation, draft }: Conversation): Draft {
  const { client, clock } = useEnvironment();
  const [text, setState] = useState(draft);
  const latest = useRef(draft);
  const saved = useRef(draft);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const toldTyping = useRef(0);
  const [echoes] = useState(createEchoes);

  const save = useCallback((): void => {
    clearTimeout(timer.current);
    if (latest.current === saved.current) return;
    saved.current = latest.current;
    echoes.told(latest.current);
    void client.intents.saveDraft({ conversation, text: latest.current });
  }, [client, conversation, echoes]);

  const setText = useCallback<Draft["setText"]>(
    (next, why) => {
      latest.current = typeof next === "string" ? next : next(latest.current);
      setState(latest.current);
      clearTimeout(timer.current);
      if (why === "sent") {
        saved.current = "";
        echoes.told("");
        return;
      }
      if (why === "refused") echoes.forget();
      timer.current = setTimeout(save, settleMs);
      const now = clock.now();
      if (latest.current.trim() !== "" && now - toldTyping.current >= typingEveryMs) {
        toldTyping.current = now;
        void client.intents.typing({ conversation });
      }
    },
    [client, clock, conversation, echoes, save],
  );

  // Another tab wrote: its draft is taken over where nothing of ours is unsaved.
  useEffect(() => {
    if (echoes.isEcho(draft) || draft === saved.current || latest.current !== saved.current) return;
    echoes.forget();
    saved.current = draft;
    latest.current = draft;
    setState(draft);
  }, [draft, echoes]);

  useEffect(() => {
    window.addEventListener("pagehide", save);
    return () => {
      window.removeEventListener("pagehide", save);
      save();
    };
  }, [save]);

  return { text, setText };
}
