/**
 * Microphone and camera of this tab: opened on a wish, changed over, taken away, closed. [M15] [M18]
 *
 * Nothing opens by itself but the default device in place of one that vanished. Muting keeps the microphone and sends
 * silence; the camera, switched off, is closed, so that its light goes out.
 */
import { err, ok, type Result } from "@megachat/base";
import type { Track } from "./connection.ts";
import { reasonOf, type MediaRefusal, type RefusalReason } from "./refusal.ts";

export interface CaptureDeps {
  /** Undefined where the origin is not secure. */
  readonly devices: MediaDevices | undefined;
  /** What is sent of `track` has changed: another source, or none. */
  readonly onSource: (track: Track, source: MediaStreamTrack | null) => void;
  readonly onChange: () => void;
}

export interface Capture {
  /** Opens what is wished and not open yet. What opened stays open even if the other was refused. */
  readonly open: (wish: { readonly microphone: boolean; readonly camera: boolean }) => Promise<readonly MediaRefusal[]>;
  readonly close: (track?: Track) => void;
  readonly setMuted: (muted: boolean) => void;
  readonly isMuted: () => boolean;
  /** On hold an open microphone is silent, whether muted or not. */
  readonly setHeld: (held: boolean) => void;
  /** Null means the system's default. Refused, the old device goes on. */
  readonly choose: (track: Track, id: string | null) => Promise<Result<null, MediaRefusal>>;
  readonly chosen: (track: Track) => string | null;
  /** What the browser does to the microphone's sound from now on, an open one included. */
  readonly process: (wish: SoundProcessing) => void;
  readonly source: (track: Track) => MediaStreamTrack | null;
  readonly refusal: (track: Track) => RefusalReason | null;
  /** The user tries again: what was refused is asked for anew. */
  readonly forgetRefusals: () => void;
  /** The device whose place the default one took, until the next choice. */
  readonly fellBack: () => Track | null;
}

export interface SoundProcessing {
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
}

/** A refusal is remembered this long, so that a call that follows does not ask again. Milliseconds. */
const REMEMBER_REFUSAL = 30_000;

