/**
 * The core's one step: every input goes to the parts that it concerns, and what one part learns is told to the others,
 * within the same step and so within the same transaction. [Y1–Y10]
 */
import { bytesEqual, encodeUtf8, err, ok, toHex, type Instant } from "@megachat/base";
import type { AccountEntry, InboxItem, Push, Reply, Roster } from "@megachat/wire";
import * as account from "./account/index.ts";
import * as calls from "./call/index.ts";
import * as contacts from "./contact/index.ts";
import * as conversations from "./conversation/index.ts";
import type { CoreState } from "./core-state.ts";
import { retryAfter } from "./patience.ts";
import type { Effect, FromTab, Hex, Input, Powers, Stepped, Timed } from "./step.ts";
import { isCallWish, type CallWish, type ConversationWish, type CoreWish } from "./wishes.ts";

const HEADS = "core:heads";
/** Milliseconds until heads that the server did not give are asked for again, where it does not say. */
const HEADS_PAUSE = 30_000;
const CLEAR = "core:clear";

/** The workbench of one step. */
interface Desk {
  state: CoreState;
  readonly effects: Effect[];
  readonly powers: Powers;
  readonly now: Instant;
}

export function stepCore(powers: Powers, state: CoreState, timed: Timed<Input<CoreWish>>): Stepped<CoreState> {
  const desk: Desk = { state, effects: [], powers, now: timed.now };
  if (state.live.restored) {
    setLive(desk, { restored: null });
    phone(desk, state.live.restored);
  }
  take(desk, timed.input);
  watchCall(desk);
  return [desk.state, inOrder(desk.effects)];
}

/** What is written comes first, whatever part wrote it: the driver makes it durable before anything else happens. */
const inOrder = (effects: readonly Effect[]): readonly Effect[] => [
  ...effects.filter((effect) => effect.type === "store"),
  ...effects.filter((effect) => effect.type !== "store"),
];

const set = (desk: Desk, to: Partial<CoreState>): void => {
  desk.state = { ...desk.state, ...to };
};
const setLive = (desk: Desk, to: Partial<CoreState["live"]>): void => set(desk, { live: { ...desk.state.live, ...to } });

function take(desk: Desk, input: Input<CoreWish>): void {
  switch (input.type) {
    case "link":
      return linkChanged(desk, input.online);
    case "reply":
      return replied(desk, input.key, input.reply);
    case "unanswered":
      return replied(desk, input.key, undefined);
    case "push":
      return pushed(desk, input.push);
    case "intent":
      return wished(desk, input.intent, input.from, input.wish);
    case "media":
      return fromTab(desk, input.event);
    case "timeIs":
      toAccount(desk, { type: "timeIs" });
      toContacts(desk, { type: "timeIs" });
      for (const hex of desk.state.conversations.keys()) inConversation(desk, hex, conversations.tick);
      phone(desk, { type: "timeIs" });
      if (desk.state.live.headsAt !== null && desk.now >= desk.state.live.headsAt) askHeads(desk, null);
  }
}

// —— The connection ——————————————————————————————————————————————————————————————————————————————————————

function linkChanged(desk: Desk, online: boolean): void {
  // What was held is still in the inbox, which is read again now.
  setLive(desk, { online, heldWelcomes: [], headsAt: null });
  toAccount(desk, { type: "link", online });
  toContacts(desk, { type: "link", online });
  for (const hex of desk.state.conversations.keys())
    inConversation(desk, hex, (p, c, each) => conversations.linked(p, c, each, online));
  phone(desk, { type: "link", online });
  if (online) askHeads(desk, null);
  desk.effects.push({ type: "changed" });
}

function askHeads(desk: Desk, after: Uint8Array<ArrayBuffer> | null): void {
  setLive(desk, { headsAt: null });
  if (!desk.state.live.online) return;
  desk.effects.push({ type: "ask", key: `${HEADS}:${after ? toHex(after) : ""}`, request: { type: "fetchHeads", after } });
}

