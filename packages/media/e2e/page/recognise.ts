/** Whether a known picture is seen, or a known tone heard, in tracks from the other side. */
import { known, type Known } from "./known-devices.ts";

export interface Sighting {
  /** Names of the known devices whose picture was seen, or whose tone was heard, at any look so far. */
  readonly seen: readonly string[];
  readonly heard: readonly string[];
  readonly pictures: number;
}

/** Looks and listens until asked. */
export function lookOut(tracks: readonly MediaStreamTrack[]): () => Sighting {
  const stream = new MediaStream([...tracks]);
  const video = document.createElement("video");
  Object.assign(video, { srcObject: stream, muted: true, autoplay: true, playsInline: true });
  document.body.append(video);
  void video.play().catch(() => {});
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 32, height: 24 });
  const surface = canvas.getContext("2d", { willReadFrequently: true });
  const context = new AudioContext();
  const ear = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(stream).connect(ear);
  const spectrum = new Float32Array(ear.frequencyBinCount);
  const seen = new Set<string>();
  const heard = new Set<string>();
  // Decoders make noise of ciphertext, and noise has a loudest note: only what lasts is recognised.
  const lasting = new Map<string, number>();
  const last = (what: string, now: boolean): number => {
    const times = now ? (lasting.get(what) ?? 0) + 1 : 0;
    lasting.set(what, times);
    return times;
  };
  let pictures = 0;
  setInterval(() => {
    if (surface && video.videoWidth > 0) {
      pictures++;
      surface.drawImage(video, 0, 0, 32, 24);
      const { data } = surface.getImageData(0, 0, 32, 24);
      for (const [name, device] of Object.entries(known)) if (last(`seen ${name}`, shows(data, device)) >= 3) seen.add(name);
    }
    ear.getFloatFrequencyData(spectrum);
    for (const [name, { tone }] of Object.entries(known)) {
      if (last(`heard ${name}`, sounds(spectrum, tone, context.sampleRate)) >= 6) heard.add(name);
    }
  }, 60);
  return () => ({ seen: [...seen], heard: [...heard], pictures });
}

/** Each quarter's middle is nearer to its colour than half way to grey. */
function shows(data: Uint8ClampedArray, { quarters }: Known): boolean {
  return quarters.every((colour, i) => {
    const [x, y] = [(i % 2) * 16 + 8, i < 2 ? 5 : 18];
    const at = 4 * (y * 32 + x);
    const wanted = [1, 3, 5].map((from) => Number.parseInt(colour.slice(from, from + 2), 16));
    return wanted.every((value, channel) => Math.abs(value - (data[at + channel] ?? 0)) < 70);
  });
}

/** The tone stands 25 dB above the middle of everything else. */
function sounds(spectrum: Float32Array, tone: number, rate: number): boolean {
  const bin = Math.round(tone / (rate / 2 / spectrum.length));
  const peak = Math.max(...spectrum.subarray(bin - 2, bin + 3));
  const sorted = [...spectrum.subarray(20, 1200)].toSorted((a, b) => a - b);
  const middle = sorted[sorted.length >> 1] ?? 0;
  return peak > -70 && peak > middle + 25 && peak >= Math.max(...sorted) - 3;
}
