/**
 * A few quiet tones made on the spot: no files, nothing to load. Browsers keep a page silent until its first click; then sound waits for that.
 */
let shared: AudioContext | undefined;

function audio(): AudioContext | null {
  shared ??= new AudioContext();
  if (shared.state === "suspended") void shared.resume().catch(() => undefined);
  return shared.state === "closed" ? null : shared;
}

interface Tone {
  /** Hertz. */
  readonly pitch: number;
  /** Seconds from the start of the figure. */
  readonly at: number;
  readonly length: number;
}

function play(tones: readonly Tone[], loudness: number): void {
  const context = audio();
  if (context?.state !== "running") return;
  for (const { pitch, at, length } of tones) {
    const start = context.currentTime + at;
    const oscillator = new OscillatorNode(context, { type: "sine", frequency: pitch });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(loudness, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + length);
  }
}

export const playMessage = (): void =>
  play(
    [
      { pitch: 880, at: 0, length: 0.16 },
      { pitch: 1174.7, at: 0.07, length: 0.22 },
    ],
    0.06,
  );
export const playHangUp = (): void =>
  play(
    [
      { pitch: 523.3, at: 0, length: 0.18 },
      { pitch: 392, at: 0.12, length: 0.3 },
    ],
    0.08,
  );

const ringing: readonly Tone[] = [
  { pitch: 659.3, at: 0, length: 0.35 },
  { pitch: 784, at: 0.18, length: 0.35 },
  { pitch: 987.8, at: 0.36, length: 0.6 },
];
const waiting: readonly Tone[] = [{ pitch: 440, at: 0, length: 0.9 }];

/** Rings, or sounds the waiting tone of a caller, until the returned function is called. */
export function playRepeatedly(figure: "ring" | "wait"): () => void {
  const once = (): void => play(figure === "ring" ? ringing : waiting, figure === "ring" ? 0.12 : 0.04);
  once();
  const timer = setInterval(once, figure === "ring" ? 2_400 : 3_600);
  return () => clearInterval(timer);
}
