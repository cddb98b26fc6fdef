/**
 * The tab's media as the screen uses it: devices, pictures, sound and loudness, over the media of the call. Commands come
 * from the core and events go to it; what is sent, and that it is sealed, is decided in `@megachat/media` alone.
 */
import { openCallMedia, type CallMedia, type MediaRefusal as Refusal } from "@megachat/media";
import type { MediaCommand } from "@megachat/wire";
import type { MediaState, MediaSurface } from "@megachat/ui";
import { err, ok } from "@megachat/base";
import type { MediaPort } from "@megachat/worker/client";
import { listDevices } from "./devices.ts";
import { measure, type Meter } from "./levels.ts";

export interface SurfacePowers {
  readonly port: MediaPort;
  readonly createWorker: () => Worker;
  /** Undefined where the origin is not secure. */
  readonly devices: MediaDevices | undefined;
}
export interface Surface {
  readonly surface: MediaSurface;
  readonly callMedia: CallMedia;
}

/** Loud enough, this often in a row, to be speech. */
const SPEECH = 0.35;
const SPEECH_LOOKS = 3;
const LOOK_EVERY_MS = 200;

export function openSurface({ port, createWorker, devices }: SurfacePowers): Surface {
  const listeners = new Set<() => void>();
  const remoteElements = new Set<HTMLVideoElement>();
  const localElements = new Set<HTMLVideoElement>();
  let speaker: string | null = null;
  let needsClick = false;
  let speaking = false;
  let loudLooks = 0;
  let looking: ReturnType<typeof setInterval> | undefined;
  let context: AudioContext | undefined;
  let self: { readonly track: MediaStreamTrack; readonly meter: Meter } | undefined;
  let peer: { readonly track: MediaStreamTrack; readonly meter: Meter } | undefined;

  const list = listDevices(devices, () => changed());
  const callMedia = openCallMedia({
    createWorker,
    devices,
    onEvent: ({ call, event }) => port.tell({ type: "event", call, event }),
    onChange: () => {
      list.refresh();
      followTracks();
      changed();
    },
  });
  port.listen((message) => callMedia.handle(message as { readonly call: string; readonly command: MediaCommand }));

  const compute = (): MediaState => ({
    devices: list.devices(),
    chosen: { microphone: callMedia.capture.chosen("microphone"), camera: callMedia.capture.chosen("camera"), speaker },
    canChooseSpeaker: "setSinkId" in HTMLMediaElement.prototype,
    permission: list.permission(),
    microphoneOpen: callMedia.capture.source("microphone") !== null,
    cameraOpen: callMedia.capture.source("camera") !== null,
    remotePicture: callMedia.remotePicture(),
    needsClickForSound: needsClick,
    speakingWhileMuted: speaking,
    fellBack: callMedia.capture.fellBack(),
  });
  let state = compute();
  const changed = (): void => {
    state = compute();
    for (const listener of listeners) listener();
  };

  const meterOf = (track: MediaStreamTrack | null | undefined, old: typeof self): typeof self => {
    if (old && old.track === track) return old;
    old?.meter[Symbol.dispose]();
    if (!track) return undefined;
    context ??= new AudioContext();
    void context.resume();
    return { track, meter: measure(track, context) };
  };
  /** Elements and meters follow what is open now. */
  const followTracks = (): void => {
    const microphone = callMedia.capture.source("microphone");
    self = meterOf(microphone, self);
    peer = meterOf(
      callMedia.remoteTracks().find(({ kind }) => kind === "audio"),
      peer,
    );
    for (const element of remoteElements) showRemote(element);
    for (const element of localElements) showLocal(element);
    if (microphone && looking === undefined) looking = setInterval(look, LOOK_EVERY_MS);
    if (!microphone && looking !== undefined) {
      clearInterval(looking);
      looking = undefined;
      loudLooks = 0;
      speaking = false;
    }
  };
  const look = (): void => {
    loudLooks = callMedia.capture.isMuted() && (self?.meter.level() ?? 0) > SPEECH ? loudLooks + 1 : 0;
    const now = loudLooks >= SPEECH_LOOKS;
    if (now === speaking) return;
    speaking = now;
    changed();
  };

  const showRemote = (element: HTMLVideoElement): void => {
    show(element, callMedia.remoteTracks());
    if (callMedia.remoteTracks().length > 0) void play(element);
  };
  const showLocal = (element: HTMLVideoElement): void => {
    const camera = callMedia.capture.source("camera");
    show(element, camera ? [camera] : []);
    if (camera) void element.play().catch(() => {});
  };
  const play = async (element: HTMLVideoElement): Promise<void> => {
    try {
      await element.play();
      if (needsClick) {
        needsClick = false;
        changed();
      }
    } catch (fault) {
      if (!(fault instanceof DOMException) || fault.name !== "NotAllowedError" || needsClick) return;
      needsClick = true;
      changed();
      // Any click on the page counts as the person's leave.
      document.addEventListener("click", () => void play(element), { once: true });
    }
  };
  const aimSound = async (element: HTMLVideoElement): Promise<void> => {
    if ("setSinkId" in element) await element.setSinkId(speaker ?? "");
  };

  const surface: MediaSurface = {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    open: async (wish) => {
      const { capture } = callMedia;
      const fresh = (["microphone", "camera"] as const).filter((track) => wish[track] && !capture.source(track));
      const refused = await capture.open(wish);
      list.refresh();
      if (refused.length === 0) return ok(null);
      for (const track of fresh) capture.close(track);
      return err<readonly Refusal[]>(refused);
    },
    release: () => {
      if (callMedia.call() === null) callMedia.capture.close();
    },
    attachRemote: (element) => {
      remoteElements.add(element);
      void aimSound(element).catch(() => {});
      showRemote(element);
      return () => {
        remoteElements.delete(element);
        element.srcObject = null;
      };
    },
    attachLocal: (element) => {
      element.muted = true;
      localElements.add(element);
      showLocal(element);
      return () => {
        localElements.delete(element);
        element.srcObject = null;
      };
    },
    choose: async (kind, id) => {
      if (kind !== "speaker") return callMedia.capture.choose(kind, id);
      const before = speaker;
      speaker = id;
      try {
        await Promise.all(Array.from(remoteElements, aimSound));
        changed();
        return ok(null);
      } catch {
        speaker = before;
        return err({ device: "speaker", reason: "failed" });
      }
    },
    levels: () => ({ self: callMedia.capture.isMuted() ? 0 : (self?.meter.level() ?? 0), peer: peer?.meter.level() ?? 0 }),
  };
  return { surface, callMedia };
}

/** The element plays these tracks, and no new stream where they are the old ones: a change restarts the picture. */
function show(element: HTMLVideoElement, tracks: readonly MediaStreamTrack[]): void {
  const old = element.srcObject instanceof MediaStream ? element.srcObject.getTracks() : [];
  if (old.length === tracks.length && tracks.every((track) => old.includes(track))) return;
  element.srcObject = tracks.length === 0 ? null : new MediaStream([...tracks]);
}
