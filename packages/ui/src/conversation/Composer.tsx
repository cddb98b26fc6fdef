/**
 * The place to write. Enter sends, Shift+Enter breaks the line. What is written is kept as a draft all the time, and a refusal gives it back. [U7]
 */
import { SendHorizontal } from "lucide-react";
import { maxMessageBytes, nameOf, utf8Length, type Contact, type Conversation } from "@megachat/view";
import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { useEnvironment } from "../environment.ts";
import type { History } from "../store/history.ts";
import { isolated } from "../words/isolated.ts";
import { sendProblem } from "../words/problems.ts";
import css from "./Composer.module.css";
import { onOversized, tallLength } from "./oversized.ts";
import { useDraft } from "./use-draft.ts";
import { onTyped } from "../parts/typed.ts";

interface ComposerProps {
  readonly conversation: Conversation;
  readonly contact: Contact;
  readonly history: History;
}

// The count is shown when it begins to matter.
const nearBytes = maxMessageBytes - 4_096;

export function Composer({ conversation, contact, history }: ComposerProps) {
  const { client, words, format, clock } = useEnvironment();
  const { text, setText } = useDraft(conversation);
  const [problem, setProblem] = useState<string | null>(null);
  const field = useField(text);
  const id = useId();
  const name = isolated(nameOf(contact));
  // Counting is cheap but not free: a short text cannot be near the limit.
  const bytes = text.length < nearBytes / 4 ? 0 : utf8Length(text);
  const over = bytes > maxMessageBytes;
  const [triedOver, setTriedOver] = useState(0);

  const send = async (): Promise<void> => {
    if (text.trim() === "") return;
    // What the core would say stands there already: it is said again, not a second time beside it.
    if (over) return setTriedOver((times) => times + 1);
    const sent = text;
    setProblem(null);
    // Emptied at once, so that a second Enter has nothing to send again.
    setText("", "sent");
    const answer = await client.intents.send({ conversation: conversation.conversation, text: sent });
    if (answer.ok) return history.toLatest();
    setText((now) => (now === "" ? sent : `${sent}\n${now}`), "refused");
    setProblem(sendProblem({ words, format, now: clock.now() }, answer.error));
  };

  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    void send();
  };

  const note = problem ?? (conversation.sending.at === "waiting" ? words.conversation.waiting[conversation.sending.reason] : null);
  return (
    <footer className={css.composer}>
      <p className={css.typing} aria-live="polite">
        {conversation.typing && words.conversation.typing(name)}
      </p>
      {note !== null && (
        <p className={problem === null ? css.note : css.problem} role={problem === null ? "status" : "alert"}>
          {note}
        </p>
      )}
      <form
        className={css.box}
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <textarea
          ref={field}
          className={css.field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={words.conversation.placeholder}
          aria-label={words.conversation.write(name)}
          aria-describedby={`${id}-left`}
          aria-invalid={over}
          data-composer=""
          data-tall={text.length > tallLength}
          enterKeyHint="send"
          {...onTyped((text) => {
            setText(text, "typed");
            setProblem(null);
          })}
          {...onOversized((bytes) => setProblem(words.conversation.oversized(format.bytes(bytes), format.bytes(maxMessageBytes))))}
          onKeyDown={onKey}
        />
        <button
          type="submit"
          className={css.send}
          aria-label={words.conversation.send}
          title={words.conversation.send}
          disabled={text.trim() === ""}
        >
          <SendHorizontal size={20} aria-hidden />
        </button>
      </form>
      <p
        key={over ? triedOver : "left"}
        id={`${id}-left`}
        className={over ? css.problem : css.left}
        role={over ? "alert" : undefined}
      >
        {bytes > nearBytes &&
          (over
            ? words.errors.tooLong(format.bytes(bytes - maxMessageBytes))
            : words.conversation.bytesLeft(format.bytes(maxMessageBytes - bytes)))}
      </p>
    </footer>
  );
}

/** The field takes the focus when it appears, and grows with its text up to a share of the window, then scrolls. */
function useField(text: string): RefObject<HTMLTextAreaElement | null> {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // A phone would open its keyboard over the conversation.
    if (!matchMedia("(pointer: coarse)").matches) field.current?.focus({ preventScroll: true });
  }, []);
  useLayoutEffect(() => {
    const { current: element } = field;
    if (element === null) return;
    // Each look at the height lays out the whole text, which takes a browser seconds where the text is huge.
    if (text.length > tallLength) {
      element.style.height = "";
      return;
    }
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);
  return field;
}
