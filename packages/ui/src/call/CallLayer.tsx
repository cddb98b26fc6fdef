/** The call above everything: ringing, running full or small beside the work, and its end. */
import { useEffect, useState } from "react";
import type { Call, Contact } from "@megachat/view";
import { useContact, useEnvironment, useSnapshot } from "../environment.ts";
import { playHangUp, playRepeatedly } from "../sounds.ts";
import { Ended } from "./Ended.tsx";
import { Incoming } from "./Incoming.tsx";
import { OtherTab } from "./OtherTab.tsx";
import { Stage } from "./Stage.tsx";

export function CallLayer() {
  const call = useSnapshot((snapshot) => snapshot.call);
  const contact = useContact(call?.contact);
  useCallSounds(call);
  useSoundProcessing();
  useCallToasts(call);
  if (call === null || contact === undefined) return null;
  return <Shown key={call.call} call={call} contact={contact} />;
}

function Shown({ call, contact }: { readonly call: Call; readonly contact: Contact }) {
  const [small, setSmall] = useState(false);
  if (call.state.at === "ended")
    return isWorthSaying(call) ? <Ended call={call} contact={contact} end={call.state} /> : <Dismiss call={call} />;
  if (call.direction === "incoming" && call.state.at === "ringing") return <Incoming call={call} contact={contact} />;
  // An outgoing call belongs to the tab that placed it, also before an answer.
  if (call.owner === "otherTab") return <OtherTab call={call} contact={contact} />;
  return <Stage call={call} contact={contact} small={small} onSize={setSmall} />;
}

/** What the user did alone, or what another tab shows, needs no summary. */
function isWorthSaying({ state, direction, owner }: Call): boolean {
  if (state.at !== "ended") return false;
  switch (state.reason.type) {
    case "declined":
    case "cancelled":
      return state.reason.by === "peer" && direction === "outgoing";
    case "answeredElsewhere":
    case "replaced":
      return false;
    case "noAnswer":
    case "busy":
      return direction === "outgoing";
    case "hungUp":
    case "failed":
      return owner !== "otherTab";
  }
}

function Dismiss({ call }: { readonly call: Call }) {
  const { client, words, toasts } = useEnvironment();
  const said = call.state.at === "ended" && call.state.reason.type === "answeredElsewhere";
  useEffect(() => {
    if (said) toasts.say(words.callEnd.answeredElsewhere, "call");
    void client.intents.dismissCall({ call: call.call });
  }, [client, call.call, said, toasts, words]);
  return null;
}

function useSoundProcessing(): void {
  const { media } = useEnvironment();
  const { echoCancellation, noiseSuppression, autoGain } = useSnapshot((snapshot) => snapshot.settings);
  useEffect(
    () => media.process({ echoCancellation, noiseSuppression, autoGain }),
    [media, echoCancellation, noiseSuppression, autoGain],
  );
}

/** Once people hear each other, what was said before is over: "You and Bob are connected" would be read as said of the call. */
function useCallToasts(call: Call | null): void {
  const { toasts } = useEnvironment();
  const connected = call?.state.at === "connected";
  useEffect(() => {
    if (connected) toasts.clear();
  }, [connected, toasts]);
}

function useCallSounds(call: Call | null): void {
  const on = useSnapshot((snapshot) => snapshot.settings.callSounds);
  const at = call?.state.at;
  const rings = on && call?.direction === "incoming" && at === "ringing";
  const waits = on && call?.direction === "outgoing" && call.owner !== "otherTab" && (at === "calling" || at === "ringing");
  const ended = on && at === "ended" && call?.owner === "here";
  useEffect(() => (rings ? playRepeatedly("ring") : undefined), [rings]);
  useEffect(() => (waits ? playRepeatedly("wait") : undefined), [waits]);
  useEffect(() => {
    if (ended) playHangUp();
  }, [ended]);
}
