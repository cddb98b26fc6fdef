/** The phone of the core as the view's call. [N4] */
import { bytesEqual, fromHex, toHex, type Duration } from "@megachat/base";
import type { call as calls, CoreState, Hex } from "@megachat/core";
import {
  refOf,
  type AccountRef,
  type Call,
  type CallBrowser,
  type CallEnd,
  type CallQuality,
  type CallRef,
  type CallSide,
  type CallState,
  type ConversationRef,
} from "@megachat/view";
import { browserName } from "./lines.ts";

/** Whose a device of a conversation is, as its certificate says. */
export interface Standing {
  readonly account: Uint8Array;
  readonly device: Uint8Array;
}

/** `tab` is the one that looks, `standing` gives the devices of a conversation's present epoch. */
export function presentCall(
  state: CoreState,
  tab: string,
  standing: (conversation: Uint8Array) => readonly Standing[],
): Call | null {
  const { call, code, serverHasRelay } = state.phone;
  const conversation = call && state.conversations.get(call.conversation);
  if (!call || !conversation) return null;
  const quality = call.at === "running" || call.at === "ended" ? call.quality : null;
  return {
    call: refOf<CallRef>(bytesOf(call.id)),
    conversation: refOf<ConversationRef>(conversation.id),
    contact: refOf<AccountRef>(conversation.with),
    direction: directionOf(call),
    media: call.media,
    state: stateOf(call, serverHasRelay === true),
    owner: ownerOf(call, tab),
    self: sideOf(call.self),
    peer: call.at === "running" ? sideOf(call.peer) : { muted: false, camera: call.media === "video", screen: false, held: false },
    code: call.at === "running" ? code : null,
    quality: quality && presentQuality(quality, call),
    browsers: call.at === "running" ? browsersOf(state, call, standing(conversation.id)) : null,
  };
}

/** Only who stands in the conversation is shown, whatever the call's messages named. */
function browsersOf(
  { account: { self } }: CoreState,
  call: Extract<calls.Call, { readonly at: "running" }>,
  standing: readonly Standing[],
): readonly CallBrowser[] {
  const browsers = standing.map(({ account, device }): CallBrowser => {
    const own = bytesEqual(account, self.account);
    const inCall = own ? bytesEqual(device, self.device) : toHex(device) === call.device;
    return { of: own ? "self" : "peer", name: browserName(device), inCall };
  });
  return browsers.toSorted((a, b) => Number(b.inCall) - Number(a.inCall));
}

const bytesOf = (hex: Hex): Uint8Array => {
  const bytes = fromHex(hex);
  if (!bytes.ok) throw new Error("an id that is not hexadecimal");
  return bytes.value;
};
const sideOf = ({ microphone, ...rest }: calls.Side): CallSide => ({ muted: !microphone, ...rest });

function directionOf(call: calls.Call): Call["direction"] {
  switch (call.at) {
    case "outgoing":
      return "outgoing";
    case "incoming":
    case "answering":
      return "incoming";
    case "running":
      return call.role === "caller" ? "outgoing" : "incoming";
    case "ended":
      return call.direction;
  }
}

function ownerOf(call: calls.Call, tab: string): Call["owner"] {
  if (call.at === "incoming" || call.at === "ended") return "nowhere";
  return call.page === tab ? "here" : "otherTab";
}

function stateOf(call: calls.Call, serverHasRelay: boolean): CallState {
  const { since } = call;
  switch (call.at) {
    case "outgoing":
      if (call.stage !== "stored") return { at: "placing", since };
      return { at: call.alertingUntil !== null ? "ringing" : "calling", since };
    case "incoming":
      return { at: "ringing", since };
    case "answering":
      return { at: "connecting", since };
    case "running":
      if (call.connectedAt === null) return { at: "connecting", since };
      return call.silentSince === null
        ? { at: "connected", since: call.connectedAt }
        : { at: "reconnecting", since: call.connectedAt, silentSince: call.silentSince };
    case "ended":
      return { at: "ended", on: call.on, duration: call.duration as Duration | null, reason: endOf(call.outcome, serverHasRelay) };
  }
}

function endOf(outcome: calls.Outcome, serverHasRelay: boolean): CallEnd {
  if (outcome.type !== "failed") return outcome;
  return { type: "failed", reason: outcome.why === "noPath" ? { type: "noPath", serverHasRelay } : { type: outcome.why } };
}

type Measured = NonNullable<Extract<calls.Call, { readonly at: "running" }>["quality"]>;

/** Shares of packets above which a call sounds worse, and bad. */
const WEAK_LOSS = 0.03;
const BAD_LOSS = 0.15;
const WEAK_TRIP = 300;

function presentQuality(measured: Measured, call: calls.Call): CallQuality {
  const { loss, roundTrip } = measured;
  const silent = call.at === "running" && call.silentSince !== null;
  const bad = silent || (loss ?? 0) >= BAD_LOSS;
  const weak = (loss ?? 0) >= WEAK_LOSS || (roundTrip ?? 0) >= WEAK_TRIP;
  const setUp = call.at === "running" && call.openedAt !== null ? call.openedAt - call.since : null;
  return {
    ...measured,
    roundTrip: roundTrip as Duration | null,
    setUp: setUp as Duration | null,
    level: bad ? "bad" : weak ? "weak" : "good",
  };
}