export function createCapture({ devices, onSource, onChange }: CaptureDeps): Capture {
  const sources = new Map<Track, MediaStreamTrack>();
  const refusals = new Map<Track, { readonly reason: RefusalReason; readonly at: number }>();
  const choice = new Map<Track, string>();
  // Counts up when a track's source is closed or replaced: what was asked for before is then stopped when it comes.
  const turns: Record<Track, number> = { microphone: 0, camera: 0 };
  let processing: SoundProcessing = { echoCancellation: true, noiseSuppression: true, autoGain: true };
  let muted = false;
  let held = false;
  let fellBack: Track | null = null;

  const ask = async (wanted: readonly Track[]): Promise<Result<readonly MediaStreamTrack[], RefusalReason>> => {
    if (!devices) return err("insecureOrigin");
    try {
      const stream = await devices.getUserMedia({
        ...(wanted.includes("microphone") ? { audio: microphone(processing, choice.get("microphone")) } : {}),
        ...(wanted.includes("camera") ? { video: camera(choice.get("camera")) } : {}),
      });
      return ok(stream.getTracks());
    } catch (fault) {
      return err(reasonOf(fault));
    }
  };

  const put = (track: Track, source: MediaStreamTrack): void => {
    turns[track]++;
    sources.get(track)?.stop();
    sources.set(track, source);
    refusals.delete(track);
    if (track === "microphone") source.enabled = !muted && !held;
    // `ended` comes only when the device is taken away, not when we stop it.
    source.onended = () => void replaceLost(track, source);
    onSource(track, source);
    onChange();
  };

  const refuse = (track: Track, reason: RefusalReason): MediaRefusal => {
    refusals.set(track, { reason, at: performance.now() });
    onChange();
    return { device: track, reason };
  };

  const openThese = async (wanted: readonly Track[]): Promise<readonly MediaRefusal[]> => {
    const before = { ...turns };
    const opened = await ask(wanted);
    if (!opened.ok) {
      // One question for both; if that fails, each for itself says which is missing. A closed question is not asked again.
      if (wanted.length < 2 || opened.error === "dismissed") return wanted.map((track) => refuse(track, opened.error));
      const each: MediaRefusal[] = [];
      for (const track of wanted) each.push(...(await openThese([track])));
      return each;
    }
    for (const source of opened.value) {
      const track = source.kind === "audio" ? "microphone" : "camera";
      // Closed while the question was open: nobody wants it any more.
      if (turns[track] === before[track]) put(track, source);
      else source.stop();
    }
    return [];
  };

  const replaceLost = async (track: Track, lost: MediaStreamTrack): Promise<void> => {
    if (sources.get(track) !== lost) return;
    closeOne(track);
    choice.delete(track);
    const refused = await openThese([track]);
    if (refused.length === 0) fellBack = track;
    onChange();
  };

  let reopening = false;
  /** Not every browser changes it in a track that runs. Refused, the old one goes on; what is wished meanwhile comes next. */
  const reopen = async (): Promise<void> => {
    if (reopening) return;
    reopening = true;
    let used: SoundProcessing;
    do {
      used = processing;
      await openThese(["microphone"]);
      if (sources.has("microphone")) refusals.delete("microphone");
    } while (used !== processing && sources.has("microphone"));
    reopening = false;
  };

  const hush = (): void => {
    const source = sources.get("microphone");
    if (source) source.enabled = !muted && !held;
    onChange();
  };

  const closeOne = (track: Track): void => {
    turns[track]++;
    const source = sources.get(track);
    if (!source) return;
    source.onended = null;
    source.stop();
    sources.delete(track);
    onSource(track, null);
    onChange();
  };

  return {
    open: async (wish) => {
      const wanted = (["microphone", "camera"] as const).filter((track) => wish[track] && !sources.has(track));
      const now = performance.now();
      const known = wanted.flatMap((track) => {
        const refusal = refusals.get(track);
        return refusal && now - refusal.at < REMEMBER_REFUSAL ? [{ device: track, reason: refusal.reason }] : [];
      });
      const fresh = wanted.filter((track) => !known.some(({ device }) => device === track));
      if (fresh.length === 0) return known;
      const used = processing;
      const refused = await openThese(fresh);
      if (used !== processing && sources.has("microphone")) void reopen();
      return [...known, ...refused];
    },
    close: (track) => {
      if (track === undefined || track === "microphone") closeOne("microphone");
      if (track === undefined || track === "camera") closeOne("camera");
      if (track === undefined) {
        muted = false;
        held = false;
        fellBack = null;
      }
    },
    setMuted: (on) => {
      muted = on;
      hush();
    },
    setHeld: (on) => {
      held = on;
      hush();
    },
    isMuted: () => muted,
    choose: async (track, id) => {
      const old = choice.get(track);
      fellBack = null;
      refusals.delete(track);
      if (id === null) choice.delete(track);
      else choice.set(track, id);
      if (!sources.has(track)) {
        onChange();
        return ok(null);
      }
      const refused = await openThese([track]);
      const [refusal] = refused;
      if (!refusal) return ok(null);
      if (old === undefined) choice.delete(track);
      else choice.set(track, old);
      // The old one is still open: there is nothing to explain later.
      refusals.delete(track);
      onChange();
      return err(refusal);
    },
    chosen: (track) => choice.get(track) ?? null,
    process: (wish) => {
      const same = (Object.keys(wish) as (keyof SoundProcessing)[]).every((name) => wish[name] === processing[name]);
      processing = wish;
      if (!same && sources.has("microphone")) void reopen();
    },
    source: (track) => sources.get(track) ?? null,
    refusal: (track) => refusals.get(track)?.reason ?? null,
    forgetRefusals: () => refusals.clear(),
    fellBack: () => fellBack,
  };
}

const microphone = ({ autoGain, ...processing }: SoundProcessing, id: string | undefined): MediaTrackConstraints => ({
  ...processing,
  autoGainControl: autoGain,
  channelCount: 1,
  ...(id === undefined ? {} : { deviceId: { exact: id } }),
});
const camera = (id: string | undefined): MediaTrackConstraints => ({
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
  ...(id === undefined ? {} : { deviceId: { exact: id } }),
});
