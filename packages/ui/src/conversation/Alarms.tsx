/** What is wrong with a conversation, calmly: what happened, what to do, and the way to do it. [U6] */
import { ShieldAlert, TriangleAlert, Wrench, type LucideIcon } from "lucide-react";
import { nameOf, type Alarm, type AlarmWhat, type Contact, type Conversation } from "@megachat/view";
import { useState } from "react";
import { useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { AcceptChange } from "../people/AcceptChange.tsx";
import type { Words } from "../words/en.ts";
import type { Format } from "../words/format.ts";
import { isolated } from "../words/isolated.ts";
import { useOverlays } from "../workspace/overlay.ts";
import css from "./Alarms.module.css";

interface AlarmsProps {
  readonly conversation: Conversation;
  readonly contact: Contact;
}

export function Alarms({ conversation, contact }: AlarmsProps) {
  const { words } = useEnvironment();
  return (
    <section className={css.alarms} aria-label={words.alarms.region} aria-live="polite">
      {conversation.alarms.map((alarm) => (
        <Banner key={alarm.alarm} alarm={alarm} conversation={conversation} contact={contact} />
      ))}
    </section>
  );
}

function Banner({ alarm, conversation, contact }: AlarmsProps & { readonly alarm: Alarm }) {
  const { client, words, format } = useEnvironment();
  const overlays = useOverlays();
  const [accepting, setAccepting] = useState(false);
  const { tone, icon: Icon, title, text } = said(words, format, alarm.what, isolated(nameOf(contact)));
  const keys = alarm.what.type === "keysChanged" || alarm.what.type === "twoHeirs";
  return (
    <div className={css.alarm} data-tone={tone}>
      <Icon size={20} aria-hidden />
      <div className={css.texts}>
        <p className={css.title}>{title}</p>
        <p className={css.text}>{text}</p>
      </div>
      <div className={css.actions}>
        {keys && (
          <Button kind="main" onClick={() => overlays.open({ at: "safetyNumber", account: contact.account })}>
            {words.trust.compare}
          </Button>
        )}
        {alarm.what.type === "keysChanged" && alarm.what.wasVerified && (
          <Button onClick={() => setAccepting(true)}>{words.trust.acceptChange}</Button>
        )}
        {alarm.dismissable && (
          <Button
            kind="quiet"
            onClick={() => client.intents.dismissAlarm({ conversation: conversation.conversation, alarm: alarm.alarm })}
          >
            {words.alarms.dismiss}
          </Button>
        )}
      </div>
      {accepting && <AcceptChange contact={contact} onClose={() => setAccepting(false)} />}
    </div>
  );
}

interface Said {
  readonly tone: "bad" | "warn" | "calm";
  readonly icon: LucideIcon;
  readonly title: string;
  readonly text: string;
}

function said({ alarms }: Words, format: Format, what: AlarmWhat, name: string): Said {
  switch (what.type) {
    case "gap":
      return {
        tone: "warn",
        icon: TriangleAlert,
        title: alarms.gap.title(what.missing, format.number(what.missing)),
        text: alarms.gap.text(name),
      };
    case "fork":
      return { tone: "bad", icon: TriangleAlert, title: alarms.fork.title, text: alarms.fork.text(name) };
    case "doesNotOpen":
      return {
        tone: "warn",
        icon: TriangleAlert,
        title: alarms.doesNotOpen.title(what.count, format.number(what.count)),
        text: alarms.doesNotOpen.text(name),
      };
    case "ownCopy":
      return { tone: "bad", icon: ShieldAlert, title: alarms.ownCopy.title, text: alarms.ownCopy.text };
    case "staleDevice":
      return { tone: "warn", icon: ShieldAlert, title: alarms.staleDevice.title(name), text: alarms.staleDevice.text(name) };
    case "keysChanged":
      return {
        tone: what.wasVerified ? "bad" : "warn",
        icon: ShieldAlert,
        title: alarms.keysChanged.title(name),
        text: what.wasVerified ? alarms.keysChanged.held(name) : alarms.keysChanged.open(name),
      };
    case "twoHeirs":
      return { tone: "bad", icon: ShieldAlert, title: alarms.twoHeirs.title(name), text: alarms.twoHeirs.text };
    case "resyncing":
      return { tone: "calm", icon: Wrench, title: alarms.resyncing.title, text: alarms.resyncing.text };
    case "resynced":
      return { tone: "calm", icon: Wrench, title: alarms.resynced.title, text: alarms.resynced.text(name) };
    case "rolledBack":
      return { tone: "bad", icon: TriangleAlert, title: alarms.rolledBack.title, text: alarms.rolledBack.text };
  }
}
