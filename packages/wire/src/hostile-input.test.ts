import { encodeUtf8 } from "@megachat/base";
import { anyCodec } from "@megachat/testing/generate";
import { expect, test } from "vitest";
import { bytes, decode, encode, list, map, struct, text, u53, u8, type Codec } from "./codec.ts";
import { MimiContent, singlePart } from "./mimi.ts";
import { ClientFrame, MAX_FRAME, ServerFrame } from "./transport.ts";

/** Bytes of the largest frame there is, made to cost a careless decoder as much as they can. */
const filled = (start: readonly number[], rest: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(MAX_FRAME);
  for (let at = start.length, i = 0; at < bytes.length; at++, i++) bytes[at] = rest[i % rest.length] ?? 0;
  bytes.set(start);
  return bytes;
};
const hostile: readonly (readonly [string, Uint8Array])[] = [
  ["arrays in arrays, 10^6 deep", filled([], [0x81])],
  ["maps in maps", filled([], [0xa1, 0x00])],
  ["indefinite arrays in each other", filled([], [0x9f])],
  ["an indefinite string of single bytes", filled([0x5f], [0x41, 0x00])],
  ["tags on tags", filled([], [0xc6])],
  ["2^53 array items claimed", filled([0x9b, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0])],
  ["2^32 map entries claimed", filled([0xba, 0xff, 0xff, 0xff, 0xff], [0])],
  ["a byte string of 2^64 − 1 claimed", filled([0x5b, ...Array.from({ length: 8 }, () => 0xff)], [0])],
  ["10^6 empty arrays", filled([0x9a, 0x00, 0x0f, 0xff, 0xfb], [0x80])],
  ["10^5 map entries of one key", filled([0xba, 0x00, 0x01, 0x86, 0xa0], [0x61, 0x61, 0x00])],
  ["floats", filled([0x82], [0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0])],
  ["zeros", filled([], [0])],
  ["ones", filled([], [0xff])],
];
const doors: readonly (readonly [string, Codec<unknown>])[] = [
  ["a client's frame", anyCodec(ClientFrame)],
  ["a server's frame", anyCodec(ServerFrame)],
  ["MIMI content", anyCodec(MimiContent)],
  ["a map", anyCodec(map(u8, 1 << 20))],
  ["a list of lists", anyCodec(list(list(u53, 1 << 20), 1 << 20))],
];

test.each(hostile)("E09 [W2, W3] a megabyte of %s is dealt with at once and without memory", (_what, input) => {
  for (const [door, codec] of doors) {
    const memory = process.memoryUsage().heapUsed;
    // The thread's own time: other work on the machine does not count.
    const before = process.threadCpuUsage();
    decode(codec, input);
    expect(process.threadCpuUsage(before).user, door).toBeLessThan(100_000);
    expect(process.memoryUsage().heapUsed - memory, door).toBeLessThan(64 << 20);
  }
});

test.each(hostile)("E09 [W2] a megabyte of %s is no frame", (_what, input) => {
  expect(decode(ClientFrame, input).ok).toBe(false);
  expect(decode(ServerFrame, input).ok).toBe(false);
  expect(decode(MimiContent, input).ok).toBe(false);
});

test("E08 [W6] names that mean something to JavaScript are data like any other", () => {
  const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__", "then"];
  const before = Object.getOwnPropertyNames(Object.prototype).sort();
  const content = {
    ...singlePart(new Uint8Array(16), "text/plain", encodeUtf8("x")),
    extensions: new Map(names.map((name) => [name, name])),
  };
  expect(decode(MimiContent, encode(MimiContent, content))).toEqual({ ok: true, value: content });
  for (const name of names) {
    const codec = struct({ name: text(64) });
    expect(decode(codec, encode(codec, { name }))).toEqual({ ok: true, value: { name } });
  }
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});

test("E09 [W4] a key twice is refused, wherever the second one stands", () => {
  const codec = map(bytes(4), 8);
  expect(decode(codec, Uint8Array.of(0xa2, 0x61, 0x61, 0x40, 0x61, 0x61, 0x40)).ok).toBe(false);
  expect(decode(codec, Uint8Array.of(0xa3, 0x01, 0x40, 0x61, 0x61, 0x40, 0x01, 0x40)).ok).toBe(false);
});
