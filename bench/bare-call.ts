/** A call of two bare pages: WebRTC as the browser has it, nothing sealed, signalled through `servers/relay.ts`. */
import type { BrowserContext, Page } from "@playwright/test";

/**
 * Before any page is opened: camera and microphone open once, and whoever asks for them gets copies at once. What a
 * device takes to open is no part of a call's set-up.
 */
export const openDevicesOnce = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => {
    const { mediaDevices } = navigator;
    const real = mediaDevices.getUserMedia.bind(mediaDevices);
    const opened = Promise.withResolvers<MediaStream>();
    let asked = false;
    mediaDevices.getUserMedia = async (wish = {}) => {
      if (!asked) real({ audio: true, video: { width: 1280, height: 720, frameRate: 30 } }).then(opened.resolve, opened.reject);
      asked = true;
      const stream = await opened.promise;
      return new MediaStream(stream.getTracks().flatMap((track) => (wish[track.kind as "audio" | "video"] ? [track.clone()] : [])));
    };
  });
/** So that the first call finds them open. */
export const warmDevices = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of stream.getTracks()) track.stop();
  });

/** What a page says to the other. */
interface Said {
  readonly description?: RTCSessionDescriptionInit;
  readonly candidate?: RTCIceCandidateInit;
}
/** What a bare page has to offer to who drives it. */
interface Bare {
  call: () => Promise<void>;
  end: () => void;
  limit: (bitsPerSecond: number) => Promise<void>;
}

/** Runs in the page. */
async function becomeBare(url: string): Promise<void> {
  document.body.innerHTML = `<button>Accept</button>
    <video aria-label="remote" autoplay playsinline muted style="position:fixed;inset:0;width:100%;height:100%;z-index:-1"></video>
    <video aria-label="self" autoplay playsinline muted style="position:fixed;right:16px;bottom:16px;width:180px"></video>`;
  const button = document.querySelector("button");
  const [video, self] = document.querySelectorAll("video");
  if (!button || !video || !self) throw new Error("no page");
  const socket = new WebSocket(url);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const say = (said: Said): void => socket.send(JSON.stringify(said));
  const devices = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  let pc: RTCPeerConnection | null = null;
  let early: RTCIceCandidateInit[] = [];
  let offered: RTCSessionDescriptionInit | null = null;
  button.hidden = true;

  const connect = (): RTCPeerConnection => {
    const made = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    made.onicecandidate = ({ candidate }) => {
      if (candidate) say({ candidate: candidate.toJSON() });
    };
    made.ontrack = ({ track }) => {
      if (track.kind === "video") video.srcObject = new MediaStream([track]);
    };
    pc = made;
    return made;
  };
  const send = (on: RTCPeerConnection): void => {
    for (const track of devices.getTracks()) on.addTrack(track, devices);
    self.srcObject = devices;
  };
  const take = async (on: RTCPeerConnection, description: RTCSessionDescriptionInit): Promise<void> => {
    await on.setRemoteDescription(description);
    for (const candidate of early.splice(0)) await on.addIceCandidate(candidate);
  };
  socket.onmessage = async ({ data }: MessageEvent<string>) => {
    const said = JSON.parse(data) as Said;
    if (said.description?.type === "offer") {
      offered = said.description;
      button.hidden = false;
    }
    if (said.description?.type === "answer" && pc) await take(pc, said.description);
    if (said.candidate && pc?.remoteDescription) await pc.addIceCandidate(said.candidate);
    else if (said.candidate) early.push(said.candidate);
  };
  button.onclick = async () => {
    if (!offered) return;
    const answering = connect();
    await take(answering, offered);
    send(answering);
    await answering.setLocalDescription();
    if (answering.localDescription) say({ description: answering.localDescription });
  };
  const bare: Bare = {
    call: async () => {
      const calling = connect();
      send(calling);
      await calling.setLocalDescription();
      if (calling.localDescription) say({ description: calling.localDescription });
    },
    end: () => {
      pc?.close();
      pc = null;
      early = [];
      offered = null;
      button.hidden = true;
      video.srcObject = null;
      self.srcObject = null;
    },
    limit: async (bitsPerSecond) => {
      for (const sender of pc?.getSenders() ?? []) {
        if (sender.track?.kind !== "video") continue;
        const parameters = sender.getParameters();
        for (const encoding of parameters.encodings) encoding.maxBitrate = bitsPerSecond;
        await sender.setParameters(parameters);
      }
    },
  };
  Reflect.set(globalThis, "bare", bare);
}

/** A new page of the browser that may call and be called. */
export async function openBare(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url.replace(/^ws/u, "http"));
  await page.evaluate(becomeBare, url);
  return page;
}
/** Offers; at the other page the button appears. */
export const callBare = (page: Page): Promise<void> => page.evaluate(() => (Reflect.get(globalThis, "bare") as Bare).call());
export const endBare = (page: Page): Promise<void> => page.evaluate(() => (Reflect.get(globalThis, "bare") as Bare).end());
/** Not more than this of picture, as the product's. */
export const limitBare = (page: Page, bitsPerSecond: number): Promise<void> =>
  page.evaluate((most) => (Reflect.get(globalThis, "bare") as Bare).limit(most), bitsPerSecond);
