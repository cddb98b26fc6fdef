/** How a call ends: devices off, the other side told, the reason kept for the screen. [L13] [L14] */
import { fromHex, since, type Instant } from "@megachat/base";
import type { CallEndReason } from "@megachat/wire";
import type { Call, CallEffect, Ended, Hex, Outcome, Phone, Step } from "./types.ts";

/** The 16 bytes of an id of ours. */
export function idBytes(hex: Hex): Uint8Array<ArrayBuffer> {
  const bytes = fromHex(hex);
  if (!bytes.ok || bytes.value.length !== 16) throw new RangeError("not an id");
  return bytes.value;
}

/** Ends the present call. `tell` is what the log is told, if anything. */
export function end(phone: Phone, now: Instant, outcome: Outcome, tell: CallEndReason | null): Step {
  const { call } = phone;
  if (!call || call.at === "ended") return [phone, []];
  const effects: CallEffect[] = [];
  if (tell)
    effects.push({
      type: "send",
      conversation: call.conversation,
      event: { type: "callEnd", call: idBytes(call.id), reason: tell },
    });
  effects.push(...closeMedia(call));
  return [{ ...phone, call: ended(call, now, outcome) }, effects];
}

/** Whatever was opened for a call is closed, in the one tab that has it. */
function closeMedia(call: Call): readonly CallEffect[] {
  if (call.at === "incoming" || call.at === "ended") return [];
  return [{ type: "media", page: call.page, call: call.id, command: { type: "close" } }];
}

function ended(call: Exclude<Call, Ended>, now: Instant, outcome: Outcome): Ended {
  const { id, conversation, media, since: began, self } = call;
  const direction = call.at === "outgoing" || (call.at === "running" && call.role === "caller") ? "outgoing" : "incoming";
  const connectedAt = call.at === "running" ? call.connectedAt : null;
  return {
    at: "ended",
    id,
    conversation,
    media,
    since: began,
    self,
    direction,
    on: now,
    duration: connectedAt === null ? null : Math.max(0, since(connectedAt, now)),
    outcome,
    quality: call.at === "running" ? call.quality : null,
  };
}

/** What the user is told when the other side says why it ended a call. */
export function outcomeOfPeer(reason: CallEndReason): Outcome {
  switch (reason) {
    case "hungUp":
      return { type: "hungUp", by: "peer" };
    case "cancelled":
      return { type: "cancelled", by: "peer" };
    case "noAnswer":
      return { type: "noAnswer" };
    case "replaced":
      return { type: "replaced" };
    case "lost":
      return { type: "failed", why: "connectionLost" };
    case "noPath":
      return { type: "failed", why: "noPath" };
    case "failed":
    case "left":
      return { type: "failed", why: "peerFailed" };
  }
}
