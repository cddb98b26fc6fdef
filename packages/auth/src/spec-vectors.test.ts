/**
 * What stands in `spec/vectors/auth.json`, made or opened again without any of our code: by OpenSSL through Node, by
 * @hpke, and with cborg for the encoding.
 */
import { createCipheriv, createHash, createPrivateKey, createPublicKey, hkdfSync, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { encode } from "cborg";
import { expect, test } from "vitest";
import type { AuthVectors } from "../../../tools/write-vectors.ts";

const vectors = JSON.parse(readFileSync(new URL("../../../spec/vectors/auth.json", import.meta.url), "utf8")) as AuthVectors;
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const label = (number: number): Buffer => Buffer.from(`MegaChat 1 ${number.toString(16).padStart(4, "0")}\0`, "latin1");
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
/** An object of the wire registry: type, version, fields in order. */
const object = (type: number, ...fields: readonly unknown[]): Buffer => Buffer.from(encode([type, 1, ...fields]));

const { account, device, n, m, root, accountSecret, exportKey, recoveryKey, serverKey, deviceSeed, deviceKey, keys } = vectors;
const derive = (number: number, parent: string, context: Buffer): Buffer =>
  Buffer.from(hkdfSync("sha256", hex(parent), Buffer.alloc(0), Buffer.concat([label(number), context]), 32));
const ofAccount = (number: number): Buffer => Buffer.concat([hex(account), u64(number)]);

const privateKey = (seed: Buffer) =>
  createPrivateKey({ key: Buffer.concat([hex("302e020100300506032b657004220420"), seed]), format: "der", type: "pkcs8" });
const publicKeyOf = (seed: Buffer): string =>
  createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
/** `signed` over a body. */
const signed = (number: number, body: Buffer, seed: Buffer): Buffer =>
  object(0x0401, body, [sign(null, Buffer.concat([label(number), body]), privateKey(seed))]);

/** `sealedBox` over a padded plaintext. */
function sealed(number: number, parent: Buffer, salt: string, id: Buffer, version: number, plaintext: Buffer): Buffer {
  const associated = Buffer.concat([label(number), hex(account), u64(version), id]);
  const both = Buffer.from(hkdfSync("sha256", parent, hex(salt), associated, 64));
  const header = Buffer.alloc(7);
  header.writeUInt8(1, 0);
  header.writeUInt16BE(number, 1);
  header.writeUInt32BE(plaintext.length, 3);
  const content = Buffer.concat([header, plaintext]);
  const padded = Buffer.concat([content, Buffer.alloc((content.length <= 256 ? 256 : 512) - content.length)]);
  const cipher = createCipheriv("aes-256-gcm", both.subarray(0, 32), Buffer.alloc(12)).setAAD(associated);
  const ciphertext = Buffer.concat([cipher.update(padded), cipher.final(), cipher.getAuthTag()]);
  return object(0x0406, hex(salt), both.subarray(32), ciphertext);
}

const xwing = new XWing();
const xwingKey = async (seed: string): Promise<string> => {
  const { publicKey } = await xwing.generateKeyPairDerand(Uint8Array.from(hex(seed)));
  return Buffer.from(await xwing.serializePublicKey(publicKey)).toString("hex");
};

test("[A2, K23] the key hierarchy", async () => {
  expect(derive(0x1203, root, ofAccount(n)).toString("hex")).toBe(keys.identitySeed);
  expect(publicKeyOf(hex(keys.identitySeed))).toBe(keys.identityKey);
  expect(derive(0x1204, root, ofAccount(n)).toString("hex")).toBe(keys.loginSeed);
  expect(derive(0x1205, accountSecret, ofAccount(m)).toString("hex")).toBe(keys.archiveKey);
  expect(derive(0x1206, accountSecret, ofAccount(m)).toString("hex")).toBe(keys.addressSeed);
  expect(await xwingKey(keys.loginSeed)).toBe(keys.loginKey);
  expect(await xwingKey(keys.addressSeed)).toBe(keys.addressKey);
  expect(publicKeyOf(hex(deviceSeed))).toBe(deviceKey);
});

test("[A4, A5, A6, K23] the signed faces", () => {
  const setupHash = createHash("sha256")
    .update(Buffer.concat([label(0x1504), hex(serverKey)]))
    .digest();
  expect(setupHash.toString("hex")).toBe(vectors.setupKeyHash);
  const record = object(0x0402, hex(account), n, hex(keys.identityKey), null, hex(keys.loginKey), setupHash);
  expect(signed(0x0402, record, hex(keys.identitySeed)).toString("hex")).toBe(vectors.accountRecord);
  const address = object(0x0403, hex(account), n, m, hex(keys.addressKey), hex(device));
  expect(signed(0x0403, address, hex(deviceSeed)).toString("hex")).toBe(vectors.accountAddress);
  const list = object(0x0404, hex(account), n, 1, null, 4, [[0x0405, 1, hex(device), 1]]);
  expect(signed(0x0404, list, hex(keys.identitySeed)).toString("hex")).toBe(vectors.deviceList);
});

test("[A17, K23] the wraps of the root", () => {
  const { rootByPassword: one, rootByRecovery: two } = vectors;
  const inside = (version: number, words: Buffer | null) => object(0x0409, hex(account), n, version, hex(root), words);
  const passwordKey = derive(0x1201, exportKey, hex(account));
  const byPassword = sealed(0x1301, passwordKey, one.salt, Buffer.alloc(0), n, inside(one.version, hex(recoveryKey)));
  expect(byPassword.toString("hex")).toBe(one.wrap);
  const words = derive(0x1202, recoveryKey, hex(account));
  expect(sealed(0x1302, words, two.salt, Buffer.alloc(0), n, inside(two.version, null)).toString("hex")).toBe(two.wrap);
});

test("[A7, A8, K23] a row of the account log", () => {
  const { sequence, seen, seenHash, entries, salt, row } = vectors.accountRow;
  const body = object(0x0408, hex(account), hex(device), m, sequence, seen, hex(seenHash), entries.map(hex));
  const signature = sign(null, Buffer.concat([label(0x0408), body]), privateKey(hex(deviceSeed)));
  const id = Buffer.concat([hex(device), u64(sequence)]);
  const inside = object(0x040b, body, signature);
  expect(sealed(0x1303, hex(keys.archiveKey), salt, id, m, inside).toString("hex")).toBe(row);
});

test("[A21, K23] the account secret, sealed to the login key", async () => {
  const { encapsulation, info, box } = vectors.accountSecretBox;
  expect(Buffer.concat([label(0x1401), hex(account), u64(n)]).toString("hex")).toBe(info);
  const suite = new CipherSuite({ kem: xwing, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const pair = await xwing.generateKeyPairDerand(Uint8Array.from(hex(keys.loginSeed)));
  const body = object(0x040a, hex(account), m, hex(accountSecret));
  const exact = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer;
  const made = await suite.seal(
    { recipientPublicKey: pair.publicKey, info: exact(hex(info)), ekm: exact(hex(encapsulation)) },
    exact(signed(0x040a, body, hex(deviceSeed))),
  );
  expect(object(0x0407, new Uint8Array(made.enc), new Uint8Array(made.ct)).toString("hex")).toBe(box);
  const message = Buffer.concat([label(0x040a), body]);
  const key = createPublicKey(privateKey(hex(deviceSeed)));
  expect(verify(null, message, key, sign(null, message, privateKey(hex(deviceSeed))))).toBe(true);
});
