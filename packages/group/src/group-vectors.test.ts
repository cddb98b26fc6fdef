/**
 * What stands in `spec/vectors/group.json`, a certificate, a roster and the data of a commit, made again without any of
 * our code: by OpenSSL through Node, and with cborg for the encoding.
 */
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { encode } from "cborg";
import { expect, test } from "vitest";
import type { groupVectors } from "../../../tools/lib/group-vectors.ts";
import { readRoster } from "./roster.ts";
import { verifyCertificate } from "./certificate.ts";

const file = new URL("../../../spec/vectors/group.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as ReturnType<typeof groupVectors>;
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const label = (number: number): Buffer => Buffer.from(`MegaChat 1 ${number.toString(16).padStart(4, "0")}\0`, "latin1");
const object = (type: number, ...fields: readonly unknown[]): Buffer => Buffer.from(encode([type, 1, ...fields]));
const privateKey = (seed: Buffer) =>
  createPrivateKey({ key: Buffer.concat([hex("302e020100300506032b657004220420"), seed]), format: "der", type: "pkcs8" });
const publicKey = (seed: Buffer): Buffer => createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" }).subarray(-32);

const { account, other, device, gone, identitySeed, otherSeed, deviceSeed, hpkeKey, conversationKey, serial, time } = vectors;
const [identityKey, otherKey] = [publicKey(hex(identitySeed)), publicKey(hex(otherSeed))];

test("[G1] a certificate is an object signed under its own label, inside a signed object", () => {
  const body = object(0x0601, hex(account), 0, hex(device), serial, publicKey(hex(deviceSeed)), hex(hpkeKey));
  const signature = sign(null, Buffer.concat([label(0x0601), body]), privateKey(hex(identitySeed)));
  expect(object(0x0401, body, [signature]).toString("hex")).toBe(vectors.certificate);
  expect(verifyCertificate(hex(vectors.certificate), identityKey).ok).toBe(true);
  expect(verifyCertificate(hex(vectors.certificate), otherKey)).toEqual({ ok: false, error: { type: "signature" } });
});

test("[G2] a roster has one encoding", () => {
  const nobody = 3;
  const member = 0;
  const accounts = [
    [hex(account), 0, identityKey, member, 300, [7, 300]],
    [hex(other), 1, otherKey, member, 2, [2]],
  ].sort(([a], [b]) => Buffer.compare(a as Buffer, b as Buffer));
  const rules = [nobody, nobody, nobody, nobody, member];
  expect(object(0x0602, 1, hex(conversationKey), rules, accounts).toString("hex")).toBe(vectors.roster);
  expect(readRoster(hex(vectors.roster))).toBeDefined();
});

test("[G3] the data of a commit has one encoding", () => {
  expect(object(0x0603, time, [hex(device)], [hex(gone)]).toString("hex")).toBe(vectors.commitData);
});
