/** A page with the media of one call and nothing else of the product. The test drives it by text. */
import type { MediaCommand, SessionAnswer, SessionOffer } from "@megachat/wire";
import { openCallTab } from "../../src/index.ts";
import { barePeer, type BareMode, type BarePeer } from "./bare-peer.ts";
import { knownDevices } from "./known-devices.ts";
import { lookOut, type Sighting } from "./recognise.ts";
import { fromText, toText } from "./wire.ts";

declare global {
  interface Window {
    report: (text: string) => void;
    harness: typeof harness;
  }
}

const devices = knownDevices();
let worker: Worker | undefined;
let real = false;
let look: (() => Sighting) | undefined;
let bare: BarePeer | undefined;

const tab = openCallTab({
  document,
  permissions: navigator.permissions,
  createWorker: () => (worker = new Worker(new URL("../../src/worker/media-worker.ts", import.meta.url), { type: "module" })),
  devices: new Proxy(devices, {
    get: (known, name) => {
      const from: object = real && name === "getUserMedia" ? navigator.mediaDevices : known;
      const value: unknown = Reflect.get(from, name);
      return typeof value === "function" ? (value.bind(from) as unknown) : value;
    },
  }),
  onEvent: (message) => window.report(toText(message)),
});
const { media, surface } = tab;
surface.subscribe(() => {
  const tracks = media.remoteTracks();
  if (tracks.length === 2) look ??= lookOut(tracks);
});
const screen = document.createElement("video");
document.body.append(screen);
surface.attachRemote(screen);

const harness = {
  command: (text: string): void => media.handle(fromText(text) as { call: string; command: MediaCommand }),
  useRealDevices: (): void => {
    real = true;
  },
  refuse: (name: string | null, message = ""): void => {
    devices.refuse = name === null ? null : new DOMException(message, name);
  },
  /** What a call screen would know. */
  screen: () => ({
    ...surface.state(),
    levels: surface.levels(),
    width: screen.videoWidth,
    playing: screen.srcObject !== null && !screen.paused,
  }),
  openDevices: async (camera: boolean): Promise<string> => toText(await surface.open({ microphone: true, camera })),
  releaseDevices: (): void => surface.release(),
  choose: async (track: "microphone" | "camera", id: string): Promise<string> => toText(await surface.choose(track, id)),
  hold: (on: boolean): void => surface.hold(on),
  testSpeaker: (): Promise<boolean> => surface.testSpeaker(),
  share: async (): Promise<string> => toText(await surface.shareScreen()),
  stopSharing: (): void => surface.stopScreen(),
  /** The device of the newest track of this kind is pulled out. */
  unplug: (kind: "audio" | "video"): void => {
    const track = devices.newest.get(kind);
    track?.stop();
    track?.dispatchEvent(new Event("ended"));
  },
  /** Refusals are remembered for a while; a test does not wait. */
  forgetRefusals: (): void => media.capture.forgetRefusals(),
  killWorker: (): void => worker?.terminate(),
  sighting: (): Sighting => (bare ?? { sighting: () => look?.() ?? { seen: [], heard: [], pictures: 0 } }).sighting(),
  /** Forgets what was seen and heard so far. */
  lookAgain: (): void => {
    look = lookOut(media.remoteTracks());
  },
  openTracks: (): readonly string[] =>
    [...devices.newest.values()].filter(({ readyState }) => readyState === "live").map(({ kind }) => kind),
  bareOpen: async (mode: BareMode, plain: boolean): Promise<void> => {
    bare = barePeer(mode, plain ? await devices.getUserMedia({ audio: true, video: true }) : null);
  },
  bareOffer: async (): Promise<string> => toText(await bare?.offer()),
  bareAnswer: async (offer: string): Promise<string> => toText(await bare?.answer(fromText(offer) as SessionOffer)),
  bareTakeAnswer: async (answer: string): Promise<void> => bare?.takeAnswer(fromText(answer) as SessionAnswer),
  bareTaken: (): string => toText(bare?.taken() ?? []),
};
window.harness = harness;
