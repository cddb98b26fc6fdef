/** New messages of the open conversation, said by screen readers once, without repeating the history while it scrolls. */
import { nameOf, type ConversationRef } from "@megachat/view";
import type { SnapshotStore } from "../store/snapshot-store.ts";
import type { Words } from "../words/en.ts";

const longest = 300;

/** Uses the browser's own announcements; the list itself stays silent. */
export function announceMessages(store: SnapshotStore, conversation: ConversationRef, words: Words): () => void {
  return store.onPush((push) => {
    if (push.type !== "notice" || push.notice.type !== "messageReceived" || push.notice.conversation !== conversation) return;
    const { contacts, conversations } = store.get();
    const open = conversations.get(conversation);
    const contact = open && contacts.get(open.contact);
    if (contact === undefined || open?.last?.type !== "text" || open.last.from !== "peer") return;
    announce(words.conversation.newMessage(nameOf(contact), open.last.text.slice(0, longest)));
  });
}

interface Announcing {
  readonly ariaNotify?: (text: string) => void;
}

function announce(text: string): void {
  (document as Document & Announcing).ariaNotify?.(text);
}
