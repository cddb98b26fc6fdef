/**
 * What a tab meets before the home is loaded: for a browser without accounts, at once, that nobody is signed in, so
 * that the form can be shown while everything behind it is still on its way. [V41]
 */
import { emptySnapshot, type Session } from "@megachat/view";
import type { CoreMessage, TabMessage } from "../rpc/messages.ts";
import type { Host } from "../rpc/relay.ts";

export interface Porch extends Host {
  readonly handOver: (host: Host) => void;
  /** The home cannot be loaded: the worker is of no use. */
  readonly collapse: () => void;
}

/** `isEmpty` tells whether this browser holds no account. */
export function openPorch(send: (tab: string, message: CoreMessage) => void, isEmpty: () => Promise<boolean>): Porch {
  const tabs = new Set<string>();
  const waiting: { readonly tab: string; readonly message: TabMessage }[] = [];
  let session: Session = { at: "starting" };
  let home: Host | undefined;

  const tell = (next: Session): void => {
    if (home) return;
    session = next;
    for (const tab of tabs) send(tab, { type: "push", push: { type: "session", session } });
  };
  isEmpty().then(
    (empty) => void (empty && tell({ at: "signedOut", lastHandle: null, because: null, signUp: null })),
    () => {},
  );

  return {
    joined: (tab) => {
      if (home) return home.joined(tab);
      tabs.add(tab);
      send(tab, { type: "push", push: { type: "snapshot", snapshot: { ...emptySnapshot, session } } });
    },
    gone: (tab) => {
      if (home) return home.gone(tab);
      tabs.delete(tab);
    },
    receive: (tab, message) => {
      if (home) return home.receive(tab, message);
      waiting.push({ tab, message });
    },
    handOver: (host) => {
      home = host;
      for (const tab of tabs) host.joined(tab);
      for (const { tab, message } of waiting.splice(0)) if (tabs.has(tab)) host.receive(tab, message);
    },
    collapse: () => tell({ at: "broken", reason: { type: "workerCrashed" } }),
  };
}
