import { fromHex, toHex } from "@megachat/base";
import { describe, expect, test } from "vitest";
import { readVectors } from "../../../../tools/lib/vectors.ts";
import { aes128Gcm, aes256Gcm, deriveCipherKey, openWith, parseFrame, sealWith } from "./cipher.ts";
import { encodeHeader, parseHeader } from "./header.ts";

interface SFrameVector {
  readonly cipher_suite: number;
  readonly kid: number;
  readonly ctr: number;
  readonly base_key: string;
  readonly sframe_salt: string;
  readonly metadata: string;
  readonly pt: string;
  readonly ct: string;
}

const bytes = (hex: string): Uint8Array<ArrayBuffer> => {
  const read = fromHex(hex);
  if (!read.ok) throw new Error("vector is not hexadecimal");
  return read.value;
};

const text = readVectors("sframe/test-vectors.json");
describe.skipIf(text === undefined)("published vectors of RFC 9605", () => {
  const file = (text ?? "{}").replace(/"(kid|ctr)":\s*(\d+)/g, '"$1": "$2"');
  const { header, sframe } = JSON.parse(text === undefined ? '{"header":[],"sframe":[]}' : file) as {
    readonly header: readonly { readonly kid: string; readonly ctr: string; readonly encoded: string }[];
    readonly sframe: readonly (Omit<SFrameVector, "kid" | "ctr"> & { readonly kid: string; readonly ctr: string })[];
  };

  test("[M6] every header is written and read as published", () => {
    expect(header.length).toBeGreaterThan(200);
    for (const { kid, ctr, encoded } of header) {
      const value = { kid: BigInt(kid), counter: BigInt(ctr) };
      expect(toHex(encodeHeader(value))).toBe(encoded);
      expect(parseHeader(bytes(encoded))).toEqual({ ok: true, value: { header: value, length: encoded.length / 2 } });
    }
  });

  test.each([aes128Gcm, aes256Gcm])("[M7] suite $id seals and opens as published", async (suite) => {
    const vector = sframe.find((each) => each.cipher_suite === suite.id);
    if (!vector) throw new Error("no such vector");
    const key = await deriveCipherKey(crypto.subtle, suite, BigInt(vector.kid), bytes(vector.base_key));
    expect(toHex(key.salt)).toBe(vector.sframe_salt);
    const sealed = await sealWith(crypto.subtle, key, BigInt(vector.ctr), bytes(vector.metadata), bytes(vector.pt));
    expect(toHex(sealed)).toBe(vector.ct);
    const parsed = parseFrame(sealed);
    if (!parsed.ok) throw new Error("own frame does not parse");
    expect(await openWith(crypto.subtle, key, parsed.value, bytes(vector.metadata))).toEqual({ ok: true, value: bytes(vector.pt) });
  });

  test("[M7] the suites with short tags are not there: their frames do not open", async () => {
    const all = [
      ...sframe,
      ...(JSON.parse(readVectors("sframe/test-vectors-aes256.json") ?? "{}") as { sframe_aes_256_ctr_hmac: [] })
        .sframe_aes_256_ctr_hmac,
    ];
    const short = all.filter((each) => each.cipher_suite !== aes128Gcm.id && each.cipher_suite !== aes256Gcm.id);
    expect(short.length).toBeGreaterThanOrEqual(6);
    for (const vector of short) {
      const parsed = parseFrame(bytes(vector.ct));
      for (const suite of [aes128Gcm, aes256Gcm]) {
        const key = await deriveCipherKey(crypto.subtle, suite, BigInt(vector.kid), bytes(vector.base_key));
        if (parsed.ok) expect((await openWith(crypto.subtle, key, parsed.value, bytes(vector.metadata))).ok).toBe(false);
      }
    }
  });
});
