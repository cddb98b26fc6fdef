/** One text message: what was written, when, and how far it came. [U7] */
import { Check, CheckCheck, CircleAlert, CircleDashed } from "lucide-react";
import {
  nameOf,
  type AccountRef,
  type ConversationRef,
  type DeliveryState,
  type GroupPlace,
  type Message,
  type MessageBody,
} from "@megachat/view";
import { useContact, useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { sendProblem } from "../words/problems.ts";
import css from "./HistoryRow.module.css";
import { MessageText } from "./MessageText.tsx";

interface BubbleProps {
  readonly message: Message;
  readonly body: Extract<MessageBody, { type: "text" }>;
  readonly place: GroupPlace;
  readonly account: AccountRef;
  readonly conversation: ConversationRef;
}

export function Bubble({ message, body, place, account, conversation }: BubbleProps) {
  const { words, format } = useEnvironment();
  const contact = useContact(account);
  const own = message.from === "self";
  const failed = body.state?.at === "failed" ? body.state : null;
  const sender = own ? words.common.you : contact ? nameOf(contact) : words.people.unknown;
  return (
    <div role="listitem" className={[css.line, own ? css.own : "", failed ? css.failed : ""].join(" ")} data-place={place}>
      <div className={css.bubble}>
        <span className="unseen">{sender}: </span>
        <MessageText text={body.text} />
        <span className={css.meta}>
          <time dateTime={new Date(message.sentAt).toISOString()} title={format.full(message.sentAt)}>
            {format.clock(message.sentAt)}
          </time>
          {body.state && <StateMark state={body.state} />}
        </span>
      </div>
      {failed && <Trouble failed={failed} message={message} conversation={conversation} />}
    </div>
  );
}

const marks = { sending: CircleDashed, stored: Check, delivered: CheckCheck, read: CheckCheck, failed: CircleAlert } as const;

function StateMark({ state }: { readonly state: DeliveryState }) {
  const { words } = useEnvironment();
  const Mark = marks[state.at];
  return (
    <Mark
      size={14}
      role="img"
      aria-label={words.conversation.state[state.at]}
      className={state.at === "read" ? css.read : undefined}
    />
  );
}

interface TroubleProps {
  readonly failed: Extract<DeliveryState, { at: "failed" }>;
  readonly message: Message;
  readonly conversation: ConversationRef;
}

/** A failed message stays in its place with its way out. */
function Trouble({ failed, message: { message, body }, conversation }: TroubleProps) {
  const { client, store, words, format, clock, toasts } = useEnvironment();
  const retry = async (): Promise<void> => {
    const answer = await client.intents.retry({ conversation, message });
    const problem = answer.ok ? null : sendProblem({ words, format, now: clock.now() }, answer.error);
    if (problem !== null) toasts.say(problem);
  };
  const discard = async (): Promise<void> => {
    const answer = await client.intents.discard({ conversation, message });
    if (!answer.ok) return toasts.say(words.errors.alreadySent);
    const text = body.type === "text" ? body.text : "";
    // Undone, the text is back where it can be sent again.
    toasts.sayWithUndo(
      words.conversation.discarded,
      () => undefined,
      () => {
        const draft = store.get().conversations.get(conversation)?.draft ?? "";
        void client.intents.saveDraft({ conversation, text: draft === "" ? text : `${text}\n${draft}` });
      },
    );
  };
  return (
    <div className={css.trouble}>
      <CircleAlert size={14} aria-hidden />
      {words.conversation.state.failed}. {words.conversation.failure[failed.reason]}
      {failed.canRetry && (
        <Button kind="quiet" onClick={retry}>
          {words.conversation.retry}
        </Button>
      )}
      <Button kind="quiet" onClick={discard}>
        {words.conversation.discard}
      </Button>
    </div>
  );
}
