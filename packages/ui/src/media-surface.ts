/**
 * What the call screens need of the tab's own microphone, cameras and pictures. Streams cannot be cloned and devices belong to the tab, so this stands beside the
 * contract with the core. The composition root implements it around the module that owns every sender. [U8]
 */
import type { Result } from "@megachat/base";

export interface MediaSurface {
  /** The state now; the same object until something changed. */
  readonly state: () => MediaState;
  /** Calls `listener` after each change. Returns the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /**
   * Opens what is wished and not open yet. Called from a trusted click only. All or nothing: a refusal names each device that failed, and nothing that this call opened stays open.
   * What is open goes on with the next call started or accepted in this tab, and is closed by {@link MediaSurface.release} or with the call.
   */
  readonly open: (wish: MediaWish) => Promise<Result<null, readonly MediaRefusal[]>>;
  /** Closes what no call uses. */
  readonly release: () => void;
  /**
   * Asks what to show to the other side in the camera's place: from a trusted click in a running call only. Again while
   * something is shown, it changes over; closed without a choice, what is shown goes on.
   */
  readonly shareScreen: () => Promise<Result<null, MediaRefusal["reason"]>>;
  readonly stopScreen: () => void;
  /** On hold silence is sent and nothing is played; what was open before opens again afterwards. From a click. */
  readonly hold: (on: boolean) => void;
  /** Shows the peer's picture and plays the peer's sound in `element`. Returns the way to stop. */
  readonly attachRemote: (element: HTMLVideoElement) => () => void;
  /** Shows our own picture, without sound. */
  readonly attachLocal: (element: HTMLVideoElement) => () => void;
  /** Changes over in the middle of a call; refused, the old device goes on. `id` null: the system's default. */
  readonly choose: (kind: DeviceKind, id: string | null) => Promise<Result<null, MediaRefusal>>;
  /** Plays two notes from the chosen loudspeaker, until they are over. False when they could not be played. */
  readonly testSpeaker: () => Promise<boolean>;
  /** What the browser does to the microphone's sound, now and in calls to come. */
  readonly process: (wish: SoundProcessing) => void;
  /** Loudness now, 0–1, for meters drawn each frame. */
  readonly levels: () => { readonly self: number; readonly peer: number };
}

export interface SoundProcessing {
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
}

export interface MediaWish {
  readonly microphone: boolean;
  readonly camera: boolean;
}

export type DeviceKind = "microphone" | "camera" | "speaker";

export interface MediaDevice {
  readonly id: string;
  /** Empty until the browser tells it, that is until something was allowed. */
  readonly label: string;
}

export interface MediaState {
  readonly devices: Readonly<Record<DeviceKind, readonly MediaDevice[]>>;
  readonly chosen: Readonly<Record<DeviceKind, string | null>>;
  /** Firefox chooses speakers in its own way, so the list may be missing. */
  readonly canChooseSpeaker: boolean;
  readonly permission: Readonly<Record<"microphone" | "camera", "granted" | "denied" | "ask" | "unknown">>;
  readonly microphoneOpen: boolean;
  readonly cameraOpen: boolean;
  readonly canShareScreen: boolean;
  readonly screenShown: boolean;
  /** Whether a picture of the peer is being shown now. */
  readonly remotePicture: boolean;
  /** Sound could not start by itself; a click on the page starts it. */
  readonly needsClickForSound: boolean;
  /** Someone speaks into a muted microphone. */
  readonly speakingWhileMuted: boolean;
  /** The chosen device vanished and the default one took over; stays until the next choice. */
  readonly fellBack: DeviceKind | null;
}

export interface MediaRefusal {
  readonly device: "microphone" | "camera" | "speaker";
  readonly reason:
    /** The user said no, now or earlier, for this site. */
    | "blockedForSite"
    /** The operating system keeps the browser from it. */
    | "blockedBySystem"
    /** The question was closed without an answer. */
    | "dismissed"
    | "noDevice"
    | "inUse"
    | "insecureOrigin"
    | "failed";
}
