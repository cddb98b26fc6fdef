/** One person of the list. */
import { nameOf, type AccountRef, type Contact } from "@megachat/view";
import { memo } from "react";
import { useContact, useWords } from "../environment.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { PersonName } from "../parts/PersonName.tsx";
import type { Words } from "../words/en.ts";
import { PlaceLink } from "../workspace/PlaceLink.tsx";
import css from "../workspace/Lists.module.css";

interface ContactRowProps {
  readonly account: AccountRef;
  readonly current: boolean;
}

export const ContactRow = memo(function ContactRow({ account, current }: ContactRowProps) {
  const words = useWords();
  const contact = useContact(account);
  if (contact === undefined) return <div role="listitem" />;
  return (
    <div role="listitem" className={css.item}>
      <PlaceLink place={{ at: "person", account }} className={css.row} current={current} row>
        <Avatar name={nameOf(contact)} hue={contact.hue} />
        <span className={css.texts}>
          <span className={css.first}>
            <PersonName person={contact} />
          </span>
          <span className={css.second}>
            <bdi>{standingOf(words, contact)}</bdi>
          </span>
        </span>
      </PlaceLink>
    </div>
  );
});

/** How it stands with a person, in a word or two. */
export function standingOf({ people }: Words, { relation, trust, handle, displayName }: Contact): string {
  switch (relation.at) {
    case "requestReceived":
      return relation.text.trim() === "" ? people.state.wants : relation.text.slice(0, 200);
    case "requestSent":
      return people.state[relation.state];
    case "accepting":
    case "blocked":
    case "removed":
      return people.state[relation.at];
    case "contact":
      // The mark beside the name says that much already.
      if (trust.at === "changed") return people.state.changed;
      if (trust.at === "verified") return displayName === null ? people.state.verified : handle;
      return displayName === null ? (trust.invited ? people.state.invited : people.state.unverified) : handle;
  }
}
