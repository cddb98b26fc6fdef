/** People: who wants to reach you, who was asked, contacts by name, and the blocked and removed at the end. */
import { Link2, UserPlus, Users } from "lucide-react";
import { findIn, nameOf, type AccountRef, type Contact } from "@megachat/view";
import { useRef, useState } from "react";
import { useEnvironment, usePlace, useSnapshot } from "../environment.ts";
import { Button, IconButton } from "../parts/Button.tsx";
import { Empty } from "../parts/Empty.tsx";
import { RowList } from "../parts/RowList.tsx";
import { SkeletonRows } from "../parts/Waiting.tsx";
import { useOverlays } from "../workspace/overlay.ts";
import css from "../workspace/Lists.module.css";
import { ContactRow } from "./ContactRow.tsx";
import own from "./ContactList.module.css";
import { onTyped } from "../parts/typed.ts";

type Line = { readonly type: "group"; readonly title: string } | { readonly type: "person"; readonly account: AccountRef };

export function ContactList() {
  const { words, navigation } = useEnvironment();
  const overlays = useOverlays();
  const place = usePlace();
  const ready = useSnapshot((snapshot) => snapshot.listsReady);
  const contacts = useSnapshot((snapshot) => snapshot.contacts);
  const [filter, setFilter] = useState("");
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useLines(contacts, filter);
  const current = place.at === "person" ? place.account : null;
  return (
    <section className={css.layer} aria-labelledby="contacts-title">
      <header className={css.head}>
        <h1 id="contacts-title" className={css.title}>
          {words.people.title}
        </h1>
        <span className={css.tools}>
          <IconButton icon={Link2} label={words.people.invite} onClick={() => navigation.go({ at: "invite" })} />
          <IconButton icon={UserPlus} label={words.people.add} onClick={() => overlays.open({ at: "addContact" })} />
        </span>
      </header>
      {contacts.size > 7 && (
        <input
          type="search"
          className={own.filter}
          aria-label={words.people.filter}
          placeholder={words.people.filter}
          value={filter}
          {...onTyped(setFilter)}
        />
      )}
      <div className={css.scroller} ref={scroller}>
        {!ready && <SkeletonRows count={6} />}
        {ready && contacts.size === 0 && (
          <Empty icon={Users} title={words.people.empty}>
            <p>{words.people.emptyText}</p>
            <span className={css.narrow}>
              <Button kind="main" onClick={() => navigation.go({ at: "invite" })}>
                {words.people.invite}
              </Button>
            </span>
          </Empty>
        )}
        {contacts.size > 0 && lines.length === 0 && <p className={own.none}>{words.people.noMatch}</p>}
        {lines.length > 0 && (
          <RowList label={words.people.list} rows={lines} rowHeight={56} scroller={scroller}>
            {(line) =>
              line.type === "group" ? (
                <Group key={line.title} title={line.title} />
              ) : (
                <ContactRow key={line.account} account={line.account} current={line.account === current} />
              )
            }
          </RowList>
        )}
      </div>
    </section>
  );
}

function Group({ title }: { readonly title: string }) {
  return (
    <div role="listitem">
      <h2 className={css.group}>{title}</h2>
    </div>
  );
}

function useLines(contacts: ReadonlyMap<AccountRef, Contact>, filter: string): readonly Line[] {
  const { words } = useEnvironment();
  const shown = findIn(
    filter,
    [...contacts.values()].map((contact) => ({ name: nameOf(contact), also: [contact.handle], contact })),
    contacts.size,
  ).map(({ contact }) => contact);
  const group = (title: string, belongs: (contact: Contact) => boolean): readonly Line[] => {
    const people = shown.filter(belongs).sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
    return people.length === 0
      ? []
      : [{ type: "group", title }, ...people.map((contact): Line => ({ type: "person", account: contact.account }))];
  };
  const at =
    (...relations: readonly Contact["relation"]["at"][]) =>
    (contact: Contact) =>
      relations.includes(contact.relation.at);
  return [
    ...group(words.people.requestsReceived, at("requestReceived")),
    ...group(words.people.requestsSent, at("requestSent")),
    ...group(words.people.contacts, at("contact", "accepting")),
    ...group(words.people.blocked, at("blocked")),
    ...group(words.people.removed, at("removed")),
  ];
}
