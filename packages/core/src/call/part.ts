/**
 * The calls as a part of the core: the pure table on one side, the core's effects, bytes and replies on the other. [L4] [L8]
 *
 * Of each step the caller passes `events` to the conversation's outbox, `signals` to its transient messages and `lines`
 * to its lines, in this order, within the same core step.
 */
import { toHex, type Instant, type Random } from "@megachat/base";
import { CallEvent, CallSignal, decode, encode, type MediaCommand, type MediaEvent, type Reply } from "@megachat/wire";
import type { Effect, Powers } from "../step.ts";
import { keptFromRow, keptToRow } from "./at-rest.ts";
import { idBytes } from "./ending.ts";
import { drawJoin, sealFrameKeys, securityCode } from "./frame-keys.ts";
import { stepCall } from "./step.ts";
import {
  newPhone,
  type CallEffect,
  type CallInput,
  type CallMedia,
  type CallRecord,
  type Hex,
  type Page,
  type Phone,
  type Sender,
} from "./types.ts";

/** The space of the one row in which calls outlive a run of the core. */
export const CALL_SPACE = "call";
const ROW_KEY = new Uint8Array(16);

/** What a `media` effect carries: the client gives `command` to the media of `page`. */
export interface MediaMessage {
  readonly page: Page;
  readonly call: Hex;
  readonly command: MediaCommand;
}

export interface CallsStep {
  readonly phone: Phone;
  readonly effects: readonly Effect[];
  /** Durable: encoded `CallEvent`s for the conversation's outbox. */
  readonly events: readonly { readonly conversation: Hex; readonly event: Uint8Array<ArrayBuffer> }[];
  /** Encoded `CallSignal`s for the conversation's transient messages. */
  readonly signals: readonly { readonly conversation: Hex; readonly signal: Uint8Array<ArrayBuffer> }[];
  readonly lines: readonly { readonly conversation: Hex; readonly position: number; readonly line: CallRecord }[];
  /** Of an intent; null after other inputs. */
  readonly outcome: "done" | "inCall" | "callGone" | null;
}

export function stepCalls(powers: Powers, phone: Phone, now: Instant, input: CallInput): CallsStep {
  const effects: Effect[] = [];
  const events: { conversation: Hex; event: Uint8Array<ArrayBuffer> }[] = [];
  const signals: { conversation: Hex; signal: Uint8Array<ArrayBuffer> }[] = [];
  const lines: { conversation: Hex; position: number; line: CallRecord }[] = [];
  let outcome: CallsStep["outcome"] = null;
  let present = phone;
  const inputs: CallInput[] = [input];
  for (let next = inputs.shift(); next; next = inputs.shift()) {
    const [stepped, caused] = stepCall(present, now, next);
    if (stepped.call !== present.call || stepped.code !== present.code) effects.push({ type: "changed" });
    present = stepped;
    for (const effect of caused) carryOut(effect);
  }
  return { phone: present, effects, events, signals, lines, outcome };

  function carryOut(effect: CallEffect): void {
    switch (effect.type) {
      case "send":
        events.push({ conversation: effect.conversation, event: encode(CallEvent, effect.event) });
        break;
      case "signal":
        signals.push({ conversation: effect.conversation, signal: encode(CallSignal, effect.signal) });
        break;
      case "line":
        lines.push(effect);
        break;
      case "media":
        effects.push(toMedia(effect));
        break;
      case "frameKeys": {
        const sealed = sealFrameKeys(powers.engine, powers.random, effect);
        effects.push(toMedia({ page: effect.page, call: toHex(effect.call), command: { type: "keys", sealed } }));
        break;
      }
      case "code": {
        const digits = securityCode(powers.engine, effect);
        if (digits !== null) inputs.push({ type: "code", call: toHex(effect.start.call), digits });
        break;
      }
      case "findPath":
        effects.push({ type: "ask", key: `call:path:${effect.call}`, request: { type: "fetchIceServers" } });
        break;
      case "keep":
        effects.push({ type: "store", put: "row", space: CALL_SPACE, key: ROW_KEY, value: keptToRow(effect.kept) });
        break;
      case "outcome":
        outcome = effect.outcome;
        break;
      case "wakeAt":
        effects.push(effect);
        break;
    }
  }
}

const toMedia = ({ page, call, command }: MediaMessage): Effect => {
  const message: MediaMessage = { page, call, command };
  return { type: "media", command: message };
};

/** The phone after a start of the core: give `restored`'s input to the first step. */
export function restoreCalls(value: Uint8Array | undefined): readonly [Phone, CallInput | null] {
  const kept = value ? keptFromRow(value) : null;
  return [newPhone, kept && { type: "restored", kept }];
}

// —— Inputs out of what the core has ——————————————————————————————————————————————————————————————————————

/** A call event of the log. Null for bytes that are none: a newer version's, or junk. */
export function fromEvent(
  where: { readonly conversation: Hex; readonly position: number; readonly at: Instant; readonly mayRing: boolean },
  from: Sender,
  bytes: Uint8Array,
): CallInput | null {
  const event = decode(CallEvent, bytes);
  return event.ok ? { type: "durable", ...where, from, event: event.value } : null;
}

export function fromSignal(conversation: Hex, from: Sender, bytes: Uint8Array): CallInput | null {
  const signal = decode(CallSignal, bytes);
  return signal.ok ? { type: "transient", conversation, from, signal: signal.value } : null;
}

/** A reply, or none (`undefined`: the connection broke), to a request whose key begins with `call:`. */
export function fromReply(key: string, reply: Reply | undefined): CallInput | null {
  const [, what, call] = key.split(":");
  if (what !== "path" || call === undefined) return null;
  if (reply?.type !== "iceServers") return { type: "path", call, servers: null, relay: false };
  return { type: "path", call, servers: reply.servers, relay: reply.relay };
}

/** What a tab's media says. */
export const fromMedia = ({
  page,
  call,
  event,
}: {
  readonly page: Page;
  readonly call: Hex;
  readonly event: MediaEvent;
}): CallInput => ({
  type: "media",
  page,
  call,
  event,
});

export function startIntent(
  random: Random,
  page: Page,
  wish: { readonly conversation: Hex; readonly media: CallMedia; readonly relayOnly: boolean },
): CallInput {
  const join = drawJoin(random);
  const intent = { ...wish, type: "start", call: random.bytes(16), join, spareJoin: drawJoin(random, join) } as const;
  return { type: "intent", page, intent };
}

export function acceptIntent(
  random: Random,
  phone: Phone,
  page: Page,
  wish: { readonly call: Hex; readonly media: CallMedia; readonly relayOnly: boolean },
): CallInput {
  const taken = phone.call?.at === "incoming" ? phone.call.offer.start.join : undefined;
  return { type: "intent", page, intent: { ...wish, type: "accept", join: drawJoin(random, taken) } };
}

/** The conversation in which a call has the user's attention: it is watched like one on a screen. */
export const conversationInCall = ({ call }: Phone): Uint8Array<ArrayBuffer> | null =>
  call && call.at !== "ended" && call.at !== "incoming" ? idBytes(call.conversation) : null;
