/** The order of things around senders, against a connection that only remembers it. Real ones: e2e/. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SessionOffer } from "@megachat/wire";
import { openConnection, type ConnectionEvents } from "./connection.ts";
import { serializeOffer } from "../sdp/serialize.ts";
import type { WorkerLink } from "./worker-link.ts";

const path = { iceServers: [], relayOnly: false };
const DESCRIPTION: SessionOffer = {
  fingerprint: new Uint8Array(32),
  iceUfrag: "abcd",
  icePwd: "abcdefghijklmnopqrstuv",
  candidates: [
    { foundation: 1, priority: 1, address: { kind: "ip4", value: Uint8Array.of(192, 0, 2, 1) }, port: 5000, kind: "host" },
  ],
  audio: { payloadType: 111, ssrc: null, feedback: [], extensions: [] },
  video: { payloadType: 96, rtxPayloadType: null, ssrc: null, rtxSsrc: null, feedback: [], extensions: [] },
};
const silent: ConnectionEvents = {
  onCandidates: () => {},
  onConnected: () => {},
  onNoPath: () => {},
  onNotAuthentic: () => {},
  onTrack: () => {},
};

/** What happened, in order; `|` marks the end of a task. */
let said: string[] = [];

class FakeTransform {
  constructor(_worker: unknown, options: { side: string; track: string }) {
    said.push(`transform ${options.side} ${options.track}`);
  }
}
class FakePeer {
  static configuration: RTCConfiguration & { encodedInsertableStreams?: boolean };
  static sdp = "";
  static gathering = "complete";
  static heard = new Map<string, () => void>();
  iceGatheringState = FakePeer.gathering;
  signalingState = "have-local-offer";
  localDescription: { readonly sdp: string } | null = null;
  connectionState = "new";
  iceConnectionState = "new";
  /** Of the one transport. */
  static dtls = { state: "new", iceTransport: { state: "new" }, onstatechange: null as (() => void) | null };
  static last: FakePeer;
  onconnectionstatechange: (() => void) | null = null;
  constructor(configuration: RTCConfiguration) {
    FakePeer.configuration = configuration;
    FakePeer.last = this;
  }
  setConfiguration(configuration: RTCConfiguration): void {
    FakePeer.configuration = configuration;
    said.push("configure");
  }
  addTransceiver(kind: string, init: { direction: string }): unknown {
    said.push(`sender ${kind} ${init.direction}`);
    queueMicrotask(() => said.push("|"));
    return {
      sender: {
        transport: FakePeer.dtls,
        replaceTrack: (track: unknown) => Promise.resolve(said.push(`track ${track === null ? "off" : "on"}`)),
      },
      receiver: { track: {} },
      setCodecPreferences: () => {},
    };
  }
  getTransceivers(): unknown[] {
    return [];
  }
  setRemoteDescription({ type, sdp }: { readonly type: string; readonly sdp: string }): Promise<void> {
    said.push(`take ${type} ${sdp.includes("a=candidate:") ? "with" : "without"} candidates`);
    return Promise.resolve();
  }
  addIceCandidate(): Promise<void> {
    said.push("candidate");
    return Promise.resolve();
  }
  setLocalDescription(): Promise<void> {
    said.push("describe");
    this.localDescription = { sdp: FakePeer.sdp };
    return Promise.resolve();
  }
  addEventListener(type: string, listener: () => void): void {
    FakePeer.heard.set(type, listener);
  }
  removeEventListener(): void {}
  restartIce(): void {
    said.push("restart");
  }
  close(): void {
    said.push("close");
  }
}

function fakeLink(): { readonly link: WorkerLink; readonly start: () => void } {
  const running = Promise.withResolvers<void>();
  const link = { worker: {}, started: () => running.promise } as unknown as WorkerLink;
  return { link, start: () => running.resolve() };
}

beforeEach(() => {
  said = [];
  vi.stubGlobal("RTCPeerConnection", FakePeer);
  vi.stubGlobal("RTCRtpScriptTransform", FakeTransform);
  vi.stubGlobal("RTCRtpReceiver", { getCapabilities: () => null });
});
afterEach(() => void vi.unstubAllGlobals());

describe("senders", () => {
  test("[M14] each begins without a track and gets both transforms in the same task, before any description", async () => {
    using connection = openConnection(path, fakeLink().link, silent);
    await connection.makeOffer();
    expect(said.slice(0, 6)).toEqual([
      "sender audio sendrecv",
      "transform send microphone",
      "transform receive microphone",
      "sender video sendrecv",
      "transform send camera",
      "transform receive camera",
    ]);
    expect(said.indexOf("|")).toBeGreaterThan(5);
    expect(said.indexOf("describe")).toBeGreaterThan(5);
  });

  test("[M14] a track waits until the worker has said that its transform runs", async () => {
    const { link, start } = fakeLink();
    using connection = openConnection(path, link, silent);
    await connection.makeOffer();
    const sent = connection.send("microphone", {} as MediaStreamTrack);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(said).not.toContain("track on");
    start();
    await sent;
    expect(said).toContain("track on");
  });

  test("[M14] Chromium is told to hold back what has no transform, and no server is asked that was not named", () => {
    using connection = openConnection({ iceServers: [], relayOnly: true }, fakeLink().link, silent);
    expect(connection).toBeDefined();
    expect(FakePeer.configuration).toMatchObject({ encodedInsertableStreams: true, iceServers: [], iceTransportPolicy: "relay" });
  });

  test("[M15] a connection that is left is closed", async () => {
    {
      using connection = openConnection(path, fakeLink().link, silent);
      await connection.makeOffer();
    }
    expect(said.at(-1)).toBe("close");
  });
});

