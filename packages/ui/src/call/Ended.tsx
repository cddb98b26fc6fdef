/** After a call: what it was, and what one may want next. */
import { MessageCircle, Phone, Video, X } from "lucide-react";
import { nameOf, type Call, type CallState, type Contact } from "@megachat/view";
import { useEnvironment } from "../environment.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Button, IconButton } from "../parts/Button.tsx";
import type { Words } from "../words/en.ts";
import { isolated } from "../words/isolated.ts";
import { callFailureText } from "../words/problems.ts";
import css from "./Ended.module.css";
import { usePlaceCall } from "./place-call.ts";

type End = Extract<CallState, { at: "ended" }>;

interface EndedProps {
  readonly call: Call;
  readonly contact: Contact;
  readonly end: End;
}

export function Ended({ call, contact, end }: EndedProps) {
  const { client, words, format, navigation } = useEnvironment();
  const placeCall = usePlaceCall();
  const name = nameOf(contact);
  const dismiss = () => client.intents.dismissCall({ call: call.call });
  return (
    <section className={css.card} role="dialog" aria-label={words.callEnd.title}>
      <div className={css.head}>
        <Avatar name={name} hue={contact.hue} />
        <div className={css.texts}>
          <h2 className={css.title}>
            <bdi>{name}</bdi>
          </h2>
          <p className={css.text}>{endText(words, end, isolated(name))}</p>
          {end.duration !== null && (
            <p className={css.text}>
              {words.call[call.media]} · {format.span(end.duration)}
              {call.quality && ` · ${words.callEnd.quality[call.quality.level]}`}
            </p>
          )}
        </div>
        <IconButton icon={X} label={words.callEnd.close} onClick={dismiss} />
      </div>
      <div className={css.actions}>
        <Button
          icon={call.media === "video" ? Video : Phone}
          onClick={async () => {
            await dismiss();
            await placeCall(call.conversation, call.media);
          }}
        >
          {words.callEnd.again}
        </Button>
        <Button
          kind="quiet"
          icon={MessageCircle}
          onClick={() => {
            void dismiss();
            navigation.go({ at: "conversation", conversation: call.conversation });
          }}
        >
          {words.callEnd.message}
        </Button>
      </div>
    </section>
  );
}

function endText(words: Words, { reason }: End, name: string): string {
  const { callEnd: said } = words;
  switch (reason.type) {
    case "hungUp":
      return reason.by === "self" ? said.hungUpSelf : said.hungUpPeer(name);
    case "declined":
      return reason.by === "self" ? said.declinedSelf : said.declinedPeer(name);
    case "cancelled":
      return reason.by === "self" ? said.cancelledSelf : said.cancelledPeer(name);
    case "busy":
      return said.busy(name);
    case "noAnswer":
      return said.noAnswer(name);
    case "answeredElsewhere":
    case "replaced":
      return said[reason.type];
    case "failed":
      return callFailureText(words, reason.reason);
  }
}
