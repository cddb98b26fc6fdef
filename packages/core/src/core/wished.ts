/** What the user asks within the core's step, and the answers. [Y6] */
import { encodeUtf8, err, ok } from "@megachat/base";
import * as account from "../account/index.ts";
import * as calls from "../call/index.ts";
import * as contacts from "../contact/index.ts";
import * as conversations from "../conversation/index.ts";
import type { Hex } from "../step.ts";
import { isCallWish, type CallWish, type ConversationWish, type CoreWish } from "../wishes.ts";
import { bytesOf, talkContext, type Desk } from "./desk.ts";
import { toAccount, toContacts } from "./people.ts";
import { phone, showIn } from "./phone.ts";
import { fromConversation, inConversation } from "./talk.ts";

export function wished(desk: Desk, intent: string, from: string, wish: CoreWish): void {
  // While the server still takes it: the other side is told.
  if (wish.type === "signOut" && desk.state.live.online) phone(desk, { type: "leaving", told: true });
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