test("[L15] candidates that are said again take no room from those that come later", async () => {
  using connection = openConnection(path, fakeLink().link, silent);
  await connection.makeAnswer({ ...DESCRIPTION, candidates: [] });
  const [candidate] = DESCRIPTION.candidates;
  if (!candidate) throw new Error("one candidate");
  said = [];
  for (let i = 0; i < 100; i++) await connection.addCandidates(0, [candidate]);
  expect(said).toHaveLength(100);
  said = [];
  for (let i = 0; i < 100; i++) await connection.addCandidates(0, [{ ...candidate, port: 6000 + i }]);
  expect(said).toHaveLength(63);
  said = [];
  await connection.addCandidates(0, [candidate]);
  expect(said).toEqual(["candidate"]);
});

test("[M1] DTLS that fails over a path accuses the other end, unless that has proved itself; what falls with its path does not", async () => {
  const heard: string[] = [];
  using connection = openConnection(path, fakeLink().link, {
    ...silent,
    onNoPath: () => heard.push("no path"),
    onNotAuthentic: () => heard.push("not authentic"),
  });
  await connection.makeOffer();
  const becomes = (whole: string, dtls: string, ice: string): void => {
    Object.assign(FakePeer.dtls, { state: dtls, iceTransport: { state: ice } });
    FakePeer.last.connectionState = whole;
    FakePeer.last.onconnectionstatechange?.();
  };
  for (const ice of ["new", "checking", "failed"]) becomes("failed", "failed", ice);
  expect(heard.splice(0)).toEqual(["no path", "no path", "no path"]);
  for (const ice of ["connected", "completed", "disconnected"]) becomes("failed", "failed", ice);
  expect(heard.splice(0)).toEqual(["not authentic", "not authentic", "not authentic"]);

  // The part says it after the whole.
  becomes("failed", "connecting", "connected");
  FakePeer.dtls.state = "failed";
  FakePeer.dtls.onstatechange?.();
  expect(heard.splice(0)).toEqual(["no path", "not authentic"]);

  becomes("connected", "connected", "connected");
  becomes("failed", "failed", "disconnected");
  expect(heard).toEqual(["no path"]);
});

test("[M24] [M25] relay only is part of what a connection is made of, and stays when newer servers come", async () => {
  const servers = (username: string) => [{ urls: ["turn:relay.example"], username, credential: "secret" }];
  using connection = openConnection({ iceServers: servers("early"), relayOnly: true }, fakeLink().link, silent);
  await connection.makeOffer();
  const first = FakePeer.configuration;
  connection.takeServers(servers("late"));
  expect(said.at(-1)).toBe("configure");
  expect(FakePeer.configuration).toEqual({ ...first, iceServers: servers("late"), iceTransportPolicy: "relay" });
});

test("[M17] in a restart the caller's candidates follow the answer", async () => {
  const told: number[] = [];
  const description = (ufrag: string, candidates: SessionOffer["candidates"]): SessionOffer => ({
    ...DESCRIPTION,
    iceUfrag: ufrag,
    candidates,
  });
  using connection = openConnection(path, fakeLink().link, {
    ...silent,
    onCandidates: (generation, candidates) => told.push(generation, candidates.length),
  });
  FakePeer.sdp = serializeOffer(description("efgh", DESCRIPTION.candidates), 2);
  const offered = await connection.restart(1);
  expect(offered).toMatchObject({ ok: true, value: { iceUfrag: "efgh", candidates: [] } });
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(told).toEqual([]);
  const answered = await connection.takeRestartAnswer(1, { ...description("ijkl", DESCRIPTION.candidates), dtlsRole: "active" });
  expect(answered.ok).toBe(true);
  expect(told).toEqual([1, 1]);
});

test("a callee gives its browser the caller's candidates only when its own are gathered", async () => {
  using connection = openConnection(path, fakeLink().link, silent);
  await connection.makeAnswer(DESCRIPTION);
  expect(said).toEqual(["take offer without candidates", "describe", "candidate"]);
});

test("who answers waits for the first candidates and not for the last, and then tries the caller's once more", async () => {
  vi.useFakeTimers();
  FakePeer.gathering = "new";
  try {
    using connection = openConnection(path, fakeLink().link, silent);
    let answered = false;
    void connection.makeAnswer(DESCRIPTION).then(() => (answered = true));
    await vi.advanceTimersByTimeAsync(100);
    expect(answered).toBe(false);
    FakePeer.heard.get("icecandidate")?.();
    await vi.advanceTimersByTimeAsync(40);
    expect(answered).toBe(true);
    expect(said).toEqual(["take offer without candidates", "describe", "candidate"]);
    await vi.advanceTimersByTimeAsync(200);
    expect(said.slice(3)).toEqual(["candidate"]);
  } finally {
    FakePeer.gathering = "complete";
    vi.useRealTimers();
  }
});

test("[M14] no other file makes connections, senders, tracks on them, or transforms", () => {
  const packages = fileURLToPath(new URL("../../..", import.meta.url));
  const apps = fileURLToPath(new URL("../../../../apps", import.meta.url));
  const forbidden =
    /RTCPeerConnection\(|\.transform\s*=|\.addTrack\(|\.addTransceiver\(|\.replaceTrack\(|createDataChannel\(|createEncodedStreams|setRemoteDescription\(|addIceCandidate\(/;
  const found = [packages, apps].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((file) => /\/src\/.*\.tsx?$/.test(file) && !/\.test\.tsx?$|node_modules|dist\//.test(file))
      .filter((file) => forbidden.test(readFileSync(`${root}/${file}`, "utf8").replace(/\/\*[^]*?\*\/|\/\/.*/g, ""))),
  );
  expect(found).toEqual(["media/src/peer/connection.ts"]);
});
