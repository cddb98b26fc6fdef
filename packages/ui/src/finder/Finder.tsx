/** Ctrl/⌘+K: anyone and anything, by the start of a name. The list follows the field's arrow keys. [U17] */
import { findIn, nameOf, type Findable } from "@megachat/view";
import { KeyRound, Keyboard, Link2, Search, Settings as SettingsIcon, UserPlus, type LucideIcon } from "lucide-react";
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";
import { useEnvironment, useSnapshot } from "../environment.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { PersonName } from "../parts/PersonName.tsx";
import { useOverlays } from "../workspace/overlay.ts";
import css from "./Finder.module.css";
import { onTyped } from "../parts/typed.ts";

interface Choice extends Findable {
  readonly key: string;
  readonly kind: string;
  readonly shown: ReactNode;
  readonly go: () => void;
}

export function Finder({ onClose }: { readonly onClose: () => void }) {
  const { words } = useEnvironment();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const choices = findIn(query, useChoices(onClose));
  const chosen = choices[Math.min(at, choices.length - 1)];

  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && choices.length > 0) {
      event.preventDefault();
      setAt((Math.min(at, choices.length - 1) + step + choices.length) % choices.length);
    }
    if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      chosen?.go();
    }
  };

  return (
    <Dialog title={words.finder.label} onClose={onClose}>
      <div className={css.box}>
        <Search size={18} aria-hidden />
        <input
          className={css.input}
          ref={focusAtOnce}
          role="combobox"
          aria-label={words.finder.label}
          aria-expanded={choices.length > 0}
          aria-controls={`${id}-results`}
          aria-activedescendant={chosen && `${id}-${chosen.key}`}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder={words.finder.placeholder}
          value={query}
          {...onTyped((text) => {
            setQuery(text);
            setAt(0);
          })}
          onKeyDown={onKey}
        />
      </div>
      <div id={`${id}-results`} role="listbox" aria-label={words.finder.results} className={css.results}>
        {choices.map((choice) => (
          // The field keeps the focus and has the keys; a click is the pointer's way to the same.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- arrow keys and Enter act through the combobox
          <div
            key={choice.key}
            id={`${id}-${choice.key}`}
            role="option"
            tabIndex={-1}
            aria-selected={choice === chosen}
            className={css.choice}
            onClick={choice.go}
            ref={(element) => {
              if (choice === chosen) element?.scrollIntoView({ block: "nearest" });
            }}
          >
            {choice.shown}
            <span className={css.kind}>{choice.kind}</span>
          </div>
        ))}
      </div>
      {choices.length === 0 && (
        <p className={css.none} role="status">
          {words.finder.none}. {words.finder.noneText}
        </p>
      )}
    </Dialog>
  );
}

/** Before the dialog would: people go on typing right after the key that opened it. */
const focusAtOnce = (field: HTMLInputElement | null): void => field?.focus();

function useChoices(onClose: () => void): readonly Choice[] {
  const { words, navigation } = useEnvironment();
  const overlays = useOverlays();
  const contacts = useSnapshot((snapshot) => snapshot.contacts);
  const conversations = useSnapshot((snapshot) => snapshot.conversations);
  const people = [...contacts.values()]
    .filter((contact) => contact.relation.at !== "removed")
    .sort((a, b) => movedAt(b.conversation) - movedAt(a.conversation))
    .map((contact): Choice => {
      const talks = contact.conversation !== null && contact.relation.at === "contact";
      return {
        key: contact.account,
        name: nameOf(contact),
        also: [contact.handle],
        kind: talks ? words.finder.conversation : words.finder.person,
        shown: (
          <>
            <Avatar name={nameOf(contact)} hue={contact.hue} size="small" />
            <PersonName person={contact} />
          </>
        ),
        go: () => {
          onClose();
          navigation.go(
            talks && contact.conversation !== null
              ? { at: "conversation", conversation: contact.conversation }
              : { at: "person", account: contact.account },
          );
        },
      };
    });
  function movedAt(conversation: Parameters<typeof conversations.get>[0] | null): number {
    return conversation === null ? 0 : (conversations.get(conversation)?.movedAt ?? 0);
  }
  const action = (key: string, name: string, icon: LucideIcon, go: () => void): Choice => {
    const Icon = icon;
    return {
      key,
      name,
      also: [],
      kind: words.finder.action,
      shown: (
        <>
          <span className={css.icon}>
            <Icon size={18} aria-hidden />
          </span>
          {name}
        </>
      ),
      go,
    };
  };
  return [
    ...people,
    action("invite", words.people.invite, Link2, () => {
      onClose();
      navigation.go({ at: "invite" });
    }),
    action("add", words.people.add, UserPlus, () => overlays.open({ at: "addContact" })),
    action("settings", words.settings.title, SettingsIcon, () => overlays.open({ at: "settings" })),
    action("recovery", words.recovery.show, KeyRound, () => overlays.open({ at: "recovery" })),
    action("keys", words.settings.keysHint, Keyboard, () => overlays.open({ at: "keys" })),
  ];
}
