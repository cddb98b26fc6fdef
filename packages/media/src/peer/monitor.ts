/**
 * Looks at a connection twice a second: is anything heard, does only sealed leave, how good is it. [M16] [M17] [M20]
 */
import type { MediaQuality } from "@megachat/wire";
import type { Connection } from "./connection.ts";
import { leaked, qualityOf, readSample, type Sample } from "./stats.ts";
import type { WorkerLink } from "./worker-link.ts";

export interface MonitorEvents {
  readonly onSilent: (forMs: number) => void;
  readonly onHeard: () => void;
  readonly onQuality: (quality: MediaQuality) => void;
  /** Whether pictures of the other side came since the last look. */
  readonly onPicture: (moving: boolean) => void;
  /** More left than was sealed, or the worker no longer answers. */
  readonly onUnprotected: () => void;
}

/** Milliseconds. */
const LOOK_EVERY = 500;
/** While sound comes, a second without any packet is a broken path. */
const SILENT_AFTER = 1000;
/** Who has no microphone sends only reports and checks, seconds apart. */
const SILENT_AFTER_WITHOUT_SOUND = 8000;
const SILENT_AGAIN = 3000;
const SOUND_COUNTS_FOR = 3000;
const WORKER_ANSWERS_WITHIN = 3000;
const QUALITY_EVERY = 1000;

export function watch(connection: Connection, link: WorkerLink, events: MonitorEvents): Disposable {
  let stopped = false;
  let last: Sample | null = null;
  let graded: Sample | null = null;
  let heardAt: number | null = null;
  let soundAt = -Infinity;
  /** When silence was last told; null while something is heard. */
  let toldAt: number | null = null;

  const look = async (): Promise<void> => {
    const sample = readSample(mapValues(await connection.stats()), performance.now());
    // Asked after the look, so that an honest worker is never behind what has left.
    const counts = await link.count(WORKER_ANSWERS_WITHIN);
    if (stopped) return;
    if (!counts || leaked(last ?? sample, sample, counts)) return events.onUnprotected();
    listen(sample);
    if (last) events.onPicture(sample.picturesDecoded > last.picturesDecoded);
    last = sample;
    if (!graded || sample.at - graded.at >= QUALITY_EVERY) {
      events.onQuality(qualityOf(graded, sample, counts));
      graded = sample;
    }
  };

  const listen = (sample: Sample): void => {
    if (last && sample.audioPacketsIn > last.audioPacketsIn) soundAt = sample.at;
    if (!last || sample.inboundMark !== last.inboundMark) {
      heardAt = sample.at;
      if (toldAt !== null) events.onHeard();
      toldAt = null;
      return;
    }
    if (heardAt === null) return;
    // Said again now and then: the core that heard it first may be gone.
    if (toldAt !== null && sample.at - toldAt < SILENT_AGAIN) return;
    const patience = heardAt - soundAt < SOUND_COUNTS_FOR ? SILENT_AFTER : SILENT_AFTER_WITHOUT_SOUND;
    if (sample.at - heardAt < patience) return;
    toldAt = sample.at;
    events.onSilent(Math.round(sample.at - heardAt));
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
  };
  // Statistics of a connection that is being closed reject; then there is nothing to watch. Otherwise nobody watches.
  run().catch(() => {
    if (!stopped) events.onUnprotected();
  });
  return {
    [Symbol.dispose]: () => {
      stopped = true;
    },
  };
}

/** `RTCStatsReport` is map-like, in types even less than in browsers. */
function mapValues(report: RTCStatsReport): readonly unknown[] {
  const values: unknown[] = [];
  report.forEach((value: unknown) => values.push(value));
  return values;
}
