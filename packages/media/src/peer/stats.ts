/**
 * What the browser measures, as this product needs it: pure functions over one report. [M16] [M17] [M20]
 */
import type { MediaQuality } from "@megachat/wire";
import type { TransformCounts } from "../protocol/messages.ts";

type Track = TransformCounts["track"];

/** One look at a connection. Counters run since the connection began. */
export interface Sample {
  /** Milliseconds, of the browser's clock. */
  readonly at: number;
  /** Changes with every packet that comes in, of whatever kind. */
  readonly inboundMark: string;
  readonly audioPacketsIn: number;
  readonly packetsIn: number;
  readonly packetsLostIn: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly picturesDecoded: number;
  readonly picture: { readonly width: number; readonly height: number } | null;
  /** Of what we send, as the other side reported it, 0–1. */
  readonly lossOut: number | null;
  /** Milliseconds. */
  readonly roundTrip: number | null;
  readonly path: "direct" | "relay" | null;
  readonly sent: Readonly<Record<Track, Sent>>;
}
/** What left a sender. `frames` is of pictures, `bytes` of what packets carry, without the padding that probes the path. */
export interface Sent {
  readonly packets: number;
  readonly frames: number;
  readonly bytes: number;
}

type Entry = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

export function readSample(entries: Iterable<unknown>, at: number): Sample {
  const all = [...entries].filter(isEntry);
  const of = (type: string): readonly Entry[] => all.filter((entry) => entry.type === type);
  const kindOf = (entry: Entry): unknown => entry["kind"] ?? entry["mediaType"];
  const inbound = of("inbound-rtp");
  const outbound = of("outbound-rtp");
  const pairs = of("candidate-pair");
  const audioIn = inbound.filter((entry) => kindOf(entry) === "audio");
  const videoIn = inbound.filter((entry) => kindOf(entry) === "video");
  const selected = selectedPair(all, pairs);
  const remote = of("remote-inbound-rtp");
  const bytesIn = total(inbound, "bytesReceived");
  const width = total(videoIn, "frameWidth");
  const height = total(videoIn, "frameHeight");
  const sent = (kind: string): Sent => {
    const streams = outbound.filter((entry) => kindOf(entry) === kind);
    return {
      packets: total(streams, "packetsSent"),
      frames: total(streams, "framesSent"),
      bytes: total(streams, "bytesSent"),
    };
  };
  return {
    at,
    inboundMark:
      [...of("transport"), ...pairs].map((entry) => `${entry.id}=${number(entry["bytesReceived"])}`).join(" ") + ` ${bytesIn}`,
    audioPacketsIn: total(audioIn, "packetsReceived"),
    packetsIn: total(inbound, "packetsReceived"),
    packetsLostIn: total(inbound, "packetsLost"),
    bytesIn,
    bytesOut: total(outbound, "bytesSent"),
    picturesDecoded: total(videoIn, "framesDecoded"),
    picture: width > 0 && height > 0 ? { width, height } : null,
    lossOut: greatest(remote, "fractionLost"),
    roundTrip: roundTripOf(selected, remote),
    path: pathOf(all, selected),
    sent: { microphone: sent("audio"), camera: sent("video") },
  };
}

/** Between two looks at one connection. */
export function qualityOf(before: Sample | null, now: Sample, counts: readonly TransformCounts[]): MediaQuality {
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  const rate = (read: (sample: Sample) => number): number | null =>
    before && seconds > 0 ? Math.max(0, read(now) - read(before)) / seconds : null;
  const lost = before ? Math.max(0, now.packetsLostIn - before.packetsLostIn) : 0;
  const got = before ? Math.max(0, now.packetsIn - before.packetsIn) : 0;
  const lossIn = lost + got > 0 ? lost / (lost + got) : null;
  const losses = [lossIn, now.lossOut].filter((loss) => loss !== null);
  const bits = (bytes: number | null): number | null => (bytes === null ? null : Math.round(8 * bytes));
  const framesPerSecond = rate(({ picturesDecoded }) => picturesDecoded);
  const sum = (side: TransformCounts["side"], read: (each: TransformCounts) => number): number =>
    counts.filter((each) => each.side === side).reduce((all, each) => all + read(each), 0);
  return {
    path: now.path,
    roundTrip: now.roundTrip,
    loss: losses.length > 0 ? Math.min(1, Math.max(...losses)) : null,
    bitsIn: bits(rate(({ bytesIn }) => bytesIn)),
    bitsOut: bits(rate(({ bytesOut }) => bytesOut)),
    picture: now.picture && framesPerSecond ? { ...now.picture, framesPerSecond: Math.round(framesPerSecond) } : null,
    framesOpened: sum("receive", ({ passed }) => passed),
    // Copies are no sign of trouble: browsers send packets again to probe the path.
    framesRefused: sum("receive", ({ refused }) =>
      Object.entries(refused).reduce((all, [why, n]) => (why === "replayed" ? all : all + n), 0),
    ),
    framesSealed: sum("send", ({ passed }) => passed),
  };
}

/**
 * Whether more left a sender than went through the worker. [M16]
 *
 * `before` is the look before the present one: what had left by then has surely been counted by now, however busy the
 * machine. Browsers count encoded pictures before or after the worker; sound is counted in packets, after it. Packets of a
 * camera that is off are no sign: Chromium sends empty ones to learn what a new path carries.
 */
export function leaked(before: Sample, now: Sample, counts: readonly TransformCounts[]): boolean {
  const worked = (track: Track, read: (each: TransformCounts) => number): number =>
    counts.filter((each) => each.side === "send" && each.track === track).reduce((sum, each) => sum + read(each), 0);
  const sealed = (track: Track): number => worked(track, ({ passed }) => passed);
  return (
    before.sent.microphone.packets > sealed("microphone") ||
    before.sent.camera.frames > worked("camera", ({ seen }) => seen) ||
    (now.sent.microphone.packets > 0 && sealed("microphone") === 0) ||
    (now.sent.camera.bytes > 0 && sealed("camera") === 0)
  );
}

function selectedPair(all: readonly Entry[], pairs: readonly Entry[]): Entry | undefined {
  const named = all.find((entry) => entry.type === "transport")?.["selectedCandidatePairId"];
  return (
    pairs.find((pair) => pair.id === named) ??
    pairs.find((pair) => pair["selected"] === true) ??
    pairs.find((pair) => pair["nominated"] === true && pair["state"] === "succeeded")
  );
}

function pathOf(all: readonly Entry[], pair: Entry | undefined): Sample["path"] {
  if (!pair) return null;
  const ends = [pair["localCandidateId"], pair["remoteCandidateId"]].map((id) => all.find((entry) => entry.id === id));
  return ends.some((end) => end?.["candidateType"] === "relay") ? "relay" : "direct";
}

function roundTripOf(pair: Entry | undefined, remote: readonly Entry[]): number | null {
  const seconds = pair?.["currentRoundTripTime"] ?? greatest(remote, "roundTripTime");
  return typeof seconds === "number" ? Math.round(seconds * 1000) : null;
}

const isEntry = (value: unknown): value is Entry =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  "type" in value &&
  typeof value.type === "string";
const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const total = (entries: readonly Entry[], name: string): number => entries.reduce((sum, entry) => sum + number(entry[name]), 0);
const greatest = (entries: readonly Entry[], name: string): number | null =>
  entries.reduce<number | null>((most, entry) => {
    const value = entry[name];
    return typeof value === "number" && (most === null || value > most) ? value : most;
  }, null);
