/** The whole mind of a signed-in device, and how it comes back from the disk. [Y3] */
import { toHex, type Instant, type Random } from "@megachat/base";
import type { InboxItem } from "@megachat/wire";
import { restoreAccount, type AccountState, type StoredRow } from "./account/index.ts";
import { CALL_SPACE, restoreCalls, type CallInput, type Phone } from "./call/index.ts";
import { restoreContacts, type ContactsState } from "./contact/index.ts";
import * as conversations from "./conversation/index.ts";
import type { Hex } from "./step.ts";

export interface CoreState {
  readonly account: AccountState;
  readonly contacts: ContactsState;
  readonly conversations: ReadonlyMap<Hex, conversations.Conversation>;
  readonly phone: Phone;
  readonly live: CoreLive;
}

/** Known only to this run. */
export interface CoreLive {
  readonly online: boolean;
  /** 16 random bytes: our transient messages of this run. */
  readonly run: Uint8Array<ArrayBuffer>;
  /** What the phone has to be told first, after a start. */
  readonly restored: CallInput | null;
  /** Welcomes that our trust does not take now; they are still in the inbox. */
  readonly heldWelcomes: readonly InboxItem[];
  /** When heads and inbox are asked for again; null while the heads are on their way. */
  readonly headsAt: Instant | null;
  /** The tabs that show a conversation on a visible screen. */
  readonly shownBy: ReadonlyMap<Hex, ReadonlySet<string>>;
}

/** Null when a row is missing or damaged: the database is then of no use. Rows of other spaces are passed over. */
export function restoreCore(rows: readonly StoredRow[], random: Random): CoreState | null {
  const account = restoreAccount(rows);
  const contacts = restoreContacts(rows);
  const restored = restoreConversations(rows);
  if (!account || !contacts || !restored) return null;
  const [phone, input] = restoreCalls(rows.find(({ space }) => space === CALL_SPACE)?.value);
  const live: CoreLive = {
    online: false,
    run: random.bytes(16),
    restored: input,
    heldWelcomes: [],
    headsAt: null,
    shownBy: new Map(),
  };
  return { account, contacts, conversations: restored, phone, live };
}

function restoreConversations(rows: readonly StoredRow[]): ReadonlyMap<Hex, conversations.Conversation> | null {
  const outgoing = new Map<Hex, conversations.Outgoing>();
  const chains = new Map<Hex, { readonly position: number; readonly hash: Uint8Array<ArrayBuffer> }[]>();
  for (const { space, key, value } of rows) {
    if (space === "outbox") {
      const each = conversations.decodeOutgoing(value);
      if (!each) return null;
      outgoing.set(toHex(key), each);
    } else if (space === "chain") {
      const seen = conversations.decodeSeen(value);
      const hex = toHex(conversations.conversationOfChainKey(key));
      if (!seen) return null;
      const chain = chains.get(hex);
      if (chain) chain.push(seen);
      else chains.set(hex, [seen]);
    }
  }
  const all = new Map<Hex, conversations.Conversation>();
  for (const { space, key, value } of rows) {
    if (space !== "conversation") continue;
    const conversation = conversations.decodeConversation(value, {
      outgoing: (id) => outgoing.get(toHex(id)) ?? null,
      chain: chains.get(toHex(key)) ?? [],
    });
    if (!conversation) return null;
    all.set(toHex(key), conversation);
  }
  return all;
}
