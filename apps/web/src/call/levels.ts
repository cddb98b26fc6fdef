/** How loud a track is, now. */

export interface Meter extends Disposable {
  /** 0–1. */
  readonly level: () => number;
}

/** Measures a copy of `track`, so that muting the original does not silence the meter. Null where audio cannot be had. */
export function measure(track: MediaStreamTrack, context: AudioContext): Meter {
  const copy = track.clone();
  copy.enabled = true;
  const source = context.createMediaStreamSource(new MediaStream([copy]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(samples);
      const square = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      // Speech lies between −50 dB and −10 dB.
      return square === 0 ? 0 : Math.min(1, Math.max(0, (10 * Math.log10(square) + 50) / 40));
    },
    [Symbol.dispose]: () => {
      source.disconnect();
      copy.stop();
    },
  };
}
