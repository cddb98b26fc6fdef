/** The content pane: what the address names. */
import { MessagesSquare } from "lucide-react";
import { useEnvironment, usePlace, useSnapshot } from "../environment.ts";
import { Conversation } from "../conversation/Conversation.tsx";
import { Empty } from "../parts/Empty.tsx";
import { Invite } from "../people/Invite.tsx";
import { InvitationPage } from "../people/InvitationPage.tsx";
import { Person } from "../people/Person.tsx";
import { modifierName } from "./keys.ts";
import css from "./Content.module.css";

export function Content() {
  const place = usePlace();
  return (
    <main className={css.content} data-place={place.at}>
      <Place />
    </main>
  );
}

function Place() {
  const { words } = useEnvironment();
  const place = usePlace();
  const ready = useSnapshot((snapshot) => snapshot.listsReady);
  const alone = useSnapshot((snapshot) => snapshot.contacts.size === 0);
  switch (place.at) {
    case "conversation":
      return <Conversation key={place.conversation} conversation={place.conversation} />;
    case "person":
      return <Person key={place.account} account={place.account} />;
    case "invite":
      return <Invite />;
    case "invitation":
      return <InvitationPage handle={place.handle} fragment={place.fragment} />;
    case "chats":
    case "contacts":
      // The first screen has one thing to do.
      if (!ready) return null;
      return alone ? (
        <Invite />
      ) : (
        <Empty icon={MessagesSquare} title={words.chats.choose}>
          <p>
            {words.chats.chooseText} <kbd>{modifierName()} K</kbd> {words.chats.chooseKeys}
          </p>
        </Empty>
      );
  }
}
