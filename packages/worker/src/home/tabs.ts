/** The tabs of this profile: what each was told, and which conversations each shows. [V40, V42] */
import type { ConversationRef, Push, Snapshot } from "@megachat/view";
import type { CoreMessage } from "../rpc/messages.ts";
import { difference } from "./difference.ts";
import { emptyWindow, type Window } from "./windows.ts";

interface Tab {
  /** What the tab shows; undefined before its first snapshot. */
  told: Snapshot | undefined;
  readonly windows: Map<ConversationRef, Window>;
}

export interface Tabs {
  readonly join: (tab: string) => void;
  readonly leave: (tab: string) => void;
  readonly names: () => readonly string[];
  /** Brings a tab to this snapshot: whole at first and after {@link Tabs.forget}, by differences later. */
  readonly bring: (tab: string, snapshot: Snapshot) => void;
  readonly push: (tab: string, push: Push) => void;
  readonly pushAll: (push: Push) => void;
  readonly show: (tab: string, conversation: ConversationRef) => void;
  readonly hide: (tab: string, conversation: ConversationRef) => void;
  readonly window: (tab: string, conversation: ConversationRef) => Window | undefined;
  readonly windows: (conversation: ConversationRef) => readonly (readonly [tab: string, window: Window])[];
  /** Everybody is brought a whole snapshot next, and goes on showing what it shows. */
  readonly whole: () => void;
  /** Everybody starts from a new snapshot: another account, or none. */
  readonly forget: () => void;
}

export function createTabs(send: (tab: string, message: CoreMessage) => void): Tabs {
  const tabs = new Map<string, Tab>();
  const push = (tab: string, each: Push): void => send(tab, { type: "push", push: each });
  return {
    join: (tab) => void tabs.set(tab, { told: undefined, windows: new Map() }),
    leave: (tab) => void tabs.delete(tab),
    names: () => Array.from(tabs.keys()),
    bring: (name, snapshot) => {
      const tab = tabs.get(name);
      if (!tab) return;
      if (tab.told) for (const each of difference(tab.told, snapshot)) push(name, each);
      else push(name, { type: "snapshot", snapshot });
      tab.told = snapshot;
    },
    push,
    pushAll: (each) => {
      for (const name of tabs.keys()) push(name, each);
    },
    show: (name, conversation) => {
      const windows = tabs.get(name)?.windows;
      if (windows && !windows.has(conversation)) windows.set(conversation, emptyWindow());
    },
    hide: (name, conversation) => void tabs.get(name)?.windows.delete(conversation),
    window: (name, conversation) => tabs.get(name)?.windows.get(conversation),
    windows: (conversation) =>
      Array.from(tabs).flatMap(([name, { windows }]) => {
        const window = windows.get(conversation);
        return window ? [[name, window] as const] : [];
      }),
    whole: () => {
      for (const tab of tabs.values()) tab.told = undefined;
    },
    forget: () => {
      for (const tab of tabs.values()) {
        tab.told = undefined;
        tab.windows.clear();
      }
    },
  };
}
