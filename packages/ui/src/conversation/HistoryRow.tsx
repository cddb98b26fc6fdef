/** One row of the history. A row redraws only when it is another row. [U10] */
import type { AccountRef, ConversationRef, Row } from "@megachat/view";
import { memo } from "react";
import { useContact, useEnvironment } from "../environment.ts";
import { useNow } from "../store/ticker.ts";
import { isolated } from "../words/isolated.ts";
import { nameOf } from "@megachat/view";
import { Bubble } from "./Bubble.tsx";
import { CallBubble } from "./CallBubble.tsx";
import { SystemLine } from "./SystemLine.tsx";
import css from "./HistoryRow.module.css";

export type ShownRow = Row | { readonly type: "start"; readonly key: "start" };

interface HistoryRowProps {
  readonly row: ShownRow;
  readonly account: AccountRef;
  readonly conversation: ConversationRef;
}

export const HistoryRow = memo(function HistoryRow({ row, account, conversation }: HistoryRowProps) {
  const { words } = useEnvironment();
  switch (row.type) {
    case "start":
      return <Start account={account} />;
    case "day":
      return <Day at={row.at} />;
    case "new":
      return (
        <div role="listitem" className={css.new}>
          <span>{words.conversation.newLine}</span>
        </div>
      );
    case "line": {
      const { message } = row;
      switch (message.body.type) {
        case "text":
          return <Bubble message={message} body={message.body} place={row.place} account={account} conversation={conversation} />;
        case "system":
          return <SystemLine event={message.body.event} at={message.sentAt} account={account} />;
        case "call":
          return <CallBubble call={message.body.call} at={message.sentAt} conversation={conversation} />;
        case "updateNeeded":
          return (
            <div role="listitem" className={css.quiet}>
              {words.conversation.updateNeeded}
            </div>
          );
      }
    }
  }
});

function Day({ at }: { readonly at: Parameters<ReturnType<typeof useEnvironment>["format"]["date"]>[0] }) {
  const { format } = useEnvironment();
  const now = useNow("minute");
  return (
    <div role="listitem" className={css.day}>
      <span>{format.dayTitle(at, now)}</span>
    </div>
  );
}

function Start({ account }: { readonly account: AccountRef }) {
  const { words } = useEnvironment();
  const contact = useContact(account);
  const name = isolated(contact ? nameOf(contact) : words.people.unknown);
  return (
    <div role="listitem" className={css.start}>
      <p>{words.conversation.start(name)}</p>
      {contact?.trust.at === "unverified" && <p>{words.conversation.startUnverified}</p>}
    </div>
  );
}
