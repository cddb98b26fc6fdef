import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { canaryOf, searchFor } from "./canary.ts";

const canary = canaryOf(
  "password",
  Uint8Array.from({ length: 32 }, (_, i) => i * 7),
);
const other = canaryOf(
  "message",
  Uint8Array.from({ length: 32 }, (_, i) => i * 5 + 3),
);
const search = searchFor([canary, other]);
const around = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.alloc(1001, 0x2e), bytes, Buffer.alloc(77, 0x61)]);
const text = Buffer.from(canary.text);

describe("a canary is found", () => {
  const forms: readonly (readonly [string, Uint8Array])[] = [
    ["as it is", text],
    ["in UTF-16", Buffer.from(canary.text, "utf16le")],
    ["in hex", Buffer.from(text.toString("hex"))],
    ["in HEX", Buffer.from(text.toString("hex").toUpperCase())],
    ["URL-encoded", Buffer.from(text.toString("hex").replace(/../g, "%$&"))],
    ["in a JSON string", Buffer.from(JSON.stringify({ a: canary.text }))],
    ["cut off in the middle", text.subarray(0, 20)],
    ["without its start", text.subarray(14)],
    ["in gzip", gzipSync(around(text))],
    ["in zlib", deflateSync(around(text))],
    ...[0, 1, 2].map(
      (shift) =>
        [`in base64, ${shift} bytes in`, Buffer.from(Buffer.concat([Buffer.alloc(shift, 9), text]).toString("base64"))] as const,
    ),
    ...[0, 1, 2].map(
      (shift) =>
        [
          `in base64url, ${shift} bytes in`,
          Buffer.from(Buffer.concat([Buffer.alloc(shift, 9), text]).toString("base64url")),
        ] as const,
    ),
  ];
  test.each(forms)("%s", (_form, bytes) => {
    expect(search.in("here", around(bytes)).map((hit) => hit.canary)).toContain("password");
    expect(search.in("here", around(bytes)).map((hit) => hit.canary)).not.toContain("message");
  });

  test("in a bare deflated stream", () => {
    expect(search.in("here", deflateRawSync(around(text)))).not.toEqual([]);
  });
});

test("nothing is found where nothing is", () => {
  const noise = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 2_654_435_761) >>> 13);
  expect(search.in("here", noise)).toEqual([]);
  expect(search.in("here", new Uint8Array(0))).toEqual([]);
});
