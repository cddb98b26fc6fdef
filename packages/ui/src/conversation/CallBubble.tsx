/** A call's line in the history. */
import { PhoneIncoming, PhoneMissed, PhoneOutgoing, Video } from "lucide-react";
import { isLive, type CallLine, type ConversationRef, type Message } from "@megachat/view";
import { usePlaceCall } from "../call/place-call.ts";
import { useEnvironment, useSnapshot } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { callOutcome } from "./call-line-text.ts";
import css from "./HistoryRow.module.css";

interface CallBubbleProps {
  readonly call: CallLine;
  readonly at: Message["sentAt"];
  readonly conversation: ConversationRef;
}

export function CallBubble({ call, at, conversation }: CallBubbleProps) {
  const { words, format } = useEnvironment();
  const placeCall = usePlaceCall();
  const busy = useSnapshot((snapshot) => isLive(snapshot.call));
  const missed = call.outcome.at === "missed";
  const Icon = missed
    ? PhoneMissed
    : call.media === "video"
      ? Video
      : call.direction === "incoming"
        ? PhoneIncoming
        : PhoneOutgoing;
  const again = missed || call.outcome.at === "noAnswer" || call.outcome.at === "busy" || call.outcome.at === "failed";
  return (
    <div role="listitem" className={`${css.line} ${call.direction === "outgoing" ? css.own : ""}`} data-place="single">
      <div className={css.call} data-missed={missed}>
        <span className={css.callIcon}>
          <Icon size={18} aria-hidden />
        </span>
        <div>
          <p>{missed ? (call.media === "video" ? words.call.line.missedVideo : words.call.line.missed) : words.call[call.media]}</p>
          <p className={css.callText}>
            {!missed && `${callOutcome(words, format, call)} · `}
            <time dateTime={new Date(at).toISOString()} title={format.full(at)}>
              {format.clock(at)}
            </time>
          </p>
        </div>
        {again && (
          <Button kind="quiet" disabled={busy} onClick={() => placeCall(conversation, call.media)}>
            {missed ? words.call.line.callBack : words.callEnd.again}
          </Button>
        )}
      </div>
    </div>
  );
}
