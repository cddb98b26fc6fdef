/** Two sounds as one track, for the one sender there is: a voice and the sound of a shown screen. [M21] */
export interface Mixer extends Disposable {
  /** The one there is, or both in one; null where there is none. The same pair gives the same track. */
  readonly mix: (voice: MediaStreamTrack | null, sound: MediaStreamTrack | null) => MediaStreamTrack | null;
}

export function createMixer(): Mixer {
  let mixed: { readonly voice: MediaStreamTrack; readonly sound: MediaStreamTrack; readonly context: AudioContext } | undefined;
  let out: MediaStreamTrack | null = null;
  const end = (): void => {
    out?.stop();
    void mixed?.context.close();
    out = null;
    mixed = undefined;
  };
  return {
    mix: (voice, sound) => {
      if (voice && sound && mixed?.voice === voice && mixed.sound === sound) return out;
      end();
      if (!voice || !sound) return voice ?? sound;
      const context = new AudioContext();
      void context.resume();
      const destination = new MediaStreamAudioDestinationNode(context);
      for (const track of [voice, sound]) context.createMediaStreamSource(new MediaStream([track])).connect(destination);
      mixed = { voice, sound, context };
      out = destination.stream.getAudioTracks()[0] ?? null;
      return out;
    },
    [Symbol.dispose]: end,
  };
}
