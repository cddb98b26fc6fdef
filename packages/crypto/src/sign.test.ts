import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { concatBytes, Secret } from "@megachat/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { labelBytes, labels } from "./labels.ts";
import { newSigningSeed, sign, signingKeyOf, verify, verifyBare } from "./sign.ts";

const label = labels.deviceList;
const body = fc.uint8Array({ maxLength: 200 });
const seed32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** Encodings of points whose order divides 8, canonical and not: with one as key, some signature fits any message. */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map((text) => Uint8Array.from(Buffer.from(text, "hex")));

test("[K6] signatures are Ed25519 over label and body, made and judged alike by another implementation", () => {
  fc.assert(
    fc.property(seed32, body, (bytes, message) => {
      const seed = new Secret(bytes.slice());
      const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), bytes]);
      const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
      const signature = sign(label, seed, message);
      const labelled = concatBytes(labelBytes(label), message);
      expect(Buffer.from(signature).equals(nodeSign(null, labelled, key))).toBe(true);
      const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), signingKeyOf(seed)]);
      expect(nodeVerify(null, labelled, createPublicKey({ key: spki, format: "der", type: "spki" }), signature)).toBe(true);
      expect(verify(label, signingKeyOf(seed), message, signature)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("[K6] a signature with any bit changed is refused", () => {
  const seed = newSigningSeed(seededRandom("bits"));
  const key = signingKeyOf(seed);
  const message = new Uint8Array([1, 2, 3]);
  const signature = sign(label, seed, message);
  for (let bit = 0; bit < 512; bit += 3) {
    const changed = Uint8Array.from(signature);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(verify(label, key, message, changed)).toBe(false);
  }
});

test("[K6] small-order keys and nonces verify nothing", () => {
  const seed = newSigningSeed(seededRandom("orders"));
  for (const point of SMALL_ORDER) {
    for (let last = 0; last < 4; last++) {
      const zero = concatBytes(point, new Uint8Array(32));
      expect(verifyBare(point, Uint8Array.of(last), zero)).toBe(false);
      expect(verifyBare(signingKeyOf(seed), Uint8Array.of(last), zero)).toBe(false);
    }
  }
});

test("[K6] verification is total: any bytes of any length give an answer", () => {
  const any = fc.uint8Array({ maxLength: 70 });
  fc.assert(
    fc.property(any, any, any, (key, message, signature) => {
      expect(verify(label, key, message, signature)).toBe(false);
    }),
  );
});

test("[K22] A19 keys come from the given chance, and two of them are never the same", () => {
  const random = seededRandom("keys");
  const keys = Array.from({ length: 50 }, () => Buffer.from(signingKeyOf(newSigningSeed(random))).toString("hex"));
  expect(new Set(keys).size).toBe(50);
  expect(Buffer.from(signingKeyOf(newSigningSeed(seededRandom("keys")))).toString("hex")).toBe(keys[0]);
});
