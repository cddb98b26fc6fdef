/** One line above the bar, when there is something that a person in a call must know. */
import { nameOf, type Call } from "@megachat/view";
import type { ReactNode } from "react";
import { useContact, useEnvironment, useMedia } from "../environment.ts";
import { isolated } from "../words/isolated.ts";
import css from "./CallHints.module.css";
import { useCallControls } from "./use-call-controls.ts";

export function CallHints({ call }: { readonly call: Call }) {
  const { words, media } = useEnvironment();
  const state = useMedia();
  const { setMuted, shareScreen, stopScreen, hold } = useCallControls(call);
  const contact = useContact(call.contact);
  const name = isolated(contact ? nameOf(contact) : words.people.unknown);
  const talking = call.state.at === "connected";
  const hint = ((): ReactNode => {
    if (state.needsClickForSound) {
      return (
        <>
          {words.call.soundBlocked}
          <HintAction text={words.call.playSound} onClick={() => void media.open({ microphone: false, camera: false })} />
        </>
      );
    }
    if (call.self.held) {
      return (
        <>
          {words.call.heldBySelf(name)}
          <HintAction text={words.call.resumeShort} onClick={() => hold(false)} />
        </>
      );
    }
    if (state.screenShown && !state.speakingWhileMuted) {
      return (
        <>
          {words.call.screenShown}
          <HintAction text={words.call.otherScreen} onClick={() => void shareScreen()} />
          <HintAction text={words.call.stopScreenShort} onClick={stopScreen} />
        </>
      );
    }
    if (call.self.muted && talking) {
      return (
        <>
          {state.speakingWhileMuted ? words.call.speakingMuted : words.call.youAreMuted}
          <HintAction text={words.call.unmuteShort} onClick={() => void setMuted(false)} />
        </>
      );
    }
    if (state.fellBack !== null) return words.call.fellBack[state.fellBack];
    if (talking && call.quality?.level === "bad") return words.call.bad;
    if (talking && call.quality?.level === "weak") return words.call.weak;
    if (talking && call.peer.held) return words.call.heldByPeer(name);
    if (talking && call.peer.screen) return words.call.peerScreen(name);
    if (talking && call.peer.muted) return words.call.peerMuted(name);
    // In a call that began with sound only, no picture is missed.
    return talking && call.media === "video" && !call.peer.camera ? words.call.peerNoCamera(name) : null;
  })();
  return (
    <div role="status" className={css.place}>
      {hint !== null && <p className={css.hint}>{hint}</p>}
    </div>
  );
}

function HintAction({ text, onClick }: { readonly text: string; readonly onClick: () => void }) {
  return (
    <button type="button" className={css.action} onClick={onClick}>
      {text}
    </button>
  );
}
