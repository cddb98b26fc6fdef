/** The list pane. Both lists stay mounted, so that each remembers where it was scrolled. */
import { usePlace } from "../environment.ts";
import { ContactList } from "../people/ContactList.tsx";
import { AccountAlarms } from "./AccountAlarms.tsx";
import { ChatList } from "./ChatList.tsx";
import { LinkBanner } from "./LinkBanner.tsx";
import { RecoveryReminder } from "../recovery/RecoveryReminder.tsx";
import { sectionOf } from "./section.ts";
import css from "./Lists.module.css";

export function Lists() {
  const section = sectionOf(usePlace());
  return (
    <div className={css.pane}>
      <AccountAlarms />
      <LinkBanner />
      <div className={css.stack}>
        <div className={css.layer} data-away={section !== "chats"}>
          <ChatList />
        </div>
        <div className={css.layer} data-away={section !== "contacts"}>
          <ContactList />
        </div>
      </div>
      <RecoveryReminder />
    </div>
  );
}
