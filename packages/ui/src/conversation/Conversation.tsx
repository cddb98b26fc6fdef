/** One conversation: its head, what needs attention, the history and the place to write. */
import { MessageCircleOff } from "lucide-react";
import type { Contact, Conversation as ConversationView, ConversationRef } from "@megachat/view";
import { useEffect, useState } from "react";
import { useContact, useConversation, useEnvironment, useSnapshot } from "../environment.ts";
import { Empty } from "../parts/Empty.tsx";
import { SkeletonRows } from "../parts/Waiting.tsx";
import { createHistory, type History } from "../store/history.ts";
import { Alarms } from "./Alarms.tsx";
import { announceMessages } from "./announce.ts";
import { Composer } from "./Composer.tsx";
import { Head } from "./Head.tsx";
import { HistoryList } from "./HistoryList.tsx";
import { NotSending } from "./NotSending.tsx";
import { useNoFiles } from "./no-files.ts";

export function Conversation({ conversation: ref }: { readonly conversation: ConversationRef }) {
  const { words } = useEnvironment();
  const conversation = useConversation(ref);
  const contact = useContact(conversation?.contact);
  const ready = useSnapshot((snapshot) => snapshot.listsReady);
  if (conversation !== undefined && contact !== undefined) return <Open conversation={conversation} contact={contact} />;
  if (!ready) return <SkeletonRows count={4} />;
  return (
    <Empty icon={MessageCircleOff} title={words.conversation.gone}>
      <p>{words.conversation.goneText}</p>
    </Empty>
  );
}

function Open({ conversation, contact }: { readonly conversation: ConversationView; readonly contact: Contact }) {
  const { sending } = conversation;
  const unseen = sending.at === "held" && (sending.reason === "blocked" || sending.reason === "removed");
  const history = useHistory(conversation.conversation, unseen);
  useNoFiles();
  return (
    <>
      <Head conversation={conversation} contact={contact} />
      <Alarms conversation={conversation} contact={contact} />
      <HistoryList history={history} conversation={conversation} contact={contact} />
      {conversation.sending.at === "held" ? (
        <NotSending reason={conversation.sending.reason} contact={contact} />
      ) : (
        <Composer conversation={conversation} contact={contact} history={history} />
      )}
    </>
  );
}

/**
 * Tells the core that this conversation is on a screen, and whether anyone can see it; then reads its history. `unseen`:
 * what the other writes is hidden; when that ends the history has lines that were not in it before.
 */
function useHistory(conversation: ConversationRef, unseen: boolean): History {
  const { client, store, words } = useEnvironment();
  const [history] = useState(() => createHistory(client, store, conversation));
  useEffect(() => {
    const show = (): void => void client.intents.showConversation({ conversation, visible: !document.hidden });
    show();
    document.addEventListener("visibilitychange", show);
    // A whole snapshot may come from a core that has started anew and does not know what is on the screen.
    const stopListening = store.onPush(({ type }) => {
      if (type === "snapshot") show();
    });
    const close = history.open();
    const quiet = announceMessages(store, conversation, words);
    return () => {
      document.removeEventListener("visibilitychange", show);
      stopListening();
      quiet();
      close();
      void client.intents.hideConversation({ conversation });
    };
  }, [client, store, conversation, words, history, unseen]);
  return history;
}
