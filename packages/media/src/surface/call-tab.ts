/**
 * A tab's calls: the media that the core commands, and what the screen sees and chooses of it. [M15] [M18]
 *
 * {@link CallSurface} has the shape that the call screens ask for; streams never cross to another agent.
 */
import { err, ok, type Result } from "@megachat/base";
import { openCallMedia, type CallMedia, type CallMediaDeps } from "../peer/call-media.ts";
import type { SoundProcessing } from "../peer/capture.ts";
import type { DeviceKind, MediaRefusal, RefusalReason } from "../peer/refusal.ts";
import { openDeviceList, type ListedDevice, type Permission } from "./device-list.ts";
import { createSpeechSense, openMeter, type Meter } from "./level.ts";
import { openSound } from "./sound.ts";

export interface CallSurfaceState {
  readonly devices: Readonly<Record<DeviceKind, readonly ListedDevice[]>>;
  readonly chosen: Readonly<Record<DeviceKind, string | null>>;
  readonly canChooseSpeaker: boolean;
  readonly permission: Readonly<Record<"microphone" | "camera", Permission>>;
  readonly microphoneOpen: boolean;
  readonly cameraOpen: boolean;
  readonly canShareScreen: boolean;
  readonly screenShown: boolean;
  readonly remotePicture: boolean;
  readonly needsClickForSound: boolean;
  readonly speakingWhileMuted: boolean;
  readonly fellBack: DeviceKind | null;
}

export interface CallSurface {
  readonly state: () => CallSurfaceState;
  readonly subscribe: (listener: () => void) => () => void;
  /** All or nothing: a refusal names each device that failed, and nothing that this call opened stays open. */
  readonly open: (wish: {
    readonly microphone: boolean;
    readonly camera: boolean;
  }) => Promise<Result<null, readonly MediaRefusal[]>>;
  /** Closes what no call uses. */
  readonly release: () => void;
  /** From a click: what was open before opens again afterwards. */
  readonly hold: (on: boolean) => void;
  readonly shareScreen: () => Promise<Result<null, RefusalReason>>;
  readonly stopScreen: () => void;
  readonly attachRemote: (element: HTMLVideoElement) => () => void;
  readonly attachLocal: (element: HTMLVideoElement) => () => void;
  readonly choose: (kind: DeviceKind, id: string | null) => Promise<Result<null, MediaRefusal>>;
  /** Two notes from the chosen loudspeaker; resolves when they are over. False when they could not be played. */
  readonly testSpeaker: () => Promise<boolean>;
  readonly process: (wish: SoundProcessing) => void;
  readonly levels: () => { readonly self: number; readonly peer: number };
}

export interface CallTab extends Disposable {
  readonly media: CallMedia;
  readonly surface: CallSurface;
}

export interface CallTabDeps extends Pick<CallMediaDeps, "createWorker" | "devices" | "onEvent"> {
  readonly document: Document;
  readonly permissions: Permissions | undefined;
}

/** How often a muted microphone is listened to, in milliseconds. */
const LISTEN_EVERY = 150;

