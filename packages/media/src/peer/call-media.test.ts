/** Everything that was opened is closed, whichever step fails. Real browsers: e2e/. */
import type { MediaEvent, SessionOffer } from "@megachat/wire";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openCallMedia } from "./call-media.ts";

const path = { iceServers: [], relayOnly: false };
const CALL = "00".repeat(16);

/** What is open. */
let open: Set<string>;
/** How many were made. */
let made: { worker: number; connection: number };
/** The step that fails, if any. */
let broken: string | null;

function opening(what: string): string {
  open.add(what);
  return what;
}
class FakeWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  constructor() {
    if (broken === "worker") throw new Error("no worker");
    opening("worker");
    made.worker++;
    setTimeout(() => {
      if (broken === "worker dies") this.onerror?.();
      else this.onmessage?.({ data: { type: "ready", workerKey: new Uint8Array(32) } });
    }, 5);
  }
  postMessage(): void {}
  terminate(): void {
    open.delete("worker");
  }
}
class FakePeer {
  iceGatheringState = "new";
  localDescription = { sdp: "v=0" };
  constructor() {
    if (broken === "connection") throw new Error("no connection");
    opening("connection");
    made.connection++;
  }
  addTransceiver(): unknown {
    if (broken === "transceiver") throw new Error("no transceiver");
    return { sender: {}, receiver: { track: {} }, setCodecPreferences: () => {} };
  }
  setLocalDescription(): Promise<void> {
    return broken === "describe" ? Promise.reject(new Error("no description")) : Promise.resolve();
  }
  getStats(): Promise<never> {
    return new Promise(() => {});
  }
  addEventListener(): void {}
  removeEventListener(): void {}
  close(): void {
    open.delete("connection");
  }
}
const devices = {
  getUserMedia: ({ audio, video }: MediaStreamConstraints) => {
    const kinds = [audio ? "audio" : "", video ? "video" : ""].filter((kind) => kind !== "");
    const tracks = kinds.map((kind) => ({ kind, enabled: true, onended: null, stop: () => open.delete(kind) }));
    kinds.forEach(opening);
    return Promise.resolve({ getTracks: () => tracks });
  },
} as unknown as MediaDevices;

beforeEach(() => {
  open = new Set();
  broken = null;
  made = { worker: 0, connection: 0 };
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("RTCPeerConnection", FakePeer);
  vi.stubGlobal("RTCRtpScriptTransform", class {});
  vi.stubGlobal("RTCRtpReceiver", { getCapabilities: () => null });
});
afterEach(() => void vi.unstubAllGlobals());

function media(): { readonly events: MediaEvent[]; readonly media: ReturnType<typeof openCallMedia> } {
  const events: MediaEvent[] = [];
  const opened = openCallMedia({
    createWorker: () => new FakeWorker() as unknown as Worker,
    devices,
    onEvent: ({ event }) => events.push(event),
    onChange: () => {},
  });
  return { events, media: opened };
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));

test.each(["worker", "connection", "transceiver", "describe", "worker dies"])(
  "[M15] when the %s fails, nothing stays open and the core is told",
  async (step) => {
    broken = step;
    const { events, media: opened } = media();
    opened.handle({ call: CALL, command: { type: "capture", camera: true } });
    opened.handle({ call: CALL, command: { type: "offer", ...path } });
    await settle();
    expect([...open]).toEqual([]);
    expect(events.at(-1)?.type).toBe("failed");
    expect(opened.call()).toBeNull();
  },
);

test("[M15] answering the other's call in place of our own lays our connection and worker down and keeps the devices", async () => {
  const { events, media: opened } = media();
  const other = "22".repeat(16);
  opened.handle({ call: CALL, command: { type: "capture", camera: true } });
  opened.handle({ call: CALL, command: { type: "offer", ...path } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const [worker, connection] = [made.worker, made.connection];
  broken = "connection";
  opened.handle({ call: other, command: { type: "capture", camera: true } });
  expect(opened.call()).toBe(other);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([...open]).toEqual(["audio", "video"]);
  expect(events.filter(({ type }) => type === "captured")).toHaveLength(2);
  opened.handle({ call: other, command: { type: "answer", offer: {} as SessionOffer, candidates: [], ...path } });
  await settle();
  // The new connection was made to fail, so all is closed: also what belonged to the first call.
  expect(made).toEqual({ worker: worker + 1, connection });
  expect([...open]).toEqual([]);
  expect(events.at(-1)).toEqual({ type: "failed", why: "browserFailed" });
});

test("[M15] an offer that was being made when both called at once fails nothing, and is told to nobody", async () => {
  for (const ms of [2, 60, 100]) {
    const { events, media: opened } = media();
    const other = "22".repeat(16);
    opened.handle({ call: CALL, command: { type: "capture", camera: false } });
    opened.handle({ call: CALL, command: { type: "offer", ...path } });
    await new Promise((resolve) => setTimeout(resolve, ms));
    opened.handle({ call: other, command: { type: "capture", camera: false } });
    await settle();
    expect(events.map(({ type }) => type)).not.toContain("failed");
    expect(events.map(({ type }) => type)).not.toContain("offered");
    expect(opened.call()).toBe(other);
    opened[Symbol.dispose]();
  }
});

test("[M15] the devices of our call close with the other's, once they have gone over to it", async () => {
  const { media: opened } = media();
  const other = "22".repeat(16);
  opened.handle({ call: CALL, command: { type: "capture", camera: true } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  opened.handle({ call: other, command: { type: "capture", camera: true } });
  opened.handle({ call: CALL, command: { type: "close" } });
  expect([...open]).toEqual(["audio", "video"]);
  opened.handle({ call: other, command: { type: "close" } });
  await settle();
  expect([...open]).toEqual([]);
});

test("[M15] commands for another call, and any before a capture, open nothing", async () => {
  const { events, media: opened } = media();
  opened.handle({ call: CALL, command: { type: "offer", ...path } });
  opened.handle({ call: CALL, command: { type: "send" } });
  opened.handle({ call: CALL, command: { type: "camera", on: true } });
  opened.handle({ call: CALL, command: { type: "capture", camera: false } });
  opened.handle({ call: "11".repeat(16), command: { type: "offer", ...path } });
  opened.handle({ call: "11".repeat(16), command: { type: "close" } });
  await settle();
  expect([...open]).toEqual(["audio"]);
  expect(events.map(({ type }) => type)).toContain("captured");
  expect(opened.call()).toBe(CALL);
});

test("the other side's picture is shown from its first on, and no longer than the call", () => {
  const { media: opened } = media();
  opened.pictureCame();
  expect(opened.remotePicture()).toBe(false);
  opened.handle({ call: CALL, command: { type: "capture", camera: false } });
  opened.pictureCame();
  expect(opened.remotePicture()).toBe(true);
  opened.handle({ call: CALL, command: { type: "close" } });
  expect(opened.remotePicture()).toBe(false);
});
