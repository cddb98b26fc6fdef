/** The conversations, newest first; each row redraws by itself. */
import { MessageCirclePlus, MessagesSquare, Search } from "lucide-react";
import { byMovedAt, type Conversation, type ConversationRef, type Snapshot } from "@megachat/view";
import { useMemo, useRef } from "react";
import { useEnvironment, usePlace, useSnapshot } from "../environment.ts";
import { Button, IconButton } from "../parts/Button.tsx";
import { Empty } from "../parts/Empty.tsx";
import { RowList } from "../parts/RowList.tsx";
import { SkeletonRows } from "../parts/Waiting.tsx";
import { ChatRow } from "./ChatRow.tsx";
import { modifierName } from "./keys.ts";
import { useOverlays } from "./overlay.ts";
import css from "./Lists.module.css";

export function ChatList() {
  const { words, navigation } = useEnvironment();
  const overlays = useOverlays();
  const place = usePlace();
  const ready = useSnapshot((snapshot) => snapshot.listsReady);
  const order = useOrder();
  const scroller = useRef<HTMLDivElement>(null);
  const current = place.at === "conversation" ? place.conversation : null;
  return (
    <section className={css.layer} aria-labelledby="chats-title">
      <header className={css.head}>
        <h1 id="chats-title" className={css.title}>
          {words.chats.title}
        </h1>
        <IconButton icon={MessageCirclePlus} label={words.chats.add} onClick={() => overlays.open({ at: "addContact" })} />
      </header>
      <button type="button" className={css.find} onClick={() => overlays.open({ at: "finder" })}>
        <Search size={16} aria-hidden />
        {words.chats.find}
        <kbd aria-hidden>{modifierName()} K</kbd>
      </button>
      <div className={css.scroller} ref={scroller}>
        {!ready && <SkeletonRows count={6} />}
        {ready && order.length === 0 && (
          <Empty icon={MessagesSquare} title={words.chats.empty}>
            <p>{words.chats.emptyText}</p>
            {/* Beside the list, on wider screens, stands the invitation itself. */}
            <span className={css.narrow}>
              <Button kind="main" onClick={() => navigation.go({ at: "invite" })}>
                {words.people.invite}
              </Button>
            </span>
          </Empty>
        )}
        {order.length > 0 && (
          <RowList label={words.chats.list} rows={order} rowHeight={58} scroller={scroller}>
            {(conversation) => <ChatRow key={conversation} conversation={conversation} current={conversation === current} />}
          </RowList>
        )}
      </div>
    </section>
  );
}

function useOrder(): readonly ConversationRef[] {
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const contacts = useSnapshot((snapshot) => snapshot.contacts);
  return useMemo(
    () => byMovedAt([...conversations.values()].filter((each) => isListed(each, contacts))).map((each) => each.conversation),
    [conversations, contacts],
  );
}

const isListed = (conversation: Conversation, contacts: Snapshot["contacts"]): boolean =>
  contacts.get(conversation.contact)?.relation.at !== "removed";
