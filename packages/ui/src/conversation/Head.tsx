/** Who this is with, how well the keys are known, whether it is up to date, and the calls. */
import { ArrowLeft, Bell, BellOff, Ellipsis, Info, Phone, ShieldCheck, Video } from "lucide-react";
import { isLive, nameOf, type Contact, type Conversation } from "@megachat/view";
import { usePlaceCall } from "../call/place-call.ts";
import { useEnvironment, useSnapshot } from "../environment.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { IconButton } from "../parts/Button.tsx";
import { Menu } from "../parts/Menu.tsx";
import { PersonName } from "../parts/PersonName.tsx";
import { useNow } from "../store/ticker.ts";
import { useOverlays } from "../workspace/overlay.ts";
import { PlaceLink } from "../workspace/PlaceLink.tsx";
import css from "./Head.module.css";

interface HeadProps {
  readonly conversation: Conversation;
  readonly contact: Contact;
}

export function Head({ conversation, contact }: HeadProps) {
  const { client, words, navigation } = useEnvironment();
  const overlays = useOverlays();
  const placeCall = usePlaceCall();
  const busy = useSnapshot((snapshot) => isLive(snapshot.call));
  const name = nameOf(contact);
  const { conversation: ref, muted } = conversation;
  const held = conversation.sending.at === "held" || busy;
  return (
    <header className={css.head}>
      <span className={css.back}>
        <IconButton icon={ArrowLeft} label={words.conversation.back} onClick={() => navigation.go({ at: "chats" })} />
      </span>
      <PlaceLink place={{ at: "person", account: contact.account }} className={css.who}>
        <Avatar name={name} hue={contact.hue} />
        <span className={css.texts}>
          <h1 className={css.name}>
            <PersonName person={contact} />
          </h1>
          <span className={css.state}>
            <State conversation={conversation} contact={contact} />
          </span>
        </span>
      </PlaceLink>
      <IconButton icon={Phone} label={words.conversation.audioCall} disabled={held} onClick={() => placeCall(ref, "audio")} />
      <IconButton icon={Video} label={words.conversation.videoCall} disabled={held} onClick={() => placeCall(ref, "video")} />
      <Menu
        label={words.conversation.menu}
        icon={Ellipsis}
        items={[
          {
            label: words.conversation.details,
            icon: Info,
            onClick: () => navigation.go({ at: "person", account: contact.account }),
          },
          {
            label: words.trust.compare,
            icon: ShieldCheck,
            onClick: () => overlays.open({ at: "safetyNumber", account: contact.account }),
          },
          {
            label: muted ? words.conversation.unmute : words.conversation.mute,
            icon: muted ? Bell : BellOff,
            onClick: () => void client.intents.setMutedConversation({ conversation: ref, muted: !muted }),
          },
        ]}
      />
    </header>
  );
}

function State({ conversation: { freshness }, contact }: HeadProps) {
  const { words, format } = useEnvironment();
  const now = useNow("minute");
  const trust =
    contact.trust.at === "unverified"
      ? words.people.state[contact.trust.invited ? "invited" : "unverified"]
      : words.people.state[contact.trust.at];
  switch (freshness.at) {
    case "notWatched":
      return <>{trust}</>;
    case "checking":
      return (
        <>
          {trust} · {words.conversation.freshness.checking}
        </>
      );
    case "confirmed":
      return (
        <>
          {trust} · {words.conversation.freshness.confirmed}
        </>
      );
    case "notConfirmed":
      return (
        <span className={css.unsure} title={words.alarms.notConfirmed(nameOf(contact))}>
          {words.conversation.freshness.notConfirmed(format.since(freshness.since, now))}
        </span>
      );
  }
}
