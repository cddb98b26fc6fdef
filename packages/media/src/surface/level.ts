/** Loudness of a track, for meters and for noticing that someone speaks into a muted microphone. */
export interface Meter extends Disposable {
  /** Loudness of the last 20 ms or so, 0–1, even to the ear: 0 is −50 dB, 1 is −10 dB. */
  readonly level: () => number;
}

export function openMeter(context: AudioContext, track: MediaStreamTrack): Meter {
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(samples);
      const square = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      return square === 0 ? 0 : Math.min(1, Math.max(0, (10 * Math.log10(square) + 50) / 40));
    },
    [Symbol.dispose]: () => source.disconnect(),
  };
}

/** Speech is louder than this, a quiet room is not. */
const SPEECH = 0.35;
/** Milliseconds of speech before it is said, and of silence before it is taken back. */
const SAY_AFTER = 400;
const TAKE_BACK_AFTER = 3000;

/** Turns levels into "is speaking", without flicker. `now` in milliseconds. */
export function createSpeechSense(): (level: number, now: number) => boolean {
  let loudSince: number | null = null;
  let lastLoud = -Infinity;
  let speaking = false;
  return (level, now) => {
    if (level >= SPEECH) {
      loudSince ??= now;
      lastLoud = now;
    } else if (now - lastLoud > 200) {
      loudSince = null;
    }
    if (loudSince !== null && now - loudSince >= SAY_AFTER) speaking = true;
    if (now - lastLoud > TAKE_BACK_AFTER) speaking = false;
    return speaking;
  };
}
