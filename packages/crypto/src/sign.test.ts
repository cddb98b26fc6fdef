import { createHash, createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { concatBytes, Secret } from "@megachat/base";
import { ed25519 } from "@noble/curves/ed25519.js";
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

test("[K6] a small-order key verifies nothing, although one signature would fit every message", () => {
  // [8]S·B = [8](R + k·A) with R = B, S = 1: A of small order drops out, whatever the message.
  const one = new Uint8Array(32).with(0, 1);
  const signature = concatBytes(ed25519.Point.BASE.toBytes(), one);
  for (const key of SMALL_ORDER) {
    for (let message = 0; message < 8; message++) {
      expect(verifyBare(key, Uint8Array.of(message), signature)).toBe(false);
      expect(ed25519.verify(signature, Uint8Array.of(message), key, { zip215: true })).toBe(true);
    }
  }
});

test("[K6] a signer's own small-order nonce is refused, although the equation holds", () => {
  // Who has the key can leave the nonce out: R of small order, S = H(R ‖ A ‖ M) · a.
  const seed = seededRandom("nonces").bytes(32);
  const key = signingKeyOf(new Secret(seed.slice()));
  const message = Uint8Array.of(1, 2, 3);
  const sha512 = (...parts: readonly Uint8Array[]) =>
    createHash("sha512")
      .update(concatBytes(...parts))
      .digest();
  const littleEndian = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
  const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
  const half = sha512(seed).subarray(0, 32);
  half[0] = (half[0] ?? 0) & 248;
  half[31] = ((half[31] ?? 0) & 63) | 64;
  let accepted = 0;
  for (const nonce of SMALL_ORDER) {
    const scalar = (littleEndian(sha512(nonce, key, message)) * littleEndian(half)) % ORDER;
    const signature = concatBytes(nonce, Buffer.from(scalar.toString(16).padStart(64, "0"), "hex").reverse());
    if (ed25519.verify(signature, message, key, { zip215: false })) accepted++;
    expect(verifyBare(key, message, signature)).toBe(false);
  }
  // The forgery is real: the library alone takes it with every nonce that is canonical.
  expect(accepted).toBe(8);
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
