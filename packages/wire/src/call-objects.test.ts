import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CallEvent,
  CallSignal,
  FrameKey,
  SessionAnswer,
  SessionOffer,
  callEndReasons,
  feedbackKinds,
  headerExtensions,
} from "./call-objects.ts";
import { decode, encode, type Codec } from "./codec.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((value) => new Uint8Array(value));
const ice = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom("a", "b", "Z", "0", "9", "+", "/"), minLength: min, maxLength: max });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u8 = fc.integer({ min: 0, max: 255 });
const address = fc.oneof(
  fc.record({ kind: fc.constant("ip4" as const), value: octets(4) }),
  fc.record({ kind: fc.constant("ip6" as const), value: octets(16) }),
  fc.record({ kind: fc.constant("mdns" as const), value: octets(16) }),
);
const candidates = fc.array(
  fc.record({
    foundation: u32,
    priority: u32,
    address,
    port: fc.integer({ min: 1, max: 65535 }),
    kind: fc.constantFrom("host" as const, "srflx" as const, "prflx" as const, "relay" as const),
  }),
  { maxLength: 24 },
);
const extensions = fc
  .subarray([...headerExtensions])
  .map((names) => names.map((name) => ({ id: headerExtensions.indexOf(name) + 1, name })));
const feedback = fc.subarray([...feedbackKinds]);
const offer = fc.record({
  fingerprint: octets(32),
  iceUfrag: ice(4, 64),
  icePwd: ice(22, 64),
  candidates,
  audio: fc.record({ payloadType: fc.integer({ min: 96, max: 110 }), ssrc: fc.option(fc.constant(1)), feedback, extensions }),
  video: fc.record({
    payloadType: fc.integer({ min: 111, max: 119 }),
    rtxPayloadType: fc.integer({ min: 35, max: 63 }),
    ssrc: fc.constant(2),
    rtxSsrc: fc.option(fc.constant(3)),
    feedback,
    extensions,
  }),
});
const answer = fc
  .tuple(offer, fc.constantFrom("active" as const, "passive" as const))
  .map(([value, dtlsRole]) => ({ ...value, dtlsRole }));
const call = octets(16);
const generation = u8;
const event = fc.oneof(
  fc.record({
    type: fc.constant("callStart" as const),
    call,
    media: fc.constantFrom("audio" as const, "video" as const),
    join: call,
    offer,
  }),
  fc.record({ type: fc.constant("callAccept" as const), call, join: call, answer }),
  fc.record({ type: fc.constant("callDecline" as const), call, reason: fc.constantFrom("declined" as const, "busy" as const) }),
  fc.record({ type: fc.constant("callEnd" as const), call, reason: fc.constantFrom(...callEndReasons) }),
);
const signal = fc.oneof(
  fc.record({ type: fc.constant("callRinging" as const), call, number: u32 }),
  fc.record({ type: fc.constant("callAlerting" as const), call, number: u32 }),
  fc.record({ type: fc.constant("callLive" as const), call, join: call }),
  fc.record({ type: fc.constant("callCandidates" as const), call, generation, candidates }),
  fc.record({ type: fc.constant("callRestartWanted" as const), call, generation }),
  fc.record({ type: fc.constant("callRestartOffer" as const), call, generation, offer }),
  fc.record({ type: fc.constant("callRestartAnswer" as const), call, generation, answer }),
  fc.record({
    type: fc.constant("callSideState" as const),
    call,
    number: u32,
    microphone: fc.boolean(),
    camera: fc.boolean(),
    screen: fc.boolean(),
    held: fc.boolean(),
  }),
);
const frameKey = fc.record({
  type: fc.constant("frameKey" as const),
  call,
  direction: fc.constantFrom("send" as const, "receive" as const),
  join: call,
  epoch: fc.integer({ min: 0, max: 2 ** 40 }),
  baseKey: octets(32),
  removal: fc.boolean(),
});

const families: readonly (readonly [string, Codec<unknown>, fc.Arbitrary<unknown>])[] = [
  ["events", CallEvent as Codec<unknown>, event],
  ["signals", CallSignal as Codec<unknown>, signal],
  ["frame keys", FrameKey as Codec<unknown>, frameKey],
];

describe("[L1] call objects", () => {
  test.each(families)("[L1] %s survive the wire", (_, codec, values) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(codec, encode(codec, value))).toEqual({ ok: true, value });
      }),
    );
  });

  test.each(families)("[L1] every prefix and extension of %s is refused", (_, codec, values) => {
    fc.assert(
      fc.property(values, fc.uint8Array({ minLength: 1, maxLength: 4 }), (value, extra) => {
        const whole = encode(codec, value);
        for (let cut = 0; cut < whole.length; cut += 1 + (whole.length >> 6))
          expect(decode(codec, whole.subarray(0, cut)).ok).toBe(false);
        expect(decode(codec, new Uint8Array([...whole, ...extra])).ok).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test("[L1] mutated bytes decode to nothing or to a value with exactly these bytes, and never throw", () => {
    fc.assert(
      fc.property(event, fc.array(fc.tuple(fc.nat(), u8), { minLength: 1, maxLength: 3 }), (value, changes) => {
        const bytes = encode(CallEvent, value);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const read = decode(CallEvent, bytes);
        if (read.ok) expect(encode(CallEvent, read.value)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe("[M1] a session description", () => {
  const [sample] = fc.sample(offer, { numRuns: 1, seed: 1 });
  if (!sample) throw new Error("no sample");
  const base = { ...sample, candidates: [] };
  const refusals = [
    ["a payload type of RTCP", { ...base, audio: { ...base.audio, payloadType: 72 } }],
    ["one payload type for two codecs", { ...base, audio: { ...base.audio, payloadType: base.video.payloadType } }],
    ["one SSRC twice", { ...base, audio: { ...base.audio, ssrc: 2 } }],
    ["retransmission of nothing", { ...base, video: { ...base.video, ssrc: null, rtxSsrc: 3 } }],
    [
      "an extension id with two meanings",
      {
        ...base,
        audio: { ...base.audio, extensions: [{ id: 1, name: "mid" as const }] },
        video: { ...base.video, extensions: [{ id: 1, name: "absSendTime" as const }] },
      },
    ],
    [
      "an extension with two ids",
      {
        ...base,
        audio: { ...base.audio, extensions: [{ id: 1, name: "mid" as const }] },
        video: { ...base.video, extensions: [{ id: 2, name: "mid" as const }] },
      },
    ],
    ["a line break in the password", { ...base, icePwd: "a".repeat(22) + "\r\na=x:y" }],
    [
      "port 0",
      {
        ...base,
        candidates: [
          {
            foundation: 1,
            priority: 1,
            address: { kind: "ip4" as const, value: new Uint8Array(4) },
            port: 0,
            kind: "host" as const,
          },
        ],
      },
    ],
    [
      "an address of another length",
      {
        ...base,
        candidates: [
          {
            foundation: 1,
            priority: 1,
            address: { kind: "ip4" as const, value: new Uint8Array(16) },
            port: 9,
            kind: "host" as const,
          },
        ],
      },
    ],
  ] as const;
  test.each(refusals)("[M1] cannot say %s", (_, value) => {
    expect(() => encode(SessionOffer, value)).toThrow(RangeError);
  });

  test("[M1] stays under 2 KB with every candidate there can be", () => {
    fc.assert(
      fc.property(answer, (value) => {
        expect(encode(SessionAnswer, value).length).toBeLessThan(2048);
      }),
    );
  });
});