/** A page of heads. `after` is the log behind which it begins: pages that do not go on end nowhere. */
function headsCame(desk: Desk, after: Hex, reply: Reply | undefined): void {
  if (!reply) return;
  if (reply.type !== "heads") return putHeadsOff(desk, reply);
  for (const head of reply.heads) inConversation(desk, toHex(head.log), (p, c, each) => conversations.heard(p, c, each, head));
  const last = reply.heads.at(-1);
  if (!reply.more || !last) return;
  if (toHex(last.log) > after) askHeads(desk, last.log);
  else putHeadsOff(desk, reply);
}

function putHeadsOff(desk: Desk, reply: Reply): void {
  const headsAt = retryAfter(desk.now, reply.type === "slowDown" ? reply.retryAfterMs : HEADS_PAUSE);
  setLive(desk, { headsAt });
  desk.effects.push({ type: "wakeAt", time: headsAt });
}

/** The reply to a request of some part; undefined when the connection broke before it came. */
function replied(desk: Desk, key: string, reply: Reply | undefined): void {
  const input = reply ? ({ type: "reply", key, reply } as const) : ({ type: "unanswered", key } as const);
  if (key.startsWith(account.ACCOUNT_KEYS)) return toAccount(desk, input);
  if (key.startsWith(contacts.CONTACT_KEYS)) return toContacts(desk, input);
  if (key.startsWith(`${HEADS}:`)) return headsCame(desk, key.slice(HEADS.length + 1), reply);
  const [part, hex = "", what = "", detail = ""] = key.split(":");
  if (part === "conversation") {
    return inConversation(desk, hex, (p, c, each) =>
      reply ? conversations.answered(p, c, each, what, detail, reply) : conversations.unanswered(p, c, each, what, detail),
    );
  }
  if (part === "call") {
    const told = calls.fromReply(key, reply);
    if (told) phone(desk, told);
  }
}

function pushed(desk: Desk, push: Push): void {
  switch (push.type) {
    case "rowPush":
      if (bytesEqual(push.log, desk.state.account.self.account)) return toAccount(desk, { type: "push", push });
      return inConversation(desk, toHex(push.log), (p, c, each) => conversations.pushed(p, c, each, push.row));
    case "transientPush":
      return inConversation(desk, toHex(push.log), (p, c, each) => conversations.whispered(p, c, each, push.body));
    case "inboxPush":
      return toContacts(desk, { type: "push", push });
    case "sessionEnded":
      return toAccount(desk, { type: "push", push });
    case "goingAway":
      return;
  }
}

// —— The account and people ——————————————————————————————————————————————————————————————————————————————

function toAccount(desk: Desk, input: Input<account.AccountWish>): void {
  fromAccount(desk, account.stepAccount(desk.powers, desk.state.account, { now: desk.now, input }));
}

function fromAccount(desk: Desk, stepped: account.AccountStep): void {
  const before = desk.state.account.profile.displayName;
  set(desk, { account: stepped.state });
  desk.effects.push(...stepped.effects);
  if (stepped.state.profile.displayName !== before) for (const hex of desk.state.conversations.keys()) sendName(desk, hex);
  if (stepped.folds.length > 0) {
    const { powers, state, now } = desk;
    fromContacts(desk, contacts.foldIntoContacts(powers, state.contacts, contactContext(state), stepped.folds, now));
  }
}

const contactContext = (state: CoreState): contacts.ContactContext => ({
  self: state.account.self,
  profile: state.account.profile,
  conversationWith: (other) => conversationWith(state, other)?.id ?? null,
});

/** The direct conversation with an account: the one that goes on. A tie between two goes to the lower id. */
export function conversationWith(state: CoreState, other: Uint8Array): conversations.Conversation | undefined {
  const all = [...state.conversations].filter(([, each]) => bytesEqual(each.with, other) && !each.ended);
  return all.toSorted(([a], [b]) => (a < b ? -1 : 1))[0]?.[1];
}

