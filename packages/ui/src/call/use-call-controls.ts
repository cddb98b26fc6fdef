/** Microphone, camera and the end of a call, for buttons and keys alike. [U8] */
import { isLive, type Call } from "@megachat/view";
import { useMemo } from "react";
import { useEnvironment } from "../environment.ts";
import { useOverlays } from "../workspace/overlay.ts";

export interface CallControls {
  readonly setMuted: (muted: boolean) => Promise<void>;
  readonly setCamera: (on: boolean) => Promise<void>;
  readonly shareScreen: () => Promise<void>;
  readonly stopScreen: () => void;
  readonly hold: (on: boolean) => void;
  readonly hangUp: () => Promise<void>;
}

export function useCallControls({ call }: Call): CallControls {
  const environment = useEnvironment();
  const overlays = useOverlays();
  return useMemo(() => {
    const { client, media, store, toasts, words } = environment;
    const setMuted = async (muted: boolean): Promise<void> => {
      if (!muted && !media.state().microphoneOpen && !(await open({ microphone: true, camera: false }, () => void setMuted(false))))
        return;
      await client.intents.setMuted({ call, muted });
    };
    const setCamera = async (on: boolean): Promise<void> => {
      if (on && !(await open({ microphone: false, camera: true }, () => void setCamera(true)))) return;
      await client.intents.setCamera({ call, on });
      if (!on) media.release();
    };
    const open = async (wish: { readonly microphone: boolean; readonly camera: boolean }, retry: () => void): Promise<boolean> => {
      const opened = await media.open(wish);
      if (!opened.ok) overlays.open({ at: "mediaRefused", refusals: opened.error, retry, without: null });
      // The call may have ended while the browser asked.
      if (opened.ok && !isLive(store.get().call)) media.release();
      return opened.ok && isLive(store.get().call);
    };
    const hangUp = async (): Promise<void> => {
      await client.intents.hangUp({ call });
    };
    const shareScreen = async (): Promise<void> => {
      const shared = await media.shareScreen();
      // Who closes the picker knows that nothing is shown.
      if (!shared.ok && shared.error !== "blockedForSite" && shared.error !== "dismissed")
        toasts.say(shared.error === "blockedBySystem" ? words.call.screenBlocked : words.call.screenFailed);
    };
    return { setMuted, setCamera, shareScreen, stopScreen: media.stopScreen, hold: media.hold, hangUp };
  }, [environment, overlays, call]);
}
