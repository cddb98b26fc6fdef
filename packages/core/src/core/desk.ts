/** The workbench of one step of the whole core, and how its parts reach one another. [Y6] */
import { bytesEqual, toHex, type Instant } from "@megachat/base";
import type { AccountEntry } from "@megachat/wire";
import * as account from "../account/index.ts";
import type * as calls from "../call/index.ts";
import * as contacts from "../contact/index.ts";
import type * as conversations from "../conversation/index.ts";
import type { CoreState } from "../core-state.ts";
import type { Effect, Hex, Powers } from "../step.ts";

/** The workbench of one step. */
export interface Desk {
  state: CoreState;
  readonly effects: Effect[];
  readonly powers: Powers;
  readonly now: Instant;
  readonly parts: Parts;
}

/**
 * Who takes what a part has come to. People, conversations and calls tell one another in circles; that they do so
 * through here keeps their files free of one.
 */
export interface Parts {
  readonly account: (desk: Desk, stepped: account.AccountStep) => void;
  readonly contacts: (desk: Desk, stepped: contacts.ContactStep) => void;
  readonly phone: (desk: Desk, input: calls.CallInput) => calls.CallsStep["outcome"];
}

export const set = (desk: Desk, to: Partial<CoreState>): void => {
  desk.state = { ...desk.state, ...to };
};

export const setLive = (desk: Desk, to: Partial<CoreState["live"]>): void => set(desk, { live: { ...desk.state.live, ...to } });

export const contactContext = (state: CoreState): contacts.ContactContext => ({
  self: state.account.self,
  profile: state.account.profile,
  conversationWith: (other) => conversationWith(state, other)?.id ?? null,
});

/** The direct conversation with an account: the one that goes on. A tie between two goes to the lower id. */
export function conversationWith(state: CoreState, other: Uint8Array): conversations.Conversation | undefined {
  const all = [...state.conversations].filter(([, each]) => bytesEqual(each.with, other) && !each.ended);
  return all.toSorted(([a], [b]) => (a < b ? -1 : 1))[0]?.[1];
}

export const hexOf = (conversation: conversations.Conversation | undefined): Hex | null =>
  conversation ? toHex(conversation.id) : null;

export const talkContext = ({ state, now }: Desk): conversations.Context => {
  const { self, profile } = state.account;
  return {
    now,
    online: state.live.online,
    self: {
      account: self.account,
      device: self.device,
      signatureSeed: self.signatureSeed,
      listVersion: self.deviceList.version,
      listHash: self.deviceList.hash,
    },
    run: state.live.run,
    maySend: (other) => contacts.maySend(state.contacts, other),
    mayShow: (other) => contacts.mayShow(state.contacts, other),
    readReceipts: account.settingsOf(profile).readReceipts === true,
  };
};

/** Entries for the account log, folded already by whoever made them. */
export function write(desk: Desk, entries: readonly AccountEntry[]): void {
  if (entries.length > 0) desk.parts.account(desk, account.appendEntries(desk.powers, desk.state.account, entries, desk.now));
}

export const bytesOf = (hex: Hex): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