function toContacts(desk: Desk, input: Input<contacts.ContactWish>): void {
  const { powers, state, now } = desk;
  fromContacts(desk, contacts.stepContacts(powers, state.contacts, contactContext(state), { now, input }));
}

function fromContacts(desk: Desk, stepped: contacts.ContactStep): void {
  const before = desk.state.contacts.contacts;
  set(desk, { contacts: stepped.state });
  desk.effects.push(...stepped.effects);
  write(desk, stepped.entries);
  for (const each of stepped.found) found(desk, each);
  for (const item of stepped.welcomes) welcome(desk, item);
  for (const happening of stepped.happenings) heardOfPeople(desk, happening);
  if (stepped.state.contacts !== before) judgeHeldAgain(desk);
}

/** Entries for the account log, folded already by whoever made them. */
function write(desk: Desk, entries: readonly AccountEntry[]): void {
  if (entries.length > 0) fromAccount(desk, account.appendEntries(desk.powers, desk.state.account, entries, desk.now));
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

// —— Conversations ———————————————————————————————————————————————————————————————————————————————————————

const hexOf = (conversation: conversations.Conversation | undefined): Hex | null => (conversation ? toHex(conversation.id) : null);

const talkContext = ({ state, now }: Desk): conversations.Context => {
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

type Talk = (powers: Powers, context: conversations.Context, conversation: conversations.Conversation) => conversations.Stepped;

/** Steps one conversation; one that we are not in (any more, or yet) is passed over. */
function inConversation(desk: Desk, hex: Hex, talk: Talk): void {
  const conversation = desk.state.conversations.get(hex);
  if (conversation) fromConversation(desk, hex, talk(desk.powers, talkContext(desk), conversation));
}

function fromConversation(desk: Desk, hex: Hex, stepped: conversations.Stepped): void {
  if (desk.state.conversations.get(hex) !== stepped.conversation)
    set(desk, { conversations: new Map(desk.state.conversations).set(hex, stepped.conversation) });
  desk.effects.push(...stepped.effects);
  for (const happening of stepped.happenings) heardInConversation(desk, hex, stepped.conversation, happening);
}

function heardInConversation(
  desk: Desk,
  hex: Hex,
  { id, with: other }: conversations.Conversation,
  happening: conversations.Happening,
): void {
  const { powers, now } = desk;
  switch (happening.type) {
    case "callEvent": {
      const where = {
        conversation: hex,
        position: happening.position,
        at: happening.storedAt,
        mayRing: contacts.mayRing(desk.state.contacts, other),
      };
      const input = calls.fromEvent(where, senderOf(desk, happening), happening.event);
      if (input) phone(desk, input);
      return;
    }
    case "callSignal": {
      // Nobody rings here, nor moves a call of ours, whom we would not call.
      if (!contacts.mayRing(desk.state.contacts, other)) return;
      const input = calls.fromSignal(hex, senderOf(desk, happening), happening.signal);
      if (input) phone(desk, input);
      return;
    }
    case "listSeen": {
      const told = {
        account: Uint8Array.from(happening.account),
        version: happening.version,
        hash: Uint8Array.from(happening.hash),
      };
      if (bytesEqual(told.account, desk.state.account.self.account)) return;
      fromContacts(desk, contacts.heardFrom(powers, desk.state.contacts, contactContext(desk.state), told.account, now));
      return fromContacts(desk, contacts.noteList(powers, desk.state.contacts, contactContext(desk.state), told, now));
    }
    case "named": {
      const named = { account: Uint8Array.from(happening.account), displayName: happening.displayName };
      return fromContacts(desk, contacts.heardName(powers, desk.state.contacts, contactContext(desk.state), named, now));
    }
    case "received": {
      const conversation = desk.state.conversations.get(hex);
      if (conversation && !conversation.muted)
        desk.effects.push({
          type: "notice",
          notice: { type: "messageReceived", conversation: id, messageId: happening.messageId },
        });
      return;
    }
    case "floor":
      return remember(desk, hex, happening);
    case "founded":
      return founded(desk, hex);
    case "foundElsewhere":
      return foundElsewhere(desk, hex);
    case "epochChanged": {
      const members = powers.engine.state(id)?.members ?? [];
      const devices = members.map(({ certificate }) => toHex(certificate.device));
      phone(desk, { type: "epoch", conversation: hex, removal: happening.removal, devices });
      return;
    }
    case "callRefused":
      phone(desk, { type: "refused", conversation: hex, call: happening.call });
  }
}

/** Who an event or signal is from, as signature and membership proved it. */
function senderOf(
  { state }: Desk,
  { account: who, device }: { readonly account: Uint8Array; readonly device: Uint8Array },
): calls.Sender {
  const { self } = state.account;
  return {
    account: bytesEqual(who, self.account) ? "own" : "peer",
    device: toHex(device),
    thisDevice: bytesEqual(device, self.device),
  };
}

/** A name is sealed content: whoever we talk with learns it from us, and the server from nobody. */
function sendName(desk: Desk, hex: Hex): void {
  const conversation = desk.state.conversations.get(hex);
  if (!conversation || contacts.maySend(desk.state.contacts, conversation.with) !== "yes") return;
  const { displayName } = desk.state.account.profile;
  inConversation(desk, hex, (p, c, each) => conversations.sendName(p, c, each, displayName ?? ""));
}

/** How far a conversation is, in the account log: no device of this account will go back below. */
function remember(desk: Desk, hex: Hex, at: { readonly turn: number; readonly epoch: number }): void {
  const conversation = desk.state.conversations.get(hex);
  if (!conversation) return;
  const { id, with: other, conversationKey } = conversation;
  const { turn, epoch } = at;
  write(desk, [{ type: "conversationEntry", conversation: id, with: other, conversationKey, turn, epoch }]);
}

function found(desk: Desk, wanted: contacts.Found): void {
  const { conversation: id, with: other, suite, conversationKey, pending } = wanted;
  const stepped = conversations.found(desk.powers, talkContext(desk), { id, with: other, suite, conversationKey }, pending);
  fromConversation(desk, toHex(id), stepped);
}

function founded(desk: Desk, hex: Hex): void {
  remember(desk, hex, { turn: 1, epoch: 1 });
  if (desk.state.account.profile.displayName !== null) sendName(desk, hex);
}

/** The other was quicker: its Welcome is here or on the way, and our founding never was. */
function foundElsewhere(desk: Desk, hex: Hex): void {
  const gone = desk.state.conversations.get(hex);
  const other = gone && [...desk.state.conversations].find(([each, { with: who }]) => each !== hex && bytesEqual(who, gone.with));
  if (gone && other) handOver(desk, gone, other[0]);
}

/** A conversation that came to nothing goes, and what was written in it goes out in the one that there is. */
function handOver(desk: Desk, gone: conversations.Conversation, to: Hex): void {
  const rest = new Map(desk.state.conversations);
  rest.delete(toHex(gone.id));
  set(desk, { conversations: rest });
  desk.effects.push({ type: "store", put: "row", space: "conversation", key: gone.id, value: null });
  inConversation(desk, to, (p, c, each) => conversations.inherit(p, c, each, gone));
}

/** Never stored, and its keys are gone: the server knows another one of the two. */
const cameToNothing = (desk: Desk, conversation: conversations.Conversation): boolean =>
  conversation.position === 0 && desk.powers.engine.state(conversation.id) === undefined;

/** The position of the commit that founds a conversation. */
const FOUNDING = 1;

/** Someone brings us into a conversation. Trust decides before anything is adopted. */
function welcome(desk: Desk, item: InboxItem): void {
  const { powers } = desk;
  const clear = (): void => {
    desk.effects.push({ type: "ask", key: `${CLEAR}:${item.item}`, request: { type: "clearInbox", item: item.item } });
  };
  const staged = powers.engine.stageWelcome(item.body);
  if (!staged.ok) {
    powers.log.warn("welcomeRefused", { why: staged.error.type });
    return clear();
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
    return fromAccount(desk, account.raiseAccountAlarm(powers, desk.state.account, "notAuthentic", desk.now));
  }
  if (judged.type === "refuse") {
    powers.engine.dropWelcome();
    powers.log.warn("welcomeRefused", { why: judged.why });
    fromAccount(desk, account.raiseAccountAlarm(powers, desk.state.account, "strangerWelcome", desk.now));
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
  fromAccount(desk, account.keyPackageUsed(powers, desk.state.account, { lastResort }, desk.now));
  fromContacts(desk, contacts.welcomed(powers, desk.state.contacts, contactContext(desk.state), judged.account, desk.now));
  if (desk.state.account.profile.displayName !== null) sendName(desk, hex);
  clear();
}

/** Somebody we know came under another key than the one pinned: that is shown as a changed key. */
function noteOtherKey(desk: Desk, roster: Roster, other: Uint8Array | null): void {
  const entry = roster.accounts.find((each) => other !== null && bytesEqual(each.account, other));
  if (!entry) return;
  const { account: who, n, identityKey } = entry;
  const seen = { account: who, n, identityKey };
  fromContacts(desk, contacts.noteIdentity(desk.powers, desk.state.contacts, contactContext(desk.state), seen, desk.now));
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

function judgeHeldAgain(desk: Desk): void {
  const held = desk.state.live.heldWelcomes;
  if (held.length === 0) return;
  setLive(desk, { heldWelcomes: [] });
  for (const item of held) welcome(desk, item);
}

// —— Calls ———————————————————————————————————————————————————————————————————————————————————————————————

function phone(desk: Desk, input: calls.CallInput): calls.CallsStep["outcome"] {
  const stepped = calls.stepCalls(desk.powers, desk.state.phone, desk.now, input);
  set(desk, { phone: stepped.phone });
  desk.effects.push(...stepped.effects);
  for (const { conversation, event } of stepped.events)
    inConversation(desk, conversation, (p, c, each) => conversations.sendCallEvent(p, c, each, event));
  for (const { conversation, signal } of stepped.signals)
    inConversation(desk, conversation, (p, c, each) => conversations.whisper(p, c, each, { type: "callSignal", signal }));
  for (const { conversation, line } of stepped.lines) callLine(desk, conversation, line);
  return stepped.outcome;
}

/** A call's line stands once, when it is known how the call ended. */
function callLine(desk: Desk, hex: Hex, record: calls.CallRecord): void {
  if (record.outcome === "ringing" || record.outcome === "ongoing") return;
  const conversation = desk.state.conversations.get(hex);
  // A blocked person's calls leave their trace in the history, but call nobody to it.
  const unread =
    record.outcome === "missed" && conversation !== undefined && contacts.mayShow(desk.state.contacts, conversation.with);
  inConversation(desk, hex, (p, c, each) =>
    conversations.noteCall(p, c, each, { ...record, call: bytesOf(record.id) }, { unread }),
  );
}

const bytesOf = (hex: Hex): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));

/** A conversation is watched while it is on a screen or in a call: signed heads pass. */
function watchCall(desk: Desk): void {
  endDistrusted(desk);
  const inCall = calls.conversationInCall(desk.state.phone);
  const hex = inCall && toHex(inCall);
  for (const [each, { live }] of desk.state.conversations) {
    const shown = each === hex || (desk.state.live.shownBy.get(each)?.size ?? 0) > 0;
    if (live.shown !== shown) inConversation(desk, each, (p, c, conversation) => conversations.shown(p, c, conversation, shown));
  }
}

/** Whoever may not be sent to is not talked to either, whatever took the trust away. [Y7] */
function endDistrusted(desk: Desk): void {
  const { call, offers } = desk.state.phone;
  const present = call && call.at !== "ended" ? [call.conversation] : [];
  for (const hex of new Set([...present, ...offers.map(({ conversation }) => conversation)])) {
    const conversation = desk.state.conversations.get(hex);
    const may = conversation ? contacts.maySend(desk.state.contacts, conversation.with) : "removed";
    if (may !== "yes") phone(desk, { type: "distrusted", conversation: hex, why: may });
  }
}

function fromTab(desk: Desk, told: FromTab): void {
  switch (told.type) {
    case "event":
      phone(desk, calls.fromMedia(told));
      return;
    case "has":
      phone(desk, { type: "pageHas", page: told.page, call: told.call });
      return;
    case "gone":
      for (const hex of desk.state.live.shownBy.keys()) showIn(desk, hex, told.page, false);
      phone(desk, { type: "pageGone", page: told.page });
  }
}

// —— What the user asks ——————————————————————————————————————————————————————————————————————————————————

function wished(desk: Desk, intent: string, from: string, wish: CoreWish): void {
  if (account.accountWishes.has(wish.type))
    return toAccount(desk, { type: "intent", intent, from, wish: wish as account.AccountWish });
  if (contacts.contactWishes.has(wish.type))
    return toContacts(desk, { type: "intent", intent, from, wish: wish as contacts.ContactWish });
  if (isCallWish(wish)) return callWished(desk, intent, from, wish);
  return conversationWished(desk, intent, from, wish as ConversationWish);
}

const answer = (desk: Desk, intent: string, result: unknown): void => {
  desk.effects.push({ type: "answer", intent, result });
};

function conversationWished(desk: Desk, intent: string, from: string, wish: ConversationWish): void {
  switch (wish.type) {
    case "showConversation":
      showIn(desk, wish.conversation, from, wish.visible);
      return answer(desk, intent, null);
    case "hideConversation":
      showIn(desk, wish.conversation, from, false);
      return answer(desk, intent, null);
    case "markRead":
      inConversation(desk, wish.conversation, (p, c, each) => conversations.markRead(p, c, each, wish.position));
      return answer(desk, intent, null);
    case "saveDraft":
      inConversation(desk, wish.conversation, (p, c, each) => conversations.saveDraft(p, c, each, wish.text));
      return answer(desk, intent, null);
    case "typing":
      if (account.settingsOf(desk.state.account.profile).typingShown) inConversation(desk, wish.conversation, conversations.typing);
      return answer(desk, intent, null);
    case "setMutedConversation":
      inConversation(desk, wish.conversation, (p, c, each) => conversations.mute(p, c, each, wish.muted));
      return answer(desk, intent, null);
    case "dismissAlarm":
      inConversation(desk, wish.conversation, (p, c, each) => conversations.dismissAlarm(p, c, each, wish.alarm));
      return answer(desk, intent, null);
    case "send":
      return answer(desk, intent, send(desk, wish.conversation, wish.text));
    case "retry":
      inConversation(desk, wish.conversation, (p, c, each) => conversations.retryMessage(p, c, each, wish.messageId));
      return answer(desk, intent, ok(null));
    case "discard":
      return answer(desk, intent, discard(desk, wish.conversation, wish.messageId));
  }
}

function showIn(desk: Desk, hex: Hex, tab: string, visible: boolean): void {
  const tabs = new Set(desk.state.live.shownBy.get(hex));
  if (visible) tabs.add(tab);
  else tabs.delete(tab);
  const shownBy = new Map(desk.state.live.shownBy);
  if (tabs.size > 0) shownBy.set(hex, tabs);
  else shownBy.delete(hex);
  setLive(desk, { shownBy });
}

/** The answer names the message, or says why nothing was sent. The draft is emptied only by what was taken. */
function send(desk: Desk, hex: Hex, text: string): unknown {
  const conversation = desk.state.conversations.get(hex);
  if (!conversation) return err({ type: "unknownConversation" });
  const stepped = conversations.send(desk.powers, talkContext(desk), conversation, text, encodeUtf8(text).length);
  fromConversation(desk, hex, stepped);
  return stepped.sent.type === "queued" ? ok({ message: stepped.sent.messageId }) : err(stepped.sent);
}

function discard(desk: Desk, hex: Hex, messageId: Uint8Array): unknown {
  const conversation = desk.state.conversations.get(hex);
  if (!conversation) return err({ type: "alreadySent" });
  const stepped = conversations.discardMessage(desk.powers, talkContext(desk), conversation, messageId);
  fromConversation(desk, hex, stepped);
  return stepped.outcome === "discarded" ? ok(null) : err({ type: "alreadySent" });
}

function callWished(desk: Desk, intent: string, from: string, wish: CallWish): void {
  const { relayOnly } = account.settingsOf(desk.state.account.profile);
  const { random } = desk.powers;
  const gone = err({ type: "callGone" });
  const act = (input: calls.CallInput): unknown => (phone(desk, input) === "done" ? ok(null) : gone);
  switch (wish.type) {
    case "startCall":
      return answer(desk, intent, startCall(desk, from, wish));
    case "acceptCall":
      return answer(
        desk,
        intent,
        act(calls.acceptIntent(random, desk.state.phone, from, { ...wish, relayOnly: relayOnly === true })),
      );
    case "declineCall": {
      const { call } = desk.state.phone;
      const done = act({ type: "intent", page: from, intent: { type: "decline", call: wish.call } });
      if (done !== gone && wish.text !== null && call) send(desk, call.conversation, wish.text);
      return answer(desk, intent, done);
    }
    case "hangUp":
      return answer(desk, intent, act({ type: "intent", page: from, intent: { type: "hangUp", call: wish.call } }));
    case "setMuted":
      return answer(
        desk,
        intent,
        act({ type: "intent", page: from, intent: { type: "microphone", call: wish.call, on: !wish.muted } }),
      );
    case "setCamera":
      return answer(desk, intent, act({ type: "intent", page: from, intent: { type: "camera", call: wish.call, on: wish.on } }));
    case "dismissCall":
      act({ type: "intent", page: from, intent: { type: "dismiss", call: wish.call } });
      return answer(desk, intent, null);
  }
}

function startCall(
  desk: Desk,
  from: string,
  { conversation: hex, media }: Extract<CallWish, { readonly type: "startCall" }>,
): unknown {
  const conversation = desk.state.conversations.get(hex);
  if (!conversation) return err({ type: "unknownConversation" });
  if (conversation.ended) return err({ type: "held", reason: "peerLeft" });
  const may = contacts.maySend(desk.state.contacts, conversation.with);
  if (may !== "yes") return err({ type: "held", reason: may });
  if (!desk.state.live.online) return err({ type: "offline" });
  const { relayOnly } = account.settingsOf(desk.state.account.profile);
  const outcome = phone(
    desk,
    calls.startIntent(desk.powers.random, from, { conversation: hex, media, relayOnly: relayOnly === true }),
  );
  const { call } = desk.state.phone;
  return outcome === "done" && call ? ok({ call: bytesOf(call.id) }) : err({ type: "inCall" });
}

/** Right after sign-up, and after the password was given again: the recovery words can be shown. */
export const holdRecoveryKey = (state: CoreState, key: Parameters<typeof account.holdRecoveryKey>[1]): CoreState => ({
  ...state,
  account: account.holdRecoveryKey(state.account, key),
});

/** What the MLS engine needs to know of this device. */
export const deviceOf = ({ account: { self } }: CoreState) => ({
  certificate: self.certificate,
  signatureSeed: self.signatureSeed,
});
