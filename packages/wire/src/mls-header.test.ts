import { concatBytes } from "@megachat/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readMlsHeader } from "./mls-header.ts";

const vector = (bytes: Uint8Array): Uint8Array => {
  const { length } = bytes;
  if (length < 64) return concatBytes(Uint8Array.of(length), bytes);
  return length < 16_384
    ? concatBytes(Uint8Array.of(0x40 | (length >> 8), length & 255), bytes)
    : concatBytes(Uint8Array.of(0x80 | (length >> 24), (length >> 16) & 255, (length >> 8) & 255, length & 255), bytes);
};
const epochBytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2);
const privateMessage = (groupId: Uint8Array, content: number, data: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(0, 1, 0, 2), vector(groupId), epochBytes, Uint8Array.of(content), vector(data));
const publicMessage = (groupId: Uint8Array, sender: Uint8Array, content: number, data: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(0, 1, 0, 1), vector(groupId), epochBytes, sender, vector(data), Uint8Array.of(content));
const ids = fc.uint8Array({ maxLength: 100 });
const datas = fc.uint8Array({ maxLength: 20_000 });
const tails = fc.uint8Array({ maxLength: 20 });

test("[S24] the head of a PrivateMessage is read whatever follows it", () => {
  fc.assert(
    fc.property(
      ids,
      datas,
      fc.constantFrom([1, "application"], [2, "proposal"], [3, "commit"]),
      tails,
      (groupId, data, [number, content], tail) => {
        const header = readMlsHeader(concatBytes(privateMessage(groupId, Number(number), data), tail));
        expect(header).toMatchObject({ ok: true, value: { wireFormat: "private", epoch: 258, content } });
        expect(header.ok && [...header.value.groupId]).toEqual([...groupId]);
        expect(header.ok && header.value.authenticatedData.length).toBe(data.length);
      },
    ),
    { numRuns: 50 },
  );
});

test("[S24] a PublicMessage has its sender before the data and its content type after it", () => {
  for (const sender of [Uint8Array.of(1, 0, 0, 0, 9), Uint8Array.of(2, 0, 0, 0, 9), Uint8Array.of(3), Uint8Array.of(4)]) {
    const header = readMlsHeader(publicMessage(new Uint8Array(16), sender, 3, Uint8Array.of(1, 2, 3)));
    expect(header).toMatchObject({ ok: true, value: { wireFormat: "public", content: "commit" } });
  }
  expect(readMlsHeader(publicMessage(new Uint8Array(16), Uint8Array.of(5), 3, new Uint8Array(0))).ok).toBe(false);
});

test("[S24] every cut is refused, and so are other versions, formats, contents and lengths not in their shortest form", () => {
  const whole = privateMessage(new Uint8Array(16), 3, new Uint8Array(70));
  for (let cut = 0; cut < whole.length; cut++) expect(readMlsHeader(whole.subarray(0, cut)).ok).toBe(false);
  const change = (at: number, value: number) => readMlsHeader(whole.map((byte, index) => (index === at ? value : byte)));
  expect(change(1, 2).ok, "version").toBe(false);
  for (const format of [0, 3, 4, 5]) expect(change(3, format).ok, "format").toBe(false);
  for (const content of [0, 4, 255]) expect(change(29, content).ok, "content").toBe(false);
  const long = concatBytes(Uint8Array.of(0, 1, 0, 2, 0x40, 5), new Uint8Array(5), epochBytes, Uint8Array.of(3, 0));
  expect(readMlsHeader(long).ok).toBe(false);
  const reserved = concatBytes(Uint8Array.of(0, 1, 0, 2, 0xc0), new Uint8Array(200));
  expect(readMlsHeader(reserved).ok).toBe(false);
  expect(change(21, 0x20).ok, "an epoch beyond 2^53").toBe(false);
});

test("[S24] reading never throws, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readMlsHeader(bytes)),
    { numRuns: 2000 },
  );
});
