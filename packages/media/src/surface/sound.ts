/** The peer's sound: played by an element of its own, so that it goes on whatever the screen shows. [M18] */
export interface Sound extends Disposable {
  readonly play: (track: MediaStreamTrack | null) => void;
  /** Where this browser lets a page choose; null is the system's default. False when it was refused. */
  readonly choose: (id: string | null) => Promise<boolean>;
  readonly chosen: () => string | null;
  readonly canChoose: boolean;
  /** Two notes, for the user to hear which loudspeaker is chosen. False when it would not play them. */
  readonly test: () => Promise<boolean>;
  /** The browser wants a click before it plays. */
  readonly needsClick: () => boolean;
}

export function openSound(document: Document, onChange: () => void): Sound {
  const element = document.createElement("audio");
  let chosen: string | null = null;
  let needsClick = false;
  const set = (needed: boolean): void => {
    if (needsClick === needed) return;
    needsClick = needed;
    onChange();
  };
  const start = (): void => {
    if (!element.srcObject) return set(false);
    element.play().then(
      () => set(false),
      // Playing is refused until the user has touched the page; anything else has no track to play.
      (fault: unknown) => set(fault instanceof DOMException && fault.name === "NotAllowedError"),
    );
  };
  const clicked = (): void => {
    if (needsClick) start();
  };
  document.addEventListener("click", clicked, true);
  return {
    play: (track) => {
      element.srcObject = track && new MediaStream([track]);
      start();
    },
    choose: async (id) => {
      try {
        await element.setSinkId(id ?? "");
        chosen = id;
        return true;
      } catch {
        return false;
      }
    },
    chosen: () => chosen,
    canChoose: "setSinkId" in element,
    test: () => playNotes(document.createElement("audio"), chosen),
    needsClick: () => needsClick,
    [Symbol.dispose]: () => {
      document.removeEventListener("click", clicked, true);
      element.srcObject = null;
    },
  };
}

/** Hertz, and seconds from the start. */
const notes = [
  { pitch: 523.3, at: 0 },
  { pitch: 784, at: 0.22 },
] as const;
const NOTE = 0.5;
const LOUDNESS = 0.2;

async function playNotes(speaker: HTMLAudioElement, id: string | null): Promise<boolean> {
  let context: AudioContext | undefined;
  try {
    context = new AudioContext();
    const out = new MediaStreamAudioDestinationNode(context);
    if (id !== null) await speaker.setSinkId(id);
    speaker.srcObject = out.stream;
    await Promise.all([context.resume(), speaker.play()]);
    const { currentTime } = context;
    const ended = notes.map(({ pitch, at }) => playNote(out, pitch, currentTime + 0.05 + at));
    await Promise.all(ended);
    return true;
  } catch {
    return false;
  } finally {
    speaker.srcObject = null;
    void context?.close();
  }
}

/** Resolves when it is over. */
function playNote(out: AudioNode, pitch: number, start: number): Promise<unknown> {
  const oscillator = new OscillatorNode(out.context, { frequency: pitch });
  const gain = new GainNode(out.context, { gain: 0 });
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, start + NOTE);
  oscillator.connect(gain).connect(out);
  oscillator.start(start);
  oscillator.stop(start + NOTE);
  return new Promise((resolve) => oscillator.addEventListener("ended", resolve));
}
