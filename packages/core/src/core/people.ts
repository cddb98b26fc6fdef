/** The account and people within the core's step. [Y6] */
import * as account from "../account/index.ts";
import * as contacts from "../contact/index.ts";
import * as conversations from "../conversation/index.ts";
import type { Input } from "../step.ts";
import { contactContext, conversationWith, hexOf, set, write, type Desk } from "./desk.ts";
import { phone } from "./phone.ts";
import { found, inConversation, sendName } from "./talk.ts";
import { judgeHeldAgain, welcome } from "./welcome.ts";

export function toAccount(desk: Desk, input: Input<account.AccountWish>): void {
  fromAccount(desk, account.stepAccount(desk.powers, desk.state.account, { now: desk.now, input }));
}

export function fromAccount(desk: Desk, stepped: account.AccountStep): void {
  const before = desk.state.account.profile.displayName;
  set(desk, { account: stepped.state });
  desk.effects.push(...stepped.effects);
  if (stepped.effects.some(({ type }) => type === "leave")) phone(desk, { type: "leaving", told: false });
  if (stepped.state.profile.displayName !== before) for (const hex of desk.state.conversations.keys()) sendName(desk, hex);
  if (stepped.folds.length > 0) {
    const { powers, state, now } = desk;
    fromContacts(desk, contacts.foldIntoContacts(powers, state.contacts, contactContext(state), stepped.folds, now));
  }
}

export function toContacts(desk: Desk, input: Input<contacts.ContactWish>): void {
  const { powers, state, now } = desk;
  fromContacts(desk, contacts.stepContacts(powers, state.contacts, contactContext(state), { now, input }));
}

export function fromContacts(desk: Desk, stepped: contacts.ContactStep): void {
  const before = desk.state.contacts.contacts;
  set(desk, { contacts: stepped.state });
  desk.effects.push(...stepped.effects);
  write(desk, stepped.entries);
  for (const each of stepped.found) found(desk, each);
  for (const item of stepped.welcomes) welcome(desk, item);
  for (const happening of stepped.happenings) heardOfPeople(desk, happening);
  if (stepped.state.contacts !== before) judgeHeldAgain(desk);
}

function heardOfPeople(desk: Desk, happening: contacts.ContactHappening): void {
  const line = (what: conversations.SystemEvent, own: boolean, count = 1): void => {
    const hex = happening.account && hexOf(conversationWith(desk.state, happening.account));
    if (hex) inConversation(desk, hex, (p, c, each) => conversations.noteEvent(p, c, each, what, { own, count }));
  };
  switch (happening.type) {
    case "requestReceived":
      desk.effects.push({ type: "notice", notice: { type: "requestReceived", account: happening.account } });
      return;
    case "becameContact":
      if (happening.byThem) desk.effects.push({ type: "notice", notice: { type: "requestAccepted", account: happening.account } });
      return;
    case "verified":
    case "unverified":
    case "blocked":
    case "unblocked":
      return line(happening.type, true);
    case "keysChanged":
      return line("keysChanged", false, happening.wasVerified ? 1 : 0);
    case "askedAgain": {
      const hex = hexOf(conversationWith(desk.state, happening.account));
      if (hex) inConversation(desk, hex, conversations.sayHello);
      return;
    }
    case "notAuthentic":
      return fromAccount(desk, account.raiseAccountAlarm(desk.powers, desk.state.account, "notAuthentic", desk.now));
    case "removed":
    case "keysAccepted":
      return;
  }
}
