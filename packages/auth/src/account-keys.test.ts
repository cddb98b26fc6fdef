import { Secret } from "@megachat/base";
import { labels, signingKeyOf } from "@megachat/crypto";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { addressPair, archiveKey, identityPair, loginPair, looksRandom, newAccountSecret, newRootKey } from "./account-keys.ts";
import { openSigned, signBody } from "./signed.ts";

const random = seededRandom("hierarchy");
const account = random.bytes(16);
const other = random.bytes(16);
const bytesOf = (secret: Secret<Uint8Array>): string => secret.open((bytes) => Buffer.from(bytes).toString("hex"));

test("[A2, A3] A06 no two keys of an account are one: not across uses, accounts, numbers or secrets", () => {
  const [root, secret] = [newRootKey(random), newAccountSecret(random)];
  const seeds = [root, secret].flatMap((parent) =>
    [account, other].flatMap((id) =>
      [0, 1, 256].flatMap((number) => [
        identityPair(parent, id, number).seed,
        loginPair(parent, id, number).seed,
        addressPair(parent, id, number).seed,
        archiveKey(parent, id, number),
      ]),
    ),
  );
  expect(new Set(seeds.map(bytesOf)).size).toBe(2 * 2 * 3 * 4);
});

test("[A2] the same root gives the same pairs again", () => {
  const root = newRootKey(random);
  expect(identityPair(root, account, 0).publicKey).toEqual(identityPair(root, account, 0).publicKey);
  expect(loginPair(root, account, 0).publicKey).toHaveLength(1216);
  expect(() => identityPair(root, account.subarray(1), 0)).toThrow(RangeError);
});

test("[A18] A09 keys that are somebody's choice are recognised", () => {
  expect(looksRandom(new Uint8Array(32))).toBe(false);
  expect(looksRandom(new Uint8Array(32).map((_, i) => i % 7))).toBe(false);
  expect(looksRandom(random.bytes(16))).toBe(false);
  for (let i = 0; i < 1000; i++) expect(looksRandom(random.bytes(32))).toBe(true);
});

test("[A1] a signed body opens under exactly its keys, in their order, and its label", () => {
  const seeds = [new Secret(random.bytes(32)), new Secret(random.bytes(32))] as const;
  const keys = seeds.map(signingKeyOf);
  const body = random.bytes(50);
  const signed = signBody(labels.certificate, seeds, body);
  const refused = { ok: false, error: { type: "refused" } };
  expect(openSigned(labels.certificate, keys, signed)).toEqual({ ok: true, value: body });
  expect(openSigned(labels.certificate, keys.toReversed(), signed)).toEqual(refused);
  expect(openSigned(labels.certificate, keys.slice(0, 1), signed)).toEqual(refused);
  expect(openSigned(labels.certificate, [], signed)).toEqual(refused);
  // One good signature where two are wanted, alone or beside one that is not good.
  expect(openSigned(labels.certificate, keys, signBody(labels.certificate, [seeds[0]], body))).toEqual(refused);
  expect(openSigned(labels.certificate, keys, signBody(labels.certificate, [seeds[0], seeds[0]], body))).toEqual(refused);
  expect(openSigned(labels.certificate, keys, signBody(labels.certificate, [seeds[1], seeds[1]], body))).toEqual(refused);
  expect(openSigned(labels.deviceList, keys, signed)).toEqual(refused);
  expect(openSigned(labels.certificate, [], signBody(labels.certificate, [], body))).toEqual(refused);
});
