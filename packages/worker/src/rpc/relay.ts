/**
 * One worker of a tab: follows the worker that leads, or leads. [V31–V35]
 *
 * Whoever holds the profile's lock leads: it alone has the core, the database and the socket. The others pass their
 * tab's messages to it over a channel. When the leader dies its lock is free: the next one leads, says so, and
 * everybody asks again what was not answered; intents carry ids, so that nothing is done twice.
 */
import type { Log } from "@megachat/base";
import type { ConversationRef } from "@megachat/view";
import { readChannelMessage, readTabMessage, type ChannelMessage, type CoreMessage, type TabMessage } from "./messages.ts";

/** The core as the relay of the leading worker sees it. */
export interface Host {
  /** This tab is there, or there anew: it shall get a snapshot before anything else. */
  readonly joined: (tab: string) => void;
  readonly gone: (tab: string) => void;
  readonly receive: (tab: string, message: TabMessage) => void;
}
export type StartHost = (send: (tab: string, message: CoreMessage) => void) => Host;

export interface RelayPorts {
  /** This tab's name among the origin's tabs: a fresh random id. */
  readonly tab: string;
  readonly freshId: () => string;
  readonly toTab: (message: CoreMessage) => void;
  /** To all other workers of the origin; each hears one sender's messages in order. */
  readonly post: (message: ChannelMessage) => void;
  /** Runs `then` once the lock is ours, which then stays ours for the life of this worker. */
  readonly hold: (lock: string, then: () => void) => void;
  /** Runs `then` once nobody holds the lock: its holder has died. */
  readonly whenFree: (lock: string, then: () => void) => void;
  readonly startHost: StartHost;
  readonly log: Log;
}

export interface Relay {
  readonly fromTab: (value: unknown) => void;
  readonly fromChannel: (value: unknown) => void;
  readonly leads: () => boolean;
}

export const LEADER_LOCK = "megachat leader";
export const tabLock = (tab: string): string => `megachat tab ${tab}`;
const termLock = (term: string): string => `megachat term ${term}`;

/** Intents under way in one tab; a tab that asks for more gets no answer to them. */
const MAX_PENDING = 512;

export function startRelay(ports: RelayPorts): Relay {
  const { tab } = ports;
  /** What this tab asked and was not answered. */
  const pending = new Map<string, TabMessage>();
  /** What this tab shows: a new leader must know it. */
  const shown = new Map<ConversationRef, TabMessage>();
  let term: string | undefined;
  let lead: { readonly term: string; readonly host: Host; readonly tabs: Set<string>; announced: boolean } | undefined;
  let present = false;

  const toCore = (message: TabMessage): void => {
    if (lead) lead.host.receive(tab, message);
    else if (term !== undefined && present) ports.post({ type: "toCore", term, tab, message });
  };

  const toThisTab = (message: CoreMessage): void => {
    // An answer may come twice: the old leader's and the new one's. One is passed on.
    if (message.type === "answer" && !pending.delete(message.id)) return;
    ports.toTab(message);
  };

  /** To a leader that knows nothing of this tab: what it shows, then what it wants. */
  const askAgain = (): void => {
    for (const message of shown.values()) toCore(message.type === "intent" ? { ...message, id: ports.freshId() } : message);
    for (const message of pending.values()) toCore(message);
  };

  const follow = (leader: string): void => {
    if (lead || leader === term) return;
    term = leader;
    // A dead leader's announcement may arrive after its successor's: whoever holds no lock is not followed.
    ports.whenFree(termLock(leader), () => {
      if (lead || term !== leader) return;
      term = undefined;
      ports.post({ type: "whoLeads" });
    });
    if (!present) return;
    ports.post({ type: "join", term, tab });
    askAgain();
  };

  const begin = (): void => {
    const own = ports.freshId();
    term = own;
    const send = (to: string, message: CoreMessage): void => {
      if (to === tab) toThisTab(message);
      else ports.post({ type: "toTab", term: own, tab: to, message });
    };
    const begun = { term: own, host: ports.startHost(send), tabs: new Set<string>(), announced: false };
    lead = begun;
    ports.log.info("leading");
    begun.host.joined(tab);
    ports.hold(termLock(own), () => {
      begun.announced = true;
      ports.post({ type: "leading", term: own });
    });
    askAgain();
  };

  const join = (other: string): void => {
    if (!lead) return;
    lead.host.joined(other);
    if (lead.tabs.has(other)) return;
    lead.tabs.add(other);
    ports.whenFree(tabLock(other), () => {
      lead?.tabs.delete(other);
      lead?.host.gone(other);
    });
  };

  // Others learn of this tab's end by its lock, so it must be held before anyone hears of the tab.
  ports.hold(tabLock(tab), () => {
    present = true;
    if (lead) return;
    if (term === undefined) return ports.post({ type: "whoLeads" });
    ports.post({ type: "join", term, tab });
    askAgain();
  });
  ports.hold(LEADER_LOCK, begin);

  return {
    leads: () => lead !== undefined,
    fromTab: (value) => {
      const message = readTabMessage(value);
      if (!message || (message.type === "intent" && pending.size >= MAX_PENDING)) return ports.log.warn("tabMessageRefused");
      if (message.type === "intent") {
        pending.set(message.id, message);
        noteShown(shown, message);
      }
      toCore(message);
    },
    fromChannel: (value) => {
      const message = readChannelMessage(value);
      if (!message) return ports.log.warn("channelMessageRefused");
      switch (message.type) {
        case "leading":
          return follow(message.term);
        case "whoLeads":
          return lead?.announced ? ports.post({ type: "leading", term: lead.term }) : undefined;
        case "join":
          return message.term === lead?.term ? join(message.tab) : undefined;
        case "toCore":
          return message.term === lead?.term && lead.tabs.has(message.tab)
            ? lead.host.receive(message.tab, message.message)
            : undefined;
        case "toTab":
          return message.term === term && !lead && message.tab === tab ? toThisTab(message.message) : undefined;
      }
    },
  };
}

function noteShown(shown: Map<ConversationRef, TabMessage>, message: TabMessage): void {
  if (message.type !== "intent") return;
  if (message.intent.type === "showConversation") shown.set(message.intent.ask.conversation, message);
  if (message.intent.type === "hideConversation") shown.delete(message.intent.ask.conversation);
}
