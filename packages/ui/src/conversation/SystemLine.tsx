/** A change of people or devices: quiet, but always there. */
import {
  KeyRound,
  Laptop,
  MessageCircle,
  ShieldAlert,
  ShieldCheck,
  TriangleAlert,
  UserRound,
  UserX,
  Wrench,
  type LucideIcon,
} from "lucide-react";
import { nameOf, visibleName, type AccountRef, type Message, type SystemEvent } from "@megachat/view";
import { useContact, useEnvironment } from "../environment.ts";
import type { Words } from "../words/en.ts";
import type { Format } from "../words/format.ts";
import { isolated } from "../words/isolated.ts";
import css from "./HistoryRow.module.css";

interface SystemLineProps {
  readonly event: SystemEvent;
  readonly at: Message["sentAt"];
  readonly account: AccountRef;
}

export function SystemLine({ event, at, account }: SystemLineProps) {
  const { words, format } = useEnvironment();
  const contact = useContact(account);
  const { icon: Icon, text } = said(words, format, event, isolated(contact ? nameOf(contact) : words.people.unknown));
  return (
    <div role="listitem" className={css.system}>
      <span title={format.full(at)}>
        <Icon size={14} aria-hidden />
        {text}
      </span>
    </div>
  );
}

interface Said {
  readonly icon: LucideIcon;
  readonly text: string;
}

function said({ system }: Words, format: Format, event: SystemEvent, name: string): Said {
  switch (event.type) {
    case "started":
      return {
        icon: MessageCircle,
        text: event.byInvitation
          ? system.startedByInvitation(name)
          : event.by === "self"
            ? system.youStarted
            : system.theyStarted(name),
      };
    case "deviceAdded": {
      const device = isolated(visibleName(event.device));
      return { icon: Laptop, text: event.who === "self" ? system.youAddedDevice(device) : system.deviceAdded(name, device) };
    }
    case "deviceRemoved": {
      const device = isolated(visibleName(event.device));
      return { icon: Laptop, text: event.who === "self" ? system.youRemovedDevice(device) : system.deviceRemoved(name, device) };
    }
    case "keysChanged":
      return { icon: ShieldAlert, text: system.keysChanged(name) };
    case "verified":
      return { icon: event.on ? ShieldCheck : KeyRound, text: event.on ? system.verified(name) : system.unverified(name) };
    case "nameChanged":
      return {
        icon: UserRound,
        text: system.nameChanged(isolated(visibleName(event.from ?? "")) || name, isolated(visibleName(event.to))),
      };
    case "blocked":
      return { icon: UserX, text: event.on ? system.blocked(name) : system.unblocked(name) };
    case "rejoined":
      return { icon: Wrench, text: event.who === "self" ? system.youRejoined : system.rejoined(name) };
    case "junkSkipped":
      return { icon: TriangleAlert, text: system.junkSkipped(event.count, format.number(event.count)) };
    case "missing":
      return { icon: TriangleAlert, text: system.missing(event.count, format.number(event.count)) };
  }
}
