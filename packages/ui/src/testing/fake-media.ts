/** A tab's media in memory: devices with names, pictures drawn on a canvas, and refusals for the asking. */
import { err, ok } from "@megachat/base";
import type { MediaRefusal, MediaState, MediaSurface } from "../media-surface.ts";

export interface FakeMediaStart {
  readonly refuse?: readonly MediaRefusal[];
  readonly state?: Partial<MediaState>;
  /** Whether a picture of the peer is there. */
  readonly picture?: boolean;
}

const device = (id: string, label: string) => ({ id, label });

export function createFakeMedia(start: FakeMediaStart = {}): MediaSurface {
  let state: MediaState = {
    devices: {
      microphone: [device("m1", "Built-in Microphone"), device("m2", "Jabra Evolve2 65")],
      camera: [device("c1", "Integrated Camera")],
      speaker: [device("s1", "Built-in Speakers"), device("s2", "Jabra Evolve2 65")],
    },
    chosen: { microphone: null, camera: null, speaker: null },
    canChooseSpeaker: true,
    permission: { microphone: "ask", camera: "ask" },
    microphoneOpen: false,
    cameraOpen: false,
    canShareScreen: true,
    screenShown: false,
    remotePicture: start.picture ?? false,
    needsClickForSound: false,
    speakingWhileMuted: false,
    fellBack: null,
    ...start.state,
  };
  const listeners = new Set<() => void>();
  const set = (change: Partial<MediaState>): void => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    open: async (wish) => {
      const refused = (start.refuse ?? []).filter((refusal) => (refusal.device === "camera" ? wish.camera : wish.microphone));
      if (refused.length > 0) return err(refused);
      set({
        microphoneOpen: state.microphoneOpen || wish.microphone,
        cameraOpen: state.cameraOpen || wish.camera,
        needsClickForSound: false,
      });
      return ok(null);
    },
    release: () => set({ microphoneOpen: false, cameraOpen: false }),
    shareScreen: async () => {
      set({ screenShown: true });
      return ok(null);
    },
    hold: () => {},
    stopScreen: () => set({ screenShown: false }),
    attachRemote: (element) => show(element, "#3f6f86", "#12222c"),
    attachLocal: (element) => show(element, "#8a5a44", "#3a241b"),
    choose: async (kind, id) => {
      set({ chosen: { ...state.chosen, [kind]: id }, fellBack: null });
      return ok(null);
    },
    process: () => {},
    testSpeaker: async () => true,
    levels: () => ({ self: 0.1, peer: 0.55 }),
  };
}

/** A still picture: a face and shoulders on a soft ground. */
function show(element: HTMLVideoElement, near: string, far: string): () => void {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 800 });
  const pen = canvas.getContext("2d");
  if (pen !== null) {
    const ground = pen.createLinearGradient(0, 0, 1280, 800);
    ground.addColorStop(0, near);
    ground.addColorStop(1, far);
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 1280, 800);
    pen.fillStyle = "rgb(255 240 230 / 0.5)";
    pen.beginPath();
    pen.arc(640, 330, 130, 0, 7);
    pen.ellipse(640, 760, 300, 260, 0, 0, 7);
    pen.fill();
  }
  const stream = canvas.captureStream(4);
  const draw = setInterval(() => pen?.fillRect(0, 0, 1, 1), 250);
  // Silent, so that a page without a click may play it.
  element.muted = true;
  element.srcObject = stream;
  void element.play().catch(() => undefined);
  return () => {
    clearInterval(draw);
    element.srcObject = null;
  };
}