export function openCallTab(deps: CallTabDeps): CallTab {
  const listeners = new Set<() => void>();
  const meters = new Map<MediaStreamTrack, Meter>();
  let context: AudioContext | undefined;
  let state: CallSurfaceState | undefined;
  let playing: MediaStreamTrack | null = null;
  let ear: (Disposable & { readonly source: MediaStreamTrack }) | undefined;
  let speaking = false;
  const shown = new Map<HTMLVideoElement, () => MediaStreamTrack | null>();

  const changed = (): void => {
    state = undefined;
    follow();
    for (const listener of listeners) listener();
  };
  const media = openCallMedia({ ...deps, onChange: changed });
  const { capture } = media;
  const sound = openSound(deps.document, changed);
  const list = openDeviceList(deps.devices, deps.permissions, changed);

  const remote = (kind: "audio" | "video"): MediaStreamTrack | null =>
    media.remoteTracks().find((track) => track.kind === kind) ?? null;

  /** Elements, the speaker and the ear follow what there is now. */
  function follow(): void {
    for (const [element, track] of shown) show(element, track());
    const heard = media.held() ? null : remote("audio");
    if (heard !== playing) {
      playing = heard;
      sound.play(heard);
    }
    listenWhileMuted();
  }

  function listenWhileMuted(): void {
    const source = capture.isMuted() && !media.held() && media.call() !== null ? capture.source("microphone") : null;
    if (source === (ear?.source ?? null)) return;
    ear?.[Symbol.dispose]();
    ear = source ? openEar(source) : undefined;
  }

  /** A muted track is silent for meters, too: its twin stays on, goes nowhere, and is stopped with it. */
  function openEar(source: MediaStreamTrack): Disposable & { readonly source: MediaStreamTrack } {
    const twin = source.clone();
    twin.enabled = true;
    const meter = openMeter(audio(), twin);
    const sense = createSpeechSense();
    const timer = setInterval(() => hear(sense(meter.level(), performance.now())), LISTEN_EVERY);
    const hear = (now: boolean): void => {
      if (speaking === now) return;
      speaking = now;
      changed();
    };
    return {
      source,
      [Symbol.dispose]: () => {
        clearInterval(timer);
        meter[Symbol.dispose]();
        twin.stop();
        speaking = false;
      },
    };
  }

  const audio = (): AudioContext => {
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume();
    return context;
  };
  const level = (track: MediaStreamTrack | null): number => {
    for (const [known, meter] of meters) {
      if (known.readyState !== "ended") continue;
      meter[Symbol.dispose]();
      meters.delete(known);
    }
    if (!track) return 0;
    const meter = meters.get(track) ?? openMeter(audio(), track);
    meters.set(track, meter);
    return meter.level();
  };
  const attach = (element: HTMLVideoElement, track: () => MediaStreamTrack | null): (() => void) => {
    element.muted = true;
    shown.set(element, track);
    show(element, track());
    return () => {
      shown.delete(element);
      element.srcObject = null;
    };
  };

  const surface: CallSurface = {
    state: () => {
      state ??= {
        devices: list.devices(),
        chosen: { microphone: capture.chosen("microphone"), camera: capture.chosen("camera"), speaker: sound.chosen() },
        canChooseSpeaker: sound.canChoose && list.devices().speaker.length > 0,
        permission: list.permission(),
        microphoneOpen: capture.source("microphone") !== null,
        cameraOpen: capture.source("camera") !== null,
        canShareScreen: media.screen.canShare,
        screenShown: media.screen.picture() !== null,
        remotePicture: media.remotePicture(),
        needsClickForSound: sound.needsClick(),
        speakingWhileMuted: speaking,
        fellBack: capture.fellBack(),
      };
      return state;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    open: async (wish) => {
      const had = { microphone: capture.source("microphone"), camera: capture.source("camera") };
      // Asked by a click: what was refused before may be allowed by now.
      capture.forgetRefusals();
      const refused = await capture.open(wish);
      void list.refresh();
      if (refused.length === 0) return ok(null);
      for (const track of ["microphone", "camera"] as const) if (!had[track]) capture.close(track);
      return err(refused);
    },
    release: () => {
      if (media.call() === null) capture.close();
    },
    hold: media.hold,
    shareScreen: media.share,
    stopScreen: media.screen.stop,
    attachRemote: (element) => {
      element.addEventListener("loadeddata", media.pictureCame);
      const detach = attach(element, () => remote("video"));
      return () => {
        element.removeEventListener("loadeddata", media.pictureCame);
        detach();
      };
    },
    attachLocal: (element) => attach(element, () => capture.source("camera")),
    choose: async (kind, id) => {
      if (kind !== "speaker") return capture.choose(kind, id);
      const chosen = await sound.choose(id);
      changed();
      return chosen ? ok(null) : err({ device: "speaker", reason: "failed" });
    },
    testSpeaker: sound.test,
    process: capture.process,
    levels: () => ({ self: level(capture.isMuted() ? null : capture.source("microphone")), peer: level(remote("audio")) }),
  };

  return {
    media,
    surface,
    [Symbol.dispose]: () => {
      media[Symbol.dispose]();
      ear?.[Symbol.dispose]();
      for (const meter of meters.values()) meter[Symbol.dispose]();
      sound[Symbol.dispose]();
      list[Symbol.dispose]();
      void context?.close();
    },
  };
}

/** The same track is not put in again: the picture would flicker. */
function show(element: HTMLVideoElement, track: MediaStreamTrack | null): void {
  const now = element.srcObject instanceof MediaStream ? (element.srcObject.getTracks()[0] ?? null) : null;
  if (now === track) return;
  element.srcObject = track && new MediaStream([track]);
  // Pictures without sound may play; a refusal comes only when the element is gone already.
  if (track) element.play().catch(() => {});
}
