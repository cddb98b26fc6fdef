import { describe, expect, test } from "vitest";
import type { TransformCounts } from "../protocol/messages.ts";
import { forCore, reasonOf } from "./refusal.ts";
import { leaked, qualityOf, readSample } from "./stats.ts";

/** As Chromium 156 reports it, cut to what is read. */
const chromium = (scale: number): readonly unknown[] => [
  { id: "T", type: "transport", bytesReceived: 1000 * scale, selectedCandidatePairId: "P" },
  {
    id: "P",
    type: "candidate-pair",
    localCandidateId: "L",
    remoteCandidateId: "R",
    bytesReceived: 1000 * scale,
    currentRoundTripTime: 0.042,
  },
  { id: "L", type: "local-candidate", candidateType: "host" },
  { id: "R", type: "remote-candidate", candidateType: "relay" },
  {
    id: "A",
    type: "inbound-rtp",
    kind: "audio",
    packetsReceived: 50 * scale,
    packetsLost: 2 * (scale - 1),
    bytesReceived: 400 * scale,
  },
  {
    id: "V",
    type: "inbound-rtp",
    kind: "video",
    packetsReceived: 48 * scale,
    bytesReceived: 5000 * scale,
    framesDecoded: 20 * scale,
    frameWidth: 640,
    frameHeight: 480,
  },
  { id: "a", type: "outbound-rtp", kind: "audio", packetsSent: 50 * scale, bytesSent: 500 * scale },
  { id: "v", type: "outbound-rtp", kind: "video", packetsSent: 60 * scale, framesSent: 20 * scale, bytesSent: 6000 * scale },
  { id: "ra", type: "remote-inbound-rtp", fractionLost: 0.01 },
];
const counts = (side: TransformCounts["side"], track: TransformCounts["track"], passed: number, refused = {}): TransformCounts => ({
  id: 1,
  side,
  track,
  seen: passed,
  passed,
  refused,
});

describe("measuring", () => {
  test("[M20] path, loss, rate and picture come from two looks a second apart", () => {
    const [before, now] = [readSample(chromium(1), 1000), readSample(chromium(2), 2000)];
    const measured = qualityOf(before, now, [
      counts("receive", "camera", 30, { forged: 2, replayed: 1 }),
      counts("send", "microphone", 40),
    ]);
    expect(measured).toEqual({
      path: "relay",
      roundTrip: 42,
      loss: 0.02,
      bitsIn: 8 * 5400,
      bitsOut: 8 * 6500,
      picture: { width: 640, height: 480, framesPerSecond: 20 },
      framesOpened: 30,
      framesRefused: 2,
      framesSealed: 40,
    });
  });

  test("[M20] what was not measured is null, not zero", () => {
    expect(qualityOf(null, readSample([], 0), [])).toMatchObject({
      path: null,
      roundTrip: null,
      loss: null,
      bitsIn: null,
      picture: null,
    });
  });

  test("[M20] any entries are read without a throw", () => {
    const odd = [
      null,
      3,
      "x",
      {},
      { id: 1, type: "inbound-rtp" },
      { id: "x", type: "candidate-pair", bytesReceived: "many", nominated: true, state: "succeeded" },
    ];
    expect(readSample(odd, 0)).toMatchObject({ path: "direct", roundTrip: null, packetsIn: 0 });
  });

  test("[M17] every kind of packet is a sign of life", () => {
    const base = readSample(chromium(1), 0).inboundMark;
    expect(readSample(chromium(1), 500).inboundMark).toBe(base);
    expect(readSample(chromium(1.01), 500).inboundMark).not.toBe(base);
  });
});

describe("the alarm", () => {
  const sample = readSample(chromium(1), 0);
  test("[M16] as many sealed as sent, or more, is honest, and so is what is still on its way", () => {
    expect(leaked(sample, sample, [counts("send", "microphone", 50), counts("send", "camera", 20)])).toBe(false);
    expect(leaked(sample, readSample(chromium(2), 500), [counts("send", "microphone", 60), counts("send", "camera", 22)])).toBe(
      false,
    );
    expect(leaked(readSample([], 0), readSample([], 500), [])).toBe(false);
  });

  test("[M16] pictures that the worker dropped for want of a key have not left", () => {
    const waiting = { ...counts("send", "camera", 1), seen: 20, refused: { noKey: 19 } };
    expect(leaked(sample, sample, [counts("send", "microphone", 50), waiting])).toBe(false);
  });

  test.each([
    ["one packet of sound too many", [counts("send", "microphone", 49), counts("send", "camera", 20)]],
    ["one picture too many", [counts("send", "microphone", 50), counts("send", "camera", 19)]],
    ["a sender whose transform never ran", [counts("send", "microphone", 50)]],
    ["frames that were opened, not sealed", [counts("send", "microphone", 50), counts("receive", "camera", 20)]],
    ["no transform at all", []],
  ])("[M16] %s raises it", (_, sealed) => {
    expect(leaked(sample, sample, sealed)).toBe(true);
  });

  test("[M16] empty packets that probe a path have carried nothing out", () => {
    const probing = readSample(
      [{ id: "v", type: "outbound-rtp", kind: "video", packetsSent: 4, framesSent: 0, bytesSent: 0 }],
      500,
    );
    const sound = [counts("send", "microphone", 50)];
    expect(leaked(readSample([], 0), probing, sound)).toBe(false);
    const carrying = readSample(
      [{ id: "v", type: "outbound-rtp", kind: "video", packetsSent: 4, framesSent: 0, bytesSent: 1 }],
      500,
    );
    expect(leaked(readSample([], 0), carrying, sound)).toBe(true);
  });

  test("[M16] the very first packet that was not sealed raises it", () => {
    const before = readSample([], 0);
    const now = readSample([{ id: "a", type: "outbound-rtp", kind: "audio", packetsSent: 1 }], 500);
    expect(leaked(before, now, [counts("send", "microphone", 0)])).toBe(true);
  });
});

test.each([
  ["NotAllowedError", "Permission denied", "blockedForSite", "blocked"],
  ["NotAllowedError", "Permission denied by system", "blockedBySystem", "blocked"],
  ["NotAllowedError", "Permission dismissed", "dismissed", "blocked"],
  ["NotFoundError", "", "noDevice", "none"],
  ["OverconstrainedError", "", "noDevice", "none"],
  ["NotReadableError", "", "inUse", "inUse"],
  ["AbortError", "", "inUse", "inUse"],
  ["SecurityError", "", "insecureOrigin", "insecure"],
  ["TypeError", "", "failed", "failed"],
])("[M18] %s %s is %s", (name, message, reason, told) => {
  expect(reasonOf(new DOMException(message, name))).toBe(reason);
  expect(forCore(reasonOf(new DOMException(message, name)))).toBe(told);
});
