/**
 * A screen, window or tab that the user shows: chosen in the browser's own picker, each time anew. [M21]
 *
 * Nothing is shown that was not just picked. It ends with the call, by our button, by the browser's, and when what was
 * shown is closed.
 */
import { err, ok, type Result } from "@megachat/base";
import { reasonOf, type RefusalReason } from "./refusal.ts";

export interface ScreenShare {
  readonly canShare: boolean;
  /** Asks what to show. Only after a click. Refused, or closed without a choice, what is shown goes on. */
  readonly choose: () => Promise<Result<null, RefusalReason>>;
  readonly stop: () => void;
  readonly picture: () => MediaStreamTrack | null;
  /** The sound of what is shown, where the browser gives it. */
  readonly sound: () => MediaStreamTrack | null;
}

/** Text must stay readable; it moves little. Safari and Firefox ignore what they do not know. */
const wish: DisplayMediaStreamOptions & Readonly<Record<string, unknown>> = {
  video: { frameRate: { ideal: 15, max: 30 } },
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  // The call's own tab would show itself in itself.
  selfBrowserSurface: "exclude",
  surfaceSwitching: "include",
  systemAudio: "include",
};

export function createScreenShare(devices: MediaDevices | undefined, onChange: () => void): ScreenShare {
  let shown: MediaStream | null = null;
  // Counts up when sharing ends: what is picked after that is stopped at once.
  let turn = 0;

  const end = (stream: MediaStream): void => {
    for (const track of stream.getTracks()) {
      track.onended = null;
      track.stop();
    }
  };
  const stop = (): void => {
    turn++;
    if (!shown) return;
    end(shown);
    shown = null;
    onChange();
  };
  const show = (stream: MediaStream): void => {
    if (shown) end(shown);
    shown = stream;
    for (const track of stream.getVideoTracks()) {
      track.contentHint = "detail";
      track.onended = () => {
        if (shown === stream) stop();
      };
    }
    onChange();
  };

  return {
    canShare: devices !== undefined && "getDisplayMedia" in devices,
    choose: async () => {
      if (!devices) return err("insecureOrigin");
      const mine = turn;
      try {
        const stream = await devices.getDisplayMedia(wish);
        if (turn === mine) show(stream);
        else end(stream);
        return ok(null);
      } catch (fault) {
        return err(reasonOf(fault));
      }
    },
    stop,
    picture: () => shown?.getVideoTracks()[0] ?? null,
    sound: () => shown?.getAudioTracks().find(({ readyState }) => readyState === "live") ?? null,
  };
}
