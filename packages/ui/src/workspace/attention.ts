/** The tab's title counts what is unread, and its icon carries a dot. */
import { nameOf, unreadTotal } from "@megachat/view";
import { useEffect } from "react";
import { useContact, useConversation, useEnvironment, usePlace, useSnapshot } from "../environment.ts";
import iconUrl from "../assets/icon.svg?no-inline";
import unreadIconUrl from "../assets/icon-unread.svg?no-inline";

export function useAttention(): void {
  const { words, format } = useEnvironment();
  const unread = useSnapshot((snapshot) => unreadTotal(snapshot.conversations.values()));
  const ringing = useSnapshot((snapshot) =>
    snapshot.call?.direction === "incoming" && snapshot.call.state.at === "ringing" ? snapshot.call.contact : null,
  );
  const caller = useContact(ringing);
  const place = usePlace();
  const conversation = useConversation(place.at === "conversation" ? place.conversation : null);
  const contact = useContact(conversation?.contact);
  const where = caller
    ? words.call.incoming.label(nameOf(caller))
    : contact
      ? `${nameOf(contact)} · ${words.product}`
      : words.product;
  useEffect(() => {
    document.title = (unread > 0 ? words.chats.unreadTitle(format.number(unread)) : "") + where;
  }, [unread, where, words, format]);
  const marked = unread > 0 || ringing !== null;
  useEffect(() => {
    const link =
      document.querySelector<HTMLLinkElement>('link[rel="icon"]') ??
      document.head.appendChild(Object.assign(document.createElement("link"), { rel: "icon" }));
    link.type = "image/svg+xml";
    link.href = marked ? unreadIconUrl : iconUrl;
  }, [marked]);
}
