/** Being brought into a conversation: trust decides before anything is adopted. [Note: Held Welcomes] */
import { bytesEqual, toHex } from "@megachat/base";
import type { InboxItem, Roster } from "@megachat/wire";
import * as account from "../account/index.ts";
import * as contacts from "../contact/index.ts";
import * as conversations from "../conversation/index.ts";
import { contactContext, setLive, talkContext, type Desk } from "./desk.ts";
import { cameToNothing, fromConversation, handOver, remember, sendName } from "./talk.ts";

const CLEAR = "core:clear";

/** The position of the commit that founds a conversation. */
const FOUNDING = 1;

/** Someone brings us into a conversation. Trust decides before anything is adopted. */
export function welcome(desk: Desk, item: InboxItem): void {
  const { powers } = desk;
  const clear = (): void => {
    desk.effects.push({ type: "ask", key: `${CLEAR}:${item.item}`, request: { type: "clearInbox", item: item.item } });
  };
  const staged = powers.engine.stageWelcome(item.body);
  if (!staged.ok) {
    powers.log.warn("welcomeRefused", { why: staged.error.type });
    const { contacts: people } = desk.state;
    return desk.parts.contacts(desk, contacts.spoilt(powers, people, contactContext(desk.state), item.item, desk.now));
  }
  const judged = contacts.judgeWelcome(desk.state.contacts, desk.state.account.self, staged.value);
  const { position } = item;
  if (judged.type === "refuse" && (judged.why === "notAsked" || judged.why === "blocked")) {
    powers.engine.dropWelcome();
    return hold(desk, item);
  }
  if (judged.type === "accept" && position !== FOUNDING) {
    // The commit that brings two together is the first row there is. Elsewhere the server would have us read another log.
    powers.engine.dropWelcome();
    powers.log.warn("welcomeRefused", { why: "position" });
    return desk.parts.account(desk, account.raiseAccountAlarm(powers, desk.state.account, "notAuthentic", desk.now));
  }
  if (judged.type === "refuse") {
    powers.engine.dropWelcome();
    powers.log.warn("welcomeRefused", { why: judged.why });
    desk.parts.account(desk, account.raiseAccountAlarm(powers, desk.state.account, "strangerWelcome", desk.now));
    if (judged.why === "otherKey") noteOtherKey(desk, staged.value.roster, judged.account);
    return clear();
  }
  powers.engine.adoptWelcome();
  const hex = toHex(staged.value.conversation);
  fromConversation(desk, hex, conversations.join(powers, talkContext(desk), staged.value, FOUNDING, judged.account));
  for (const [each, old] of desk.state.conversations)
    if (each !== hex && bytesEqual(old.with, judged.account) && cameToNothing(desk, old)) handOver(desk, old, hex);
  remember(desk, hex, { turn: FOUNDING, epoch: staged.value.epoch });
  const { lastResort } = staged.value;
  desk.parts.account(desk, account.keyPackageUsed(powers, desk.state.account, { lastResort }, desk.now));
  desk.parts.contacts(desk, contacts.welcomed(powers, desk.state.contacts, contactContext(desk.state), judged.account, desk.now));
  if (desk.state.account.profile.displayName !== null) sendName(desk, hex);
  clear();
}

/** Somebody we know came under another key than the one pinned: that is shown as a changed key. */
function noteOtherKey(desk: Desk, roster: Roster, other: Uint8Array | null): void {
  const entry = roster.accounts.find((each) => other !== null && bytesEqual(each.account, other));
  if (!entry) return;
  const { account: who, n, identityKey } = entry;
  const seen = { account: who, n, identityKey };
  desk.parts.contacts(desk, contacts.noteIdentity(desk.powers, desk.state.contacts, contactContext(desk.state), seen, desk.now));
}

/**
 * An answer that comes when we do not want it (any more) stays in the inbox: two people have one conversation, so if it
 * were thrown away they could never talk again. It is judged anew when our mind changes. [Note: Held Welcomes]
 */
function hold(desk: Desk, item: InboxItem): void {
  const held = desk.state.live.heldWelcomes.filter((each) => each.item !== item.item);
  setLive(desk, { heldWelcomes: [...held, item].slice(-MAX_HELD) });
}

/** More stay at the server, and come again with the next connection. */
const MAX_HELD = 64;

export function judgeHeldAgain(desk: Desk): void {
  const held = desk.state.live.heldWelcomes;
  if (held.length === 0) return;
  setLive(desk, { heldWelcomes: [] });
  for (const item of held) welcome(desk, item);
}
