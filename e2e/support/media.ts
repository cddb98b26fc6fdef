/**
 * What arrives of a call, measured where it arrives. The page's own peer connections are noted as they are made; nothing
 * of the product knows about it.
 */
import { expect, type BrowserContext, type Page } from "@playwright/test";
import type { BrowserKind } from "./browsers.ts";

/** Counted since the connection began. */
export interface Arrived {
  readonly connections: number;
  readonly framesDecoded: number;
  /** Of the decoded sound, as WebRTC counts it: 0 for silence. */
  readonly audioEnergy: number;
  readonly framesSent: number;
  readonly audioPacketsSent: number;
}

/** Before the page is opened. */
export async function watchMedia(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const made: RTCPeerConnection[] = [];
    const gathered = new Map<RTCPeerConnection, string[]>();
    Reflect.set(globalThis, "madeConnections", made);
    Reflect.set(globalThis, "gatheredCandidates", gathered);
    globalThis.RTCPeerConnection = new Proxy(RTCPeerConnection, {
      construct: (target, [configuration = {}]: [RTCConfiguration?]) => {
        const pattern: unknown = Reflect.get(globalThis, "onlyServers");
        const allowed = (url: string): boolean => typeof pattern !== "string" || new RegExp(pattern).test(url);
        const iceServers = configuration.iceServers?.flatMap((server) => {
          const urls = [server.urls].flat().filter(allowed);
          return urls.length === 0 ? [] : [{ ...server, urls }];
        });
        const connection = new target({ ...configuration, ...(iceServers ? { iceServers } : {}) });
        const lines: string[] = [];
        connection.addEventListener("icecandidate", ({ candidate }) => {
          if (candidate && candidate.candidate !== "") lines.push(candidate.candidate);
        });
        gathered.set(connection, lines);
        made.push(connection);
        return connection;
      },
    });
  });
}

/** From now on new connections of this page know those ICE servers only whose URL fits. */
export const holdTo = (page: Page, servers: RegExp): Promise<void> =>
  page.evaluate((pattern) => {
    Reflect.set(globalThis, "onlyServers", pattern);
  }, servers.source);

/** The way that the newest connection's sound and picture take, and every address that was spoken of for it. */
export interface Way {
  /** Kinds of the two ends of the chosen pair: `host`, `srflx`, `prflx`, `relay`. */
  readonly local: string;
  readonly remote: string;
  /** How this end speaks to its relay. */
  readonly relayProtocol: string | null;
  /** The candidate lines that the browser gave to the page. */
  readonly gathered: readonly string[];
  /** The addresses of the other side, as it told them and as packets came from them. */
  readonly remoteAddresses: readonly string[];
}

export const wayOf = (page: Page): Promise<Way> =>
  page.evaluate(async () => {
    const made = Reflect.get(globalThis, "madeConnections") as readonly RTCPeerConnection[];
    const gathered = Reflect.get(globalThis, "gatheredCandidates") as ReadonlyMap<RTCPeerConnection, readonly string[]>;
    const connection = made.at(-1);
    if (!connection) throw new Error("no connection was made");
    const stats = await connection.getStats();
    const reports = [...(stats.values() as Iterable<Record<string, unknown>>)];
    const text = (of: Record<string, unknown> | undefined, name: string): string => {
      const value = of?.[name];
      return typeof value === "string" ? value : "";
    };
    const pair = reports.find(
      (each) => each["type"] === "candidate-pair" && each["nominated"] === true && each["state"] === "succeeded",
    );
    const end = (name: string) => reports.find(({ id }) => id === pair?.[name]);
    const local = end("localCandidateId");
    const remotes = reports.filter(({ type }) => type === "remote-candidate");
    return {
      local: text(local, "candidateType"),
      remote: text(end("remoteCandidateId"), "candidateType"),
      relayProtocol: text(local, "relayProtocol") || null,
      gathered: gathered.get(connection) ?? [],
      remoteAddresses: remotes.map((each) => text(each, "address") || text(each, "ip")),
    };
  });

/** In the life of this page. */
export const connectionsMade = (page: Page): Promise<number> =>
  page.evaluate(() => (Reflect.get(globalThis, "madeConnections") as readonly RTCPeerConnection[]).length);

export const arrived = (page: Page): Promise<Arrived> =>
  page.evaluate(async () => {
    const made = Reflect.get(globalThis, "madeConnections") as readonly RTCPeerConnection[];
    const sum = { connections: 0, framesDecoded: 0, audioEnergy: 0, framesSent: 0, audioPacketsSent: 0 };
    for (const connection of made) {
      if (connection.connectionState === "closed") continue;
      sum.connections++;
      const reports = await connection.getStats();
      for (const report of reports.values() as Iterable<Record<string, unknown>>) {
        const count = (name: string): number => (typeof report[name] === "number" ? report[name] : 0);
        if (report["type"] === "inbound-rtp" && report["kind"] === "video") sum.framesDecoded += count("framesDecoded");
        if (report["type"] === "inbound-rtp" && report["kind"] === "audio") sum.audioEnergy += count("totalAudioEnergy");
        if (report["type"] === "outbound-rtp" && report["kind"] === "video") sum.framesSent += count("framesSent");
        if (report["type"] === "outbound-rtp" && report["kind"] === "audio") sum.audioPacketsSent += count("packetsSent");
      }
    }
    return sum;
  });

