/** The connection within the core's step: its coming and going, and which part a reply or push is for. [Y5] */
import { after as later, bytesEqual, minutes, toHex, type Instant } from "@megachat/base";
import type { Push, Reply } from "@megachat/wire";
import * as account from "../account/index.ts";
import * as calls from "../call/index.ts";
import * as contacts from "../contact/index.ts";
import * as conversations from "../conversation/index.ts";
import { retryAfter } from "../patience.ts";
import type { Hex, Recalled } from "../step.ts";
import { contactContext, setLive, type Desk } from "./desk.ts";
import { toAccount, toContacts } from "./people.ts";
import { phone } from "./phone.ts";
import { inConversation } from "./talk.ts";

const HEADS = "core:heads";

/** Milliseconds until heads that the server did not give are asked for again, where it does not say. */
const HEADS_PAUSE = 30_000;
/** So often we ask whether anything is there that was not pushed: a push can be lost or kept back, and silence is honest. */
const LOOK_EVERY = minutes(10);

export function linkChanged(desk: Desk, online: boolean): void {
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
  if (!reply.more || !last) return lookAt(desk, later(desk.now, LOOK_EVERY));
  if (toHex(last.log) > after) askHeads(desk, last.log);
  else putHeadsOff(desk, reply);
}

function putHeadsOff(desk: Desk, reply: Reply): void {
  lookAt(desk, retryAfter(desk.now, reply.type === "slowDown" ? reply.retryAfterMs : HEADS_PAUSE));
}

function lookAt(desk: Desk, time: Instant): void {
  setLive(desk, { headsAt: time });
  desk.effects.push({ type: "wakeAt", time });
}

/** Called as time passes: looks again for rows and for what is in the inbox. [Y11] */
export function lookAgain(desk: Desk): void {
  const { headsAt } = desk.state.live;
  if (headsAt === null || desk.now < headsAt) return;
  askHeads(desk, null);
  const { powers, state, now } = desk;
  desk.parts.contacts(desk, contacts.lookAgain(powers, state.contacts, contactContext(state), now));
}

/** The reply to a request of some part; undefined when the connection broke before it came. */
export function replied(desk: Desk, key: string, reply: Reply | undefined): void {
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

/** Lines that a conversation has asked the disk for. */
export function recalled(desk: Desk, key: string, { from, to, lines }: Recalled): void {
  const [, hex = ""] = key.split(":");
  inConversation(desk, hex, (p, c, each) => conversations.recalled(p, c, each, { from, to }, lines));
}

export function pushed(desk: Desk, push: Push): void {
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
