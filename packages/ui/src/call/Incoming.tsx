/** Someone calls: who, how well known, and three answers. Armed half a second after it appeared. [U20] */
import { MessageSquareReply, Phone, Video } from "lucide-react";
import { nameOf, type Call, type Contact } from "@megachat/view";
import { useEffect, useRef, useState } from "react";
import { useEnvironment } from "../environment.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Button } from "../parts/Button.tsx";
import { PersonName } from "../parts/PersonName.tsx";
import { isolated } from "../words/isolated.ts";
import { hasModifier, isWriting } from "../workspace/keys.ts";
import css from "./Incoming.module.css";
import { useAcceptCall } from "./place-call.ts";
import { useArmed } from "./use-armed.ts";
import { HangUpIcon } from "./HangUpIcon.tsx";
import { onTyped } from "../parts/typed.ts";

export function Incoming({ call, contact }: { readonly call: Call; readonly contact: Contact }) {
  const { client, words } = useEnvironment();
  const acceptCall = useAcceptCall();
  const armed = useArmed();
  const [replying, setReplying] = useState(false);
  const card = useRef<HTMLDivElement>(null);
  const name = nameOf(contact);
  const accept = (media: "audio" | "video") => armed && acceptCall(call.call, media);
  const decline = (text: string | null) => armed && client.intents.declineCall({ call: call.call, text });

  // The keys go to the call unless something is being written: a letter meant for a message answers nothing.
  useEffect(() => {
    if (!isWriting(document.activeElement)) card.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!hasModifier(event) || event.key !== "Enter" || event.repeat) return;
      event.preventDefault();
      if (armed) void acceptCall(call.call, call.media);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [armed, acceptCall, call.call, call.media]);

  return (
    <div
      ref={card}
      className={`${css.card} stage-colours`}
      role="alertdialog"
      aria-label={words.call.incoming.label(isolated(name))}
      tabIndex={-1}
      data-armed={armed}
    >
      <div className={css.who}>
        <Avatar name={name} hue={contact.hue} />
        <div className={css.texts}>
          <p className={css.name}>
            <PersonName person={contact} />
          </p>
          <p className={css.about}>
            {words.call.incoming[call.media]} · {words.call.incoming[contact.trust.at]}
          </p>
        </div>
      </div>
      {replying ? (
        <Reply onSend={decline} />
      ) : (
        <div className={css.answers}>
          <button type="button" className={`${css.answer} ${css.no}`} onClick={() => void decline(null)} aria-disabled={!armed}>
            <HangUpIcon size={20} aria-hidden />
            {words.call.incoming.decline}
          </button>
          <button
            type="button"
            className={`${css.answer} ${css.yes}`}
            onClick={() => void accept(call.media)}
            aria-disabled={!armed}
          >
            {call.media === "video" ? <Video size={20} aria-hidden /> : <Phone size={20} aria-hidden />}
            {words.call.incoming.accept}
          </button>
          {call.media === "video" && (
            <Button icon={Phone} onClick={() => accept("audio")}>
              {words.call.incoming.acceptAudio}
            </Button>
          )}
          <Button kind="quiet" icon={MessageSquareReply} onClick={() => setReplying(true)}>
            {words.call.incoming.reply}
          </Button>
        </div>
      )}
    </div>
  );
}

function Reply({ onSend }: { readonly onSend: (text: string | null) => unknown }) {
  const { words } = useEnvironment();
  const [text, setText] = useState("");
  return (
    <form
      className={css.reply}
      onSubmit={(event) => {
        event.preventDefault();
        void onSend(text.trim() === "" ? words.call.incoming.replyPlaceholder : text.trim());
      }}
    >
      <input
        className={css.replyText}
        aria-label={words.call.incoming.reply}
        placeholder={words.call.incoming.replyPlaceholder}
        value={text}
        maxLength={500}
        {...onTyped(setText)}
        ref={(element) => element?.focus()}
      />
      <Button kind="plain" type="submit">
        {words.call.incoming.replySend}
      </Button>
    </form>
  );
}
