/**
 * What arrives of a call, measured where it arrives. The page's own peer connections are noted as they are made; nothing
 * of the product knows about it.
 */
import { expect, type BrowserContext, type Page } from "@playwright/test";

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
    Reflect.set(globalThis, "madeConnections", made);
    globalThis.RTCPeerConnection = new Proxy(RTCPeerConnection, {
      construct: (target, args: [RTCConfiguration?]) => {
        const connection = new target(...args);
        made.push(connection);
        return connection;
      },
    });
  });
}

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
