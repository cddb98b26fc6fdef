import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { concatBytes, Secret, u64 } from "@megachat/base";
import { gcm } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { labelBytes, labels } from "./labels.ts";
import { open, openPadded, seal, sealPadded, type Box, type Place } from "./seal.ts";

const label = labels.accountRow;
const random = seededRandom("seal");
const parent = new Secret(random.bytes(32));
const place: Place = { owner: random.bytes(16), id: random.bytes(8), version: 3 };
const plaintext = random.bytes(60);

const refused = { ok: false, error: { type: "refused" } };
const flip = (bytes: Uint8Array, at: number, bit = 1): Uint8Array<ArrayBuffer> => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ bit;
  return copy;
};

test("[K7] what is sealed opens again, at every length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (text) => {
      const opened = open(label, parent, place, seal(random, label, parent, place, text));
      expect(opened.ok && Buffer.compare(opened.value, text)).toBe(0);
    }),
  );
});

test("[K7] A20 each sealing has a salt, key and commitment of its own, so nonce zero never meets a key twice", () => {
  const boxes = Array.from({ length: 200 }, () => seal(random, label, parent, place, plaintext));
  for (const field of ["salt", "commitment", "ciphertext"] as const) {
    expect(new Set(boxes.map((box) => Buffer.from(box[field]).toString("hex"))).size).toBe(200);
  }
});

test("[K7] a box is what HKDF and AES-256-GCM of another implementation make of it", () => {
  const box = seal(random, label, parent, place, plaintext);
  const associated = concatBytes(labelBytes(label), place.owner, u64(3), place.id);
  const both = parent.open((key) => Buffer.from(hkdfSync("sha256", key, box.salt, associated, 64)));
  expect(Buffer.from(box.commitment).equals(both.subarray(32))).toBe(true);
  const decipher = createDecipheriv("aes-256-gcm", both.subarray(0, 32), new Uint8Array(12));
  decipher.setAAD(associated);
  decipher.setAuthTag(box.ciphertext.subarray(-16));
  expect(Buffer.concat([decipher.update(box.ciphertext.subarray(0, -16)), decipher.final()]).equals(plaintext)).toBe(true);
});

test("[K8] A05 a change to any byte of a box is one and the same refusal", () => {
  const box = seal(random, label, parent, place, plaintext);
  for (const field of ["salt", "commitment", "ciphertext"] as const) {
    for (let at = 0; at < box[field].length; at++) {
      expect(open(label, parent, place, { ...box, [field]: flip(box[field], at, 1 << (at & 7)) })).toEqual(refused);
    }
  }
  for (let cut = 0; cut < box.ciphertext.length; cut++) {
    expect(open(label, parent, place, { ...box, ciphertext: box.ciphertext.slice(0, cut) })).toEqual(refused);
  }
});

test("[K8] A21 a ciphertext that AES-GCM would open under two keys opens under one parent only", () => {
  // GCM's tag is linear in the ciphertext, so who knows both keys can solve one block for both tags. Here the attacker
  // sends the same ciphertext under either commitment; the product must open at most one of them.
  const other = new Secret(random.bytes(32));
  const salt = random.bytes(32);
  const associated = concatBytes(labelBytes(label), place.owner, u64(3), place.id);
  const [one, two] = [parent, other].map((key) =>
    key.open((bytes) => Buffer.from(hkdfSync("sha256", bytes, salt, associated, 64))),
  ) as [Buffer, Buffer];
  const ciphertext = collide(one.subarray(0, 32), two.subarray(0, 32), associated);
  // The forgery is real: bare AES-GCM opens it under both.
  for (const both of [one, two]) {
    expect(gcm(both.subarray(0, 32), new Uint8Array(12), associated).decrypt(ciphertext)).toHaveLength(ciphertext.length - 16);
  }
  for (const commitment of [one.subarray(32), two.subarray(32)]) {
    const box: Box = { type: "sealedBox", salt, commitment: Uint8Array.from(commitment), ciphertext };
    expect([open(label, parent, place, box).ok, open(label, other, place, box).ok].filter(Boolean)).toHaveLength(1);
  }
});

