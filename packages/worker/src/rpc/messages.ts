/**
 * What passes between a tab, its worker and the worker that leads. Both directions are judged where they arrive: a page
 * of our origin is not one of our programs just because it found the channel. [V30]
 */
import type { Intent, Push } from "@megachat/view";
import { anything, isRecord, ref, shape, word, type Check } from "./check.ts";
import { readIntent } from "./intents.ts";

/** From a tab to the core. */
export type TabMessage =
  | { readonly type: "intent"; readonly id: string; readonly intent: Intent }
  /** From the tab's media surface; the core judges it. */
  | { readonly type: "media"; readonly event: unknown };

/** From the core to one tab. */
export type CoreMessage =
  | { readonly type: "push"; readonly push: Push }
  | { readonly type: "answer"; readonly id: string; readonly answer: unknown }
  | { readonly type: "media"; readonly command: unknown };

/** Between workers, on the channel that all of an origin hear. A term is one worker's time as leader. */
export type ChannelMessage =
  /** Somebody leads: answered to `whoLeads`, and said to all when it begins. */
  | { readonly type: "leading"; readonly term: string }
  | { readonly type: "whoLeads" }
  | { readonly type: "join"; readonly term: string; readonly tab: string }
  | { readonly type: "toCore"; readonly term: string; readonly tab: string; readonly message: TabMessage }
  | { readonly type: "toTab"; readonly term: string; readonly tab: string; readonly message: CoreMessage };

const pushes: { readonly [T in Push["type"]]: Check<object> } = {
  snapshot: shape({ type: word("snapshot"), snapshot: isRecord }),
  session: shape({ type: word("session"), session: isRecord }),
  contacts: shape({ type: word("contacts"), put: isList, gone: isList }),
  conversations: shape({ type: word("conversations"), put: isList, gone: isList }),
  listsReady: shape({ type: word("listsReady") }),
  accountAlarms: shape({ type: word("accountAlarms"), alarms: isList }),
  invitations: shape({ type: word("invitations"), invitations: isList }),
  call: (value): value is object => isRecord(value) && "call" in value && (value["call"] === null || isRecord(value["call"])),
  settings: shape({ type: word("settings"), settings: isRecord }),
  messages: shape({ type: word("messages"), conversation: ref, put: isList, gone: isList }),
  notice: shape({ type: word("notice"), notice: isRecord }),
};

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** A push of a known kind with the parts of its kind; what is in them was made by our own core. */
export function readPush(value: unknown): Push | undefined {
  if (!isRecord(value)) return undefined;
  const type = value["type"];
  return typeof type === "string" && Object.hasOwn(pushes, type) && pushes[type as Push["type"]](value)
    ? (value as unknown as Push)
    : undefined;
}

export function readTabMessage(value: unknown): TabMessage | undefined {
  if (isIntentMessage(value)) {
    const intent = readIntent(value.intent);
    return intent && { type: "intent", id: value.id, intent };
  }
  return isMediaEvent(value) ? value : undefined;
}
const isIntentMessage = shape({ type: word("intent"), id: ref, intent: anything });
const isMediaEvent = shape({ type: word("media"), event: anything });

export function readCoreMessage(value: unknown): CoreMessage | undefined {
  if (isPushMessage(value)) {
    const push = readPush(value.push);
    return push && { type: "push", push };
  }
  return isAnswer(value) || isMediaCommand(value) ? value : undefined;
}
const isPushMessage = shape({ type: word("push"), push: anything });
const isAnswer = shape({ type: word("answer"), id: ref, answer: anything });
const isMediaCommand = shape({ type: word("media"), command: anything });

export function readChannelMessage(value: unknown): ChannelMessage | undefined {
  if (isAnnouncement(value)) return value;
  if (isQuestion(value) || isJoin(value)) return value;
  if (isToCore(value)) {
    const message = readTabMessage(value.message);
    return message && { ...value, message };
  }
  if (isToTab(value)) {
    const message = readCoreMessage(value.message);
    return message && { ...value, message };
  }
  return undefined;
}
const isAnnouncement = shape({ type: word("leading"), term: ref });
const isQuestion = shape({ type: word("whoLeads") });
const isJoin = shape({ type: word("join"), term: ref, tab: ref });
const isToCore = shape({ type: word("toCore"), term: ref, tab: ref, message: anything });
const isToTab = shape({ type: word("toTab"), term: ref, tab: ref, message: anything });
