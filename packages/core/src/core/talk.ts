/** Conversations within the core's step: who hears what was said in them, and how they begin and end. [Y6] */
import { bytesEqual, toHex } from "@megachat/base";
import * as calls from "../call/index.ts";
import * as contacts from "../contact/index.ts";
import * as conversations from "../conversation/index.ts";
import type { Hex, Powers } from "../step.ts";
import { contactContext, set, talkContext, write, type Desk } from "./desk.ts";

type Talk = (powers: Powers, context: conversations.Context, conversation: conversations.Conversation) => conversations.Stepped;

/** Steps one conversation; one that we are not in (any more, or yet) is passed over. */
export function inConversation(desk: Desk, hex: Hex, talk: Talk): void {
  const conversation = desk.state.conversations.get(hex);
  if (conversation) fromConversation(desk, hex, talk(desk.powers, talkContext(desk), conversation));
}

export function fromConversation(desk: Desk, hex: Hex, stepped: conversations.Stepped): void {
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
      if (input) desk.parts.phone(desk, input);
      return;
    }
    case "callSignal": {
      // Nobody rings here, nor moves a call of ours, whom we would not call.
      if (!contacts.mayRing(desk.state.contacts, other)) return;
      const input = calls.fromSignal(hex, senderOf(desk, happening), happening.signal);
      if (input) desk.parts.phone(desk, input);
      return;
    }
    case "listSeen": {
      const told = {
        account: Uint8Array.from(happening.account),
        version: happening.version,
        hash: Uint8Array.from(happening.hash),
      };
      if (bytesEqual(told.account, desk.state.account.self.account)) return;
      desk.parts.contacts(desk, contacts.heardFrom(powers, desk.state.contacts, contactContext(desk.state), told.account, now));
      return desk.parts.contacts(desk, contacts.noteList(powers, desk.state.contacts, contactContext(desk.state), told, now));
    }
    case "named": {
      const named = { account: Uint8Array.from(happening.account), displayName: happening.displayName };
      return desk.parts.contacts(desk, contacts.heardName(powers, desk.state.contacts, contactContext(desk.state), named, now));
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
      desk.parts.phone(desk, { type: "epoch", conversation: hex, removal: happening.removal, devices });
      return;
    }
    case "callRefused":
      desk.parts.phone(desk, { type: "refused", conversation: hex, call: happening.call });
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
export function sendName(desk: Desk, hex: Hex): void {
  const conversation = desk.state.conversations.get(hex);
  if (!conversation || contacts.maySend(desk.state.contacts, conversation.with) !== "yes") return;
  const { displayName } = desk.state.account.profile;
  inConversation(desk, hex, (p, c, each) => conversations.sendName(p, c, each, displayName ?? ""));
}

/** How far a conversation is, in the account log: no device of this account will go back below. */
export function remember(desk: Desk, hex: Hex, at: { readonly turn: number; readonly epoch: number }): void {
  const conversation = desk.state.conversations.get(hex);
  if (!conversation) return;
  const { id, with: other, conversationKey } = conversation;
  const { turn, epoch } = at;
  write(desk, [{ type: "conversationEntry", conversation: id, with: other, conversationKey, turn, epoch }]);
}

export function found(desk: Desk, wanted: contacts.Found): void {
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
export function handOver(desk: Desk, gone: conversations.Conversation, to: Hex): void {
  const rest = new Map(desk.state.conversations);
  rest.delete(toHex(gone.id));
  set(desk, { conversations: rest });
  desk.effects.push({ type: "store", put: "row", space: "conversation", key: gone.id, value: null });
  inConversation(desk, to, (p, c, each) => conversations.inherit(p, c, each, gone));
}

/** Never stored, and its keys are gone: the server knows another one of the two. */
export const cameToNothing = (desk: Desk, conversation: conversations.Conversation): boolean =>
  conversation.position === 0 && desk.powers.engine.state(conversation.id) === undefined;
