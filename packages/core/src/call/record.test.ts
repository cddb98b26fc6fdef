import { instant } from "@megachat/base";
import type { CallAccept, CallEvent, CallStart, SessionOffer } from "@megachat/wire";
import { describe, expect, test } from "vitest";
import { stepCall } from "./step.ts";
import { newPhone, type CallInput, type CallRecord, type Phone } from "./types.ts";

const OFFER: SessionOffer = {
  fingerprint: new Uint8Array(32),
  iceUfrag: "abcd",
  icePwd: "abcdefghijklmnopqrstuv",
  candidates: [],
  audio: { payloadType: 111, ssrc: null, feedback: [], extensions: [] },
  video: { payloadType: 96, rtxPayloadType: null, ssrc: null, rtxSsrc: null, feedback: [], extensions: [] },
};
const call = new Uint8Array(16).fill(1);
const start: CallStart = { type: "callStart", call, media: "video", join: new Uint8Array(16), offer: OFFER };
const accept: CallAccept = { type: "callAccept", call, join: new Uint8Array(16).fill(2), answer: { ...OFFER, dtlsRole: "active" } };
const end = (reason: Extract<CallEvent, { type: "callEnd" }>["reason"]): CallEvent => ({ type: "callEnd", call, reason });
const decline = (reason: "declined" | "busy"): CallEvent => ({ type: "callDecline", call, reason });

/** The history of a log whose rows are [by the caller?, event], as the caller or the callee reads it later. */
function read(asCaller: boolean, ...rows: readonly (readonly ["caller" | "callee", CallEvent])[]): CallRecord | undefined {
  let phone: Phone = newPhone;
  let shown: CallRecord | undefined;
  const feed = (at: number, input: CallInput): void => {
    const [next, effects] = stepCall(phone, instant(at), input);
    phone = next;
    for (const effect of effects) if (effect.type === "line") shown = effect.line;
  };
  rows.forEach(([by, event], i) => {
    const account = (by === "caller") === asCaller ? ("own" as const) : ("peer" as const);
    const from = { account, device: `${account} device`, thisDevice: false };
    feed(1000 * i, { type: "durable", conversation: "c", position: i + 1, at: instant(1000 * i), from, event, mayRing: true });
  });
  feed(10 * 60_000, { type: "timeIs" });
  return shown;
}

describe("history", () => {
  test.each([
    ["nothing more", [], "noAnswer", "missed"],
    ["cancelled", [["caller", end("cancelled")]], "cancelled", "missed"],
    ["a minute without answer", [["caller", end("noAnswer")]], "noAnswer", "missed"],
    ["the caller's crash", [["caller", end("left")]], "failed", "missed"],
    ["declined", [["callee", decline("declined")]], "declined", "declined"],
    ["busy", [["callee", decline("busy")]], "busy", "missed"],
    ["the other call of two at once", [["caller", end("replaced")]], "cancelled", "cancelled"],
    [
      "hung up by one",
      [
        ["callee", accept],
        ["caller", end("hungUp")],
      ],
      "finished",
      "finished",
    ],
    [
      "hung up by the other",
      [
        ["callee", accept],
        ["callee", end("hungUp")],
      ],
      "finished",
      "finished",
    ],
    [
      "the connection lost",
      [
        ["callee", accept],
        ["callee", end("lost")],
      ],
      "finished",
      "finished",
    ],
    [
      "no path",
      [
        ["callee", accept],
        ["caller", end("noPath")],
      ],
      "failed",
      "failed",
    ],
    [
      "cancelled too late",
      [
        ["callee", accept],
        ["caller", end("cancelled")],
      ],
      "finished",
      "finished",
    ],
    [
      "accepted too late",
      [
        ["caller", end("cancelled")],
        ["callee", accept],
      ],
      "cancelled",
      "missed",
    ],
    ["accepted by the caller", [["caller", accept]], "noAnswer", "missed"],
    ["ended by somebody who never answered", [["callee", end("hungUp")]], "noAnswer", "missed"],
    [
      "declined after the answer",
      [
        ["callee", accept],
        ["callee", decline("declined")],
        ["caller", end("hungUp")],
      ],
      "finished",
      "finished",
    ],
  ] as const)("[L17] a start and %s", (_, rows, forCaller, forCallee) => {
    expect(read(true, ["caller", start], ...rows)?.outcome).toBe(forCaller);
    expect(read(false, ["caller", start], ...rows)?.outcome).toBe(forCallee);
  });

  test("[L17] the duration is that between accept and end, in the log's times", () => {
    expect(read(true, ["caller", start], ["callee", accept], ["caller", end("hungUp")])).toMatchObject({
      duration: 1000,
      video: true,
    });
  });

  test("[L17] who comes too late to the log reads an old start as missed at once", () => {
    const input: CallInput = {
      type: "durable",
      conversation: "c",
      position: 1,
      at: instant(0),
      from: { account: "peer", device: "d", thisDevice: false },
      event: start,
      mayRing: true,
    };
    const [, effects] = stepCall(newPhone, instant(3_600_000), input);
    expect(effects.find(({ type }) => type === "line")).toMatchObject({ line: { outcome: "missed" } });
  });
});
