/** Calls within the core's step: what they send, what stays of them, and who may not be talked to. [Y7] */
import { toHex } from "@megachat/base";
import * as calls from "../call/index.ts";
import * as contacts from "../contact/index.ts";
import * as conversations from "../conversation/index.ts";
import type { FromTab, Hex } from "../step.ts";
import { bytesOf, set, setLive, type Desk } from "./desk.ts";
import { inConversation } from "./talk.ts";

export function phone(desk: Desk, input: calls.CallInput): calls.CallsStep["outcome"] {
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

/** A conversation is watched while it is on a screen or in a call: signed heads pass. */
export function watchCall(desk: Desk): void {
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

export function fromTab(desk: Desk, told: FromTab): void {
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

export function showIn(desk: Desk, hex: Hex, tab: string, visible: boolean): void {
  const tabs = new Set(desk.state.live.shownBy.get(hex));
  if (visible) tabs.add(tab);
  else tabs.delete(tab);
  const shownBy = new Map(desk.state.live.shownBy);
  if (tabs.size > 0) shownBy.set(hex, tabs);
  else shownBy.delete(hex);
  setLive(desk, { shownBy });
}
