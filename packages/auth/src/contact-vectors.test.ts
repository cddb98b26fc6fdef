/**
 * What stands in `spec/vectors/contact.json`, a contact request, made again without any of our code: by OpenSSL through
 * Node, by @hpke, and with cborg for the encoding.
 */
import { createHash, createHmac, createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { encode } from "cborg";
import { expect, test } from "vitest";
import type { ContactVectors } from "../../../tools/write-vectors.ts";

const vectors = JSON.parse(readFileSync(new URL("../../../spec/vectors/contact.json", import.meta.url), "utf8")) as ContactVectors;
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const label = (number: number): Buffer => Buffer.from(`MegaChat 1 ${number.toString(16).padStart(4, "0")}\0`, "latin1");
const object = (type: number, ...fields: readonly unknown[]): Buffer => Buffer.from(encode([type, 1, ...fields]));
const exact = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer;
const { from, to, invitation, address } = vectors;

const privateKey = (seed: Buffer) =>
  createPrivateKey({ key: Buffer.concat([hex("302e020100300506032b657004220420"), seed]), format: "der", type: "pkcs8" });

test("[F7, K18, K23] an invitation's fragment and tag", () => {
  const identity = (account: string, key: string): Buffer => Buffer.concat([hex(account), Buffer.from([0, 0]), hex(key)]);
  const hash = createHash("sha256")
    .update(Buffer.concat([label(0x1501), hex(invitation.inviterKey)]))
    .digest();
  const fragment = Buffer.concat([Buffer.from([1]), hash, hex(invitation.secret)]);
  expect(fragment.toString("base64url")).toBe(invitation.fragment);
  const both = Buffer.concat([label(0x1101), identity(to, invitation.inviterKey), identity(from, invitation.requesterKey)]);
  expect(createHmac("sha256", hex(invitation.secret)).update(both).digest("hex")).toBe(invitation.tag);
});

test("[F1, F3, K12, K23] a contact request: signed, padded, sealed to the receiver's address", async () => {
  const { nonce, handle, displayName, text, accountRecord, certificate, deviceList } = vectors;
  const faces = [accountRecord, certificate, deviceList].map(hex);
  const request = object(0x0a01, hex(nonce), hex(from), hex(to), handle, displayName, ...faces, text, hex(invitation.tag));
  const signature = sign(null, Buffer.concat([label(0x0a01), request]), privateKey(hex(vectors.deviceSeed)));
  const signed = object(0x0a02, request, signature);

  const header = Buffer.alloc(7);
  header.writeUInt8(1, 0);
  header.writeUInt16BE(0x1402, 1);
  header.writeUInt32BE(signed.length, 3);
  const padded = Buffer.concat([header, signed, Buffer.alloc(4096 - header.length - signed.length)]);

  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(address.m));
  expect(Buffer.concat([label(0x1402), hex(to), number]).toString("hex")).toBe(vectors.info);
  const xwing = new XWing();
  const suite = new CipherSuite({ kem: xwing, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const pair = await xwing.generateKeyPairDerand(Uint8Array.from(hex(address.seed)));
  expect(Buffer.from(await xwing.serializePublicKey(pair.publicKey)).toString("hex")).toBe(address.publicKey);
  const made = await suite.seal(
    { recipientPublicKey: pair.publicKey, info: exact(hex(vectors.info)), ekm: exact(hex(vectors.encapsulation)) },
    exact(padded),
  );
  expect(object(0x0407, new Uint8Array(made.enc), new Uint8Array(made.ct)).toString("hex")).toBe(vectors.sealed);
});
