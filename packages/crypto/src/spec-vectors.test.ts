/**
 * What stands in `spec/vectors/crypto.json`, made again without any of our code: by OpenSSL through Node, and by @hpke.
 */
import { createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, hkdfSync, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, type KemInterface } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { expect, test } from "vitest";
import type { CryptoVectors } from "../../../tools/write-vectors.ts";
import { labels } from "./labels.ts";

const spec = (path: string): string => readFileSync(new URL(`../../../spec/${path}`, import.meta.url), "utf8");
const vectors = JSON.parse(spec("vectors/crypto.json")) as CryptoVectors;
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const exact = (text: string): ArrayBuffer => Uint8Array.from(hex(text)).buffer;
const label = (number: number): Buffer => Buffer.from(`MegaChat 1 ${number.toString(16).padStart(4, "0")}\0`, "latin1");
const sha256 = (...parts: readonly Buffer[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const hkdf = (parent: Buffer, salt: Buffer, info: Buffer, length: number): Buffer =>
  Buffer.from(hkdfSync("sha256", parent, salt, info, length));

test("[K23] label, hash, MAC and derived key", () => {
  expect(vectors.label.bytes).toBe(label(vectors.label.number).toString("hex"));
  const { hash, mac, derive } = vectors;
  expect(sha256(label(hash.label), hex(hash.input)).toString("hex")).toBe(hash.digest);
  const tag = createHmac("sha256", hex(mac.key)).update(Buffer.concat([label(mac.label), hex(mac.input)]));
  expect(tag.digest("hex")).toBe(mac.tag);
  const info = Buffer.concat([label(derive.label), hex(derive.context)]);
  expect(hkdf(hex(derive.parent), Buffer.alloc(0), info, 32).toString("hex")).toBe(derive.key);
});

test("[K23] signature", () => {
  const { seed, publicKey, body, signature, label: number } = vectors.sign;
  const message = Buffer.concat([label(number), hex(body)]);
  const der = Buffer.concat([hex("302e020100300506032b657004220420"), hex(seed)]);
  expect(sign(null, message, createPrivateKey({ key: der, format: "der", type: "pkcs8" })).toString("hex")).toBe(signature);
  const spki = Buffer.concat([hex("302a300506032b6570032100"), hex(publicKey)]);
  expect(verify(null, message, createPublicKey({ key: spki, format: "der", type: "spki" }), hex(signature))).toBe(true);
});

test("[K23] sealed box", () => {
  const { label: number, parent, owner, id, version, plaintext, salt, commitment, ciphertext } = vectors.seal;
  const associated = Buffer.concat([label(number), hex(owner), u64(version), hex(id)]);
  const both = hkdf(hex(parent), hex(salt), associated, 64);
  expect(both.subarray(32).toString("hex")).toBe(commitment);
  const cipher = createCipheriv("aes-256-gcm", both.subarray(0, 32), Buffer.alloc(12)).setAAD(associated);
  const sealed = Buffer.concat([cipher.update(hex(plaintext)), cipher.final(), cipher.getAuthTag()]);
  expect(sealed.toString("hex")).toBe(ciphertext);
});

test("[K23] padding", () => {
  const { type, content, padded } = vectors.padding.example;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(hex(content).length);
  const unpadded = Buffer.concat([Buffer.from([1]), u16(type), length, hex(content)]);
  expect(Buffer.concat([unpadded, Buffer.alloc(256 - unpadded.length)]).toString("hex")).toBe(padded);
  for (const [from, to] of vectors.padding.lengths) {
    // Padmé in bits: all below the leading ones that are kept become zero, rounding up.
    const bits = from.toString(2).length - 1;
    const kept = bits.toString(2).length;
    const unit = 1n << BigInt(Math.max(bits - kept, 0));
    const rounded = Number(((BigInt(from) + unit - 1n) / unit) * unit);
    expect([256, 512, 1024, 2048, 4096].find((bucket) => from <= bucket) ?? rounded).toBe(to);
  }
});

const suite = (kem: KemInterface) => new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });

test("[K23] HPKE with X-Wing", async () => {
  const { label: number, seed, publicKey, recipient, id, info, encapsulation, plaintext, enc, ciphertext } = vectors.hpke;
  expect(Buffer.concat([label(number), hex(recipient), hex(id)]).toString("hex")).toBe(info);
  const kem = new XWing();
  const pair = await kem.generateKeyPairDerand(new Uint8Array(exact(seed)));
  expect(Buffer.from(await kem.serializePublicKey(pair.publicKey)).toString("hex")).toBe(publicKey);
  const opened = await suite(kem).open({ recipientKey: pair.privateKey, enc: exact(enc), info: exact(info) }, exact(ciphertext));
  expect(Buffer.from(opened).toString("hex")).toBe(plaintext);
  const sealed = await suite(kem).seal(
    { recipientPublicKey: pair.publicKey, info: exact(info), ekm: exact(encapsulation) },
    exact(plaintext),
  );
  expect(Buffer.from(sealed.enc).toString("hex")).toBe(enc);
  expect(Buffer.from(sealed.ct).toString("hex")).toBe(ciphertext);
});

