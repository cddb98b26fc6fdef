/** One person: who it is, how well the keys are known, and what can be done. */
import { ArrowLeft, MessageCircle, Phone, UserX, Video } from "lucide-react";
import { isHeldBack, mistakableFor, nameOf, type AccountRef, type Contact } from "@megachat/view";
import { useState } from "react";
import { useContact, useEnvironment, useSnapshot } from "../environment.ts";
import { usePlaceCall } from "../call/place-call.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Button, IconButton } from "../parts/Button.tsx";
import { Confirm } from "../parts/Dialog.tsx";
import { Empty } from "../parts/Empty.tsx";
import { SkeletonRows } from "../parts/Waiting.tsx";
import { isolated } from "../words/isolated.ts";
import { standingOf } from "./ContactRow.tsx";
import { RequestCard } from "./RequestCard.tsx";
import { TrustCard } from "./TrustCard.tsx";
import css from "./Person.module.css";

export function Person({ account }: { readonly account: AccountRef }) {
  const { words, navigation } = useEnvironment();
  const contact = useContact(account);
  const ready = useSnapshot((snapshot) => snapshot.listsReady);
  return (
    <div className={css.page}>
      <header className={css.bar}>
        <IconButton icon={ArrowLeft} label={words.common.back} onClick={() => navigation.back({ at: "contacts" })} />
      </header>
      {contact !== undefined && <Known contact={contact} />}
      {contact === undefined && !ready && <SkeletonRows count={1} />}
      {contact === undefined && ready && (
        <Empty icon={UserX} title={words.people.unknown}>
          <p>{words.people.unknownText}</p>
        </Empty>
      )}
    </div>
  );
}

function Known({ contact }: { readonly contact: Contact }) {
  const { words, format } = useEnvironment();
  const name = nameOf(contact);
  const { relation } = contact;
  return (
    <div className={css.body}>
      <div className={css.who}>
        <Avatar name={name} hue={contact.hue} size="large" />
        <h1 className={css.name}>
          <bdi>{name}</bdi>
        </h1>
        {relation.at !== "requestReceived" && (
          <p className={css.standing}>{standingOf(words, { ...contact, displayName: null })}</p>
        )}
        {relation.at === "contact" && <Actions contact={contact} />}
      </div>
      <LookAlike contact={contact} />
      {(relation.at === "requestReceived" || relation.at === "requestSent") && <RequestCard contact={contact} />}
      {(relation.at === "contact" || relation.at === "blocked") && <TrustCard contact={contact} />}
      <dl className={css.facts}>
        <div>
          <dt>{words.people.handle}</dt>
          <dd>{contact.handle}</dd>
        </div>
        <div>
          <dt>{words.people.shortCode}</dt>
          <dd>{contact.shortCode}</dd>
        </div>
        {relation.at === "contact" && (
          <div>
            <dt>{words.people.added}</dt>
            <dd>{format.date(contact.addedAt)}</dd>
          </div>
        )}
      </dl>
      <Partings contact={contact} />
    </div>
  );
}

function Actions({ contact }: { readonly contact: Contact }) {
  const { words, navigation } = useEnvironment();
  const placeCall = usePlaceCall();
  const { conversation } = contact;
  if (conversation === null) return null;
  const held = isHeldBack(contact);
  return (
    <div className={css.actions}>
      <Button kind="main" icon={MessageCircle} onClick={() => navigation.go({ at: "conversation", conversation })}>
        {words.people.message}
      </Button>
      <Button icon={Phone} disabled={held} onClick={() => placeCall(conversation, "audio")}>
        {words.people.audioCall}
      </Button>
      <Button icon={Video} disabled={held} onClick={() => placeCall(conversation, "video")}>
        {words.people.videoCall}
      </Button>
    </div>
  );
}

/** A name that could be taken for a contact's says so. [U12] */
function LookAlike({ contact }: { readonly contact: Contact }) {
  const { words } = useEnvironment();
  const contacts = useSnapshot((snapshot) => snapshot.contacts);
  const other = mistakableFor(contact, contacts.values());
  if (other === null) return null;
  return (
    <p className={css.warning} role="note">
      {words.people.looksLike(isolated(nameOf(other)))} {words.people.looksLikeCodes(contact.shortCode, other.shortCode)}
    </p>
  );
}

function Partings({ contact }: { readonly contact: Contact }) {
  const { client, words, toasts, navigation } = useEnvironment();
  const [asking, setAsking] = useState<"block" | "remove" | null>(null);
  const { account, relation } = contact;
  const name = isolated(nameOf(contact));
  if (relation.at === "requestReceived" || relation.at === "requestSent" || relation.at === "accepting") return null;
  return (
    <div className={css.partings}>
      {relation.at === "blocked" ? (
        <Button onClick={() => client.intents.unblock({ account })}>{words.people.unblock}</Button>
      ) : (
        <Button kind="danger" onClick={() => setAsking("block")}>
          {words.people.block}
        </Button>
      )}
      {relation.at === "contact" && (
        <Button kind="danger" onClick={() => setAsking("remove")}>
          {words.people.remove}
        </Button>
      )}
      {asking === "block" && (
        <Confirm
          title={words.people.blockTitle(name)}
          text={words.people.blockText}
          action={words.people.block}
          onConfirm={() => client.intents.block({ account })}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === "remove" && (
        <Confirm
          title={words.people.removeTitle(name)}
          text={words.people.removeText}
          action={words.people.remove}
          onConfirm={async () => {
            await client.intents.removeContact({ account });
            toasts.say(words.people.removedNow(name));
            navigation.go({ at: "contacts" });
          }}
          onClose={() => setAsking(null)}
        />
      )}
    </div>
  );
}