test("[K9] A06 a box moved to another owner, id, version, use or key is refused", () => {
  const box = seal(random, label, parent, place, plaintext);
  expect(open(label, parent, place, box).ok).toBe(true);
  const elsewhere: readonly Place[] = [
    { ...place, owner: flip(place.owner, 0) },
    { ...place, id: flip(place.id, 0) },
    { ...place, id: place.id.subarray(0, 7) },
    { ...place, id: concatBytes(place.id, Uint8Array.of(0)) },
    { ...place, version: 2 },
    { ...place, version: 4 },
  ];
  for (const other of elsewhere) expect(open(label, parent, other, box)).toEqual(refused);
  expect(open(labels.groupInfo, parent, place, box)).toEqual(refused);
  expect(open(label, new Secret(random.bytes(32)), place, box)).toEqual(refused);
});

test("[K10] A12 padded boxes of texts in one bucket have one length, and give the text back", () => {
  const lengths = [0, 1, 100, 249].map((length) => {
    const box = sealPadded(random, label, parent, place, new Uint8Array(length));
    expect(openPadded(label, parent, place, box)).toEqual({ ok: true, value: new Uint8Array(length) });
    return box.ciphertext.length;
  });
  expect(lengths).toEqual([272, 272, 272, 272]);
});

test("[K11] a box that opens but is not padded is refused like any other", () => {
  expect(openPadded(label, parent, place, seal(random, label, parent, place, plaintext))).toEqual(refused);
});

test("[K22] A19 sealing takes all its chance from what it is given", () => {
  const box = (): Box => seal(seededRandom("twice"), label, parent, place, plaintext);
  expect(box()).toEqual(box());
});

// —— The attacker of A21 ————————————————————————————————————————————————————————————————————————————————————

/**
 * One ciphertext with one tag for two keys, nonce zero: GHASH is a polynomial over GF(2^128) in each key's H, so the
 * equation "tag under one = tag under two" is linear in one free block, the first one of two.
 */
function collide(one: Uint8Array, two: Uint8Array, associated: Uint8Array): Uint8Array<ArrayBuffer> {
  const zero = new Uint8Array(16);
  const ghash = (key: Uint8Array, block: bigint) => {
    const h = toInt(aes(key, zero));
    const blocks = [...chunks(associated), block, (BigInt(associated.length * 8) << 64n) | 128n];
    return blocks.reduce((sum, each) => times(sum ^ each, h), 0n) ^ toInt(aes(key, counter(1)));
  };
  // tag = A·block ⊕ B for each key; solve (A₁ ⊕ A₂)·block = B₁ ⊕ B₂.
  const slope = (key: Uint8Array) => {
    const h = toInt(aes(key, zero));
    return times(h, h);
  };
  const block = times(ghash(one, 0n) ^ ghash(two, 0n), inverse(slope(one) ^ slope(two)));
  return concatBytes(fromInt(block), fromInt(ghash(one, block)));
}

const aes = (key: Uint8Array, block: Uint8Array): Uint8Array => {
  const cipher = createCipheriv("aes-256-ecb", key, null);
  cipher.setAutoPadding(false);
  return cipher.update(block);
};
const counter = (value: number): Uint8Array => concatBytes(new Uint8Array(12), Uint8Array.of(0, 0, 0, value));
const toInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const fromInt = (value: bigint): Uint8Array => Uint8Array.from(Buffer.from(value.toString(16).padStart(32, "0"), "hex"));
const chunks = (bytes: Uint8Array): readonly bigint[] =>
  Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => {
    const chunk = new Uint8Array(16);
    chunk.set(bytes.subarray(16 * i, 16 * i + 16));
    return toInt(chunk);
  });
/** Multiplication in GCM's field, bits reflected (SP 800-38D §6.3). */
function times(x: bigint, y: bigint): bigint {
  let product = 0n;
  let shifted = y;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ (0xe1n << 120n) : shifted >> 1n;
  }
  return product;
}
/** x^(2^128 − 2). */
function inverse(x: bigint): bigint {
  let power = x;
  let result = 1n << 127n;
  for (let i = 1; i < 128; i++) {
    power = times(power, power);
    result = times(result, power);
  }
  return result;
}
