/** What is said in passing, and the few sounds. */
import { nameOf } from "@megachat/view";
import { useEffect } from "react";
import { useEnvironment } from "../environment.ts";
import { playMessage } from "../sounds.ts";
import { isolated } from "../words/isolated.ts";

export function useNotices(): void {
  const { store, toasts, words, navigation } = useEnvironment();
  useEffect(
    () =>
      store.onPush((push) => {
        if (push.type !== "notice") return;
        const { contacts, conversations, settings } = store.get();
        const { notice } = push;
        switch (notice.type) {
          case "requestAccepted":
          case "requestReceived": {
            const contact = contacts.get(notice.account);
            if (contact === undefined) return;
            const name = isolated(nameOf(contact));
            const text = notice.type === "requestAccepted" ? words.people.accepted(name) : words.people.requestNotice(name);
            toasts.say(text, `person:${notice.account}`);
            return;
          }
          case "messageReceived": {
            const place = navigation.get();
            const read = !document.hidden && place.at === "conversation" && place.conversation === notice.conversation;
            if (settings.messageSounds && !read && conversations.get(notice.conversation)?.muted === false) playMessage();
            return;
          }
          case "storageLow":
            toasts.say(words.toasts.storageLow);
        }
      }),
    [store, toasts, words, navigation],
  );
}
