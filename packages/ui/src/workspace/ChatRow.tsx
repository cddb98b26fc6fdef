/** One conversation of the list: who, what was last, when, and how much is unread. */
import { BellOff, CircleAlert, PhoneMissed, TriangleAlert } from "lucide-react";
import { nameOf, type Conversation, type ConversationRef } from "@megachat/view";
import { memo, type ReactNode } from "react";
import { useContact, useConversation, useEnvironment } from "../environment.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { PersonName } from "../parts/PersonName.tsx";
import { isolated } from "../words/isolated.ts";
import { useNow } from "../store/ticker.ts";
import { callLineText } from "../conversation/call-line-text.ts";
import { systemGistText } from "../conversation/system-gist-text.ts";
import { PlaceLink } from "./PlaceLink.tsx";
import css from "./Lists.module.css";

interface ChatRowProps {
  readonly conversation: ConversationRef;
  readonly current: boolean;
}

export const ChatRow = memo(function ChatRow({ conversation: ref, current }: ChatRowProps) {
  const { words, format } = useEnvironment();
  const conversation = useConversation(ref);
  const contact = useContact(conversation?.contact);
  const now = useNow("minute");
  if (conversation === undefined || contact === undefined) return <div role="listitem" />;
  const alarming = conversation.alarms.some((alarm) => alarm.what.type !== "resyncing" && alarm.what.type !== "resynced");
  return (
    <div role="listitem" className={css.item}>
      <PlaceLink place={{ at: "conversation", conversation: ref }} className={css.row} current={current} row>
        <Avatar name={nameOf(contact)} hue={contact.hue} />
        <span className={css.texts}>
          <span className={css.first}>
            <PersonName person={contact} />
          </span>
          <span className={css.second}>
            <LastLine conversation={conversation} name={nameOf(contact)} current={current} />
          </span>
        </span>
        <span className={css.end}>
          <time dateTime={new Date(conversation.movedAt).toISOString()} title={format.full(conversation.movedAt)}>
            {format.when(conversation.movedAt, now)}
          </time>
          <span className={css.marks}>
            {alarming && <TriangleAlert className={css.warn} size={16} role="img" aria-label={words.chats.alarm} />}
            {conversation.muted && <BellOff size={14} role="img" aria-label={words.chats.muted} />}
            {conversation.unread > 0 && (
              <span className={`${css.unread} ${conversation.muted ? css.quietUnread : ""}`}>
                <span aria-hidden>{conversation.unread > 999 ? "999+" : format.number(conversation.unread)}</span>
                <span className="unseen">{words.places.unread(format.number(conversation.unread))}</span>
              </span>
            )}
          </span>
        </span>
      </PlaceLink>
    </div>
  );
});

interface LastLineProps {
  readonly conversation: Conversation;
  readonly name: string;
  readonly current: boolean;
}

function LastLine({ conversation, name, current }: LastLineProps): ReactNode {
  const { words, format } = useEnvironment();
  const { last } = conversation;
  if (conversation.typing) return <span className={css.accent}>{words.chats.typing}</span>;
  if (conversation.draft.trim() !== "" && !current) {
    return (
      <>
        <span className={css.draft}>{words.chats.draft}:</span>
        <bdi>{conversation.draft.slice(0, 200)}</bdi>
      </>
    );
  }
  if (last === null) return null;
  switch (last.type) {
    case "text":
      return (
        <>
          {last.failed && <CircleAlert className={css.bad} size={14} role="img" aria-label={words.chats.failed} />}
          <bdi>{last.from === "self" ? words.chats.youSaid(last.text) : last.text}</bdi>
        </>
      );
    case "call": {
      const missed = last.call.outcome.at === "missed";
      return (
        <span className={missed ? css.bad : undefined}>
          {missed && <PhoneMissed size={13} aria-hidden />} {callLineText(words, format, last.call)}
        </span>
      );
    }
    case "system":
      return <span>{last.gist === null ? words.chats.systemLine : systemGistText(words, last.gist, isolated(name))}</span>;
    case "updateNeeded":
      return <span>{words.chats.updateNeeded}</span>;
  }
}