test("[K23] HPKE with X25519", async () => {
  const { label: number, seed, publicKey, context, plaintext, enc, ciphertext } = vectors.hpkeX25519;
  const kem = new DhkemX25519HkdfSha256();
  const recipientKey = await kem.deserializePrivateKey(exact(seed));
  const jwk = createPrivateKey({
    key: Buffer.concat([hex("302e020100300506032b656e04220420"), hex(seed)]),
    format: "der",
    type: "pkcs8",
  }).export({ format: "jwk" });
  expect(Buffer.from(String(jwk.x), "base64url").toString("hex")).toBe(publicKey);
  const info = Uint8Array.from(Buffer.concat([label(number), hex(context)])).buffer;
  const opened = await suite(kem).open({ recipientKey, enc: exact(enc), info }, exact(ciphertext));
  expect(Buffer.from(opened).toString("hex")).toBe(plaintext);
});

test("[K23] log chain", () => {
  const { log, start, envelopes, hashes } = vectors.log;
  let hash = sha256(label(labels.logStart.type), hex(log));
  expect(hash.toString("hex")).toBe(start);
  for (const [i, envelope] of envelopes.entries()) {
    hash = sha256(label(labels.logNext.type), hash, sha256(hex(envelope)));
    expect(hash.toString("hex")).toBe(hashes[i]);
  }
});

interface Person {
  readonly account: string;
  readonly n: number;
  readonly identityKey: string;
}
const personBytes = ({ account, n, identityKey }: Person): Buffer => Buffer.concat([hex(account), u16(n), hex(identityKey)]);
const decimal = (bytes: Buffer, digits: number): string =>
  (BigInt(`0x${bytes.toString("hex")}`) % 10n ** BigInt(digits)).toString().padStart(digits, "0");

test("[K23] safety number and call code", () => {
  const { one, other, digits } = vectors.safetyNumber;
  const sorted = [personBytes(one), personBytes(other)].toSorted((a, b) => Buffer.compare(a, b));
  const digest = createHash("sha512")
    .update(Buffer.concat([label(labels.safetyNumber.type), ...sorted]))
    .digest();
  expect(Array.from({ length: 12 }, (_, i) => decimal(digest.subarray(5 * i, 5 * i + 5), 5)).join("")).toBe(digits);
  const call = vectors.callCode;
  const joins = [sha256(hex(call.oneJoin)), sha256(hex(call.otherJoin))].toSorted((a, b) => Buffer.compare(a, b));
  const code = sha256(label(labels.callCode.type), hex(call.exporter), ...joins);
  expect(decimal(code.subarray(0, 6), 8)).toBe(call.digits);
});

test("[K23] invitation", () => {
  const { identityKey, identityHash, secret, fragment, inviter, requester, tag } = vectors.invitation;
  expect(sha256(label(labels.identityHash.type), hex(identityKey)).toString("hex")).toBe(identityHash);
  expect(Buffer.concat([Buffer.from([1]), hex(identityHash), hex(secret)]).toString("base64url")).toBe(fragment);
  const message = Buffer.concat([label(labels.invitationTag.type), personBytes(inviter), personBytes(requester)]);
  expect(createHmac("sha256", hex(secret)).update(message).digest("hex")).toBe(tag);
});

test("[K23] words and puzzle", () => {
  expect(entropyToMnemonic(hex(vectors.words.recoveryKey), wordlist).split(" ")).toEqual(vectors.words.words);
  const { seed, bits, firstNonce } = vectors.puzzle;
  let nonce = 0;
  while (sha256(hex(seed), u64(nonce)).readUInt32BE(0) >>> (32 - bits) !== 0) nonce++;
  expect(nonce).toBe(firstNonce);
});

test("[K2] the registry in spec/crypto.md is the one in the code", () => {
  const rows = [...spec("crypto.md").matchAll(/^\| (0x[0-9a-f]{4}) \| (\w+) \| `(\w+)` \| [^|]+ \|$/gm)];
  const written = rows.map(([, number, kind, use]) => `${number} ${kind} ${use}`);
  const declared = Object.entries(labels).map(([use, { type, kind }]) => `0x${type.toString(16).padStart(4, "0")} ${kind} ${use}`);
  expect(written).toEqual(declared);
});