/** Sound, and a picture if there is to be one, go on arriving. */
export async function flows(page: Page, what: "audio" | "video"): Promise<void> {
  const before = await arrived(page);
  await expect
    .poll(async () => (await arrived(page)).audioEnergy - before.audioEnergy, { timeout: 20_000, message: "sound arrives" })
    .toBeGreaterThan(0);
  if (what === "audio") return;
  await expect
    .poll(async () => (await arrived(page)).framesDecoded - before.framesDecoded, { timeout: 20_000, message: "a picture arrives" })
    .toBeGreaterThan(5);
}

/** The picture stands still, after at most some seconds. Firefox goes on with one black frame a second. */
export async function pictureStops(page: Page): Promise<void> {
  await expect
    .poll(
      async () => {
        const before = await arrived(page);
        await page.waitForTimeout(1000);
        return (await arrived(page)).framesDecoded - before.framesDecoded;
      },
      { timeout: 20_000, message: "the picture stops" },
    )
    .toBeLessThanOrEqual(2);
}

/** The sound that arrives falls silent. */
export async function soundStops(page: Page): Promise<void> {
  await expect
    .poll(
      async () => {
        const before = await arrived(page);
        await page.waitForTimeout(1000);
        return (await arrived(page)).audioEnergy - before.audioEnergy;
      },
      { timeout: 20_000, message: "the sound stops" },
    )
    .toBeLessThan(1e-6);
}

/** What of the browsers' fake microphones is recognised: Chromium beeps at 400 Hz twice a second, Firefox hums at 1000 Hz. */
export type Sound = "beeps" | "hum" | "silence" | "something else";
const soundOf: Readonly<Record<BrowserKind, Sound>> = { chromium: "beeps", firefox: "hum" };

/** Hears the microphone of a browser of that kind, as it sounds there. */
export async function hears(page: Page, kind: BrowserKind): Promise<void> {
  await expect.poll(() => sound(page), { timeout: 20_000, message: `what ${kind} plays is heard` }).toBe(soundOf[kind]);
}

/** Of the last three quarters of a second that arrived: how it comes and goes, and the strongest note where it is loudest. */
export const sound = (page: Page): Promise<Sound> =>
  page.evaluate((): Sound => {
    const made = Reflect.get(globalThis, "madeConnections") as readonly RTCPeerConnection[];
    const track = made
      .filter(({ connectionState }) => connectionState !== "closed")
      .flatMap((connection) => connection.getReceivers())
      .find((receiver) => receiver.track.kind === "audio")?.track;
    if (!track) return "silence";
    const ears = (Reflect.get(globalThis, "ears") ?? new WeakMap()) as WeakMap<MediaStreamTrack, AnalyserNode>;
    Reflect.set(globalThis, "ears", ears);
    let ear = ears.get(track);
    if (!ear) {
      ear = new AnalyserNode(new AudioContext(), { fftSize: 32_768 });
      (ear.context as AudioContext).createMediaStreamSource(new MediaStream([track])).connect(ear);
      ears.set(track, ear);
    }
    const { sampleRate } = ear.context;
    const samples = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(samples);

    const length = Math.round(sampleRate / 100);
    const levels: number[] = [];
    for (let at = 0; at + length <= samples.length; at += length)
      levels.push(Math.hypot(...samples.subarray(at, at + length)) / Math.sqrt(length));
    const loudest = Math.max(...levels);
    if (loudest < 1e-3) return "silence";
    const usual = levels.toSorted((a, b) => a - b)[levels.length >> 1] ?? 0;

    const at = levels.indexOf(loudest) * length;
    const there = samples.subarray(Math.max(0, at - length / 2), at + length * 1.5);
    const strength = (note: number): number => {
      let [real, imaginary] = [0, 0];
      there.forEach((value, i) => {
        const windowed = value * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / there.length));
        const turn = (2 * Math.PI * note * i) / sampleRate;
        real += windowed * Math.cos(turn);
        imaginary += windowed * Math.sin(turn);
      });
      return Math.hypot(real, imaginary);
    };
    const strengths = Array.from({ length: 39 }, (_, i) => [100 * (i + 1), strength(100 * (i + 1))] as const);
    const [first, second] = strengths.toSorted(([, a], [, b]) => b - a);
    // A single note, not one that a noise happens to have most of.
    if (!first || !second || first[1] < 2 * second[1]) return "something else";
    if (first[0] === 400 && usual < loudest / 8) return "beeps";
    return first[0] === 1000 && usual > loudest / 2 ? "hum" : "something else";
  });

type Colour = readonly [number, number, number];

/** The mean colour of the biggest picture on the page, as it is drawn. */
export const meanColour = (page: Page): Promise<Colour> =>
  page.evaluate((): Colour => {
    const videos = [...document.querySelectorAll("video")].filter((video) => video.videoWidth > 0);
    const area = (video: HTMLVideoElement): number => video.clientWidth * video.clientHeight;
    const video = videos.sort((a, b) => area(b) - area(a))[0];
    if (!video) return [0, 0, 0];
    const canvas = new OffscreenCanvas(32, 24);
    const context = canvas.getContext("2d");
    context?.drawImage(video, 0, 0, 32, 24);
    const pixels = context?.getImageData(0, 0, 32, 24).data ?? new Uint8ClampedArray(4);
    const mean = [0, 0, 0];
    for (let at = 0; at < pixels.length; at++)
      if (at % 4 < 3) mean[at % 4] = (mean[at % 4] ?? 0) + (pixels[at] ?? 0) / (pixels.length / 4);
    return [mean[0] ?? 0, mean[1] ?? 0, mean[2] ?? 0];
  });
