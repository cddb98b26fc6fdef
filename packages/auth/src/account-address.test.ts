import { newSigningSeed, signingKeyOf } from "@megachat/crypto";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { buildAccountAddress, verifyAccountAddress } from "./account-address.ts";
import { addressPair, newAccountSecret } from "./account-keys.ts";

const random = seededRandom("addresses");
const account = random.bytes(16);
const device = random.bytes(16);
const secret = newAccountSecret(random);
const deviceSeed = newSigningSeed(random);
const draft = { account, n: 0, m: 3, device };
const bytes = buildAccountAddress(secret, draft, deviceSeed);
const owner = { account, n: 0 };
const keyOf = (asked: Uint8Array) => (Buffer.compare(asked, device) === 0 ? signingKeyOf(deviceSeed) : undefined);
const refused = { ok: false, error: { type: "refused" } };

test("[A5] an address gives the key of account secret m, vouched for by a standing device", () => {
  const facts = { ...draft, hpkeKey: addressPair(secret, account, 3).publicKey };
  expect(verifyAccountAddress(bytes, owner, keyOf)).toEqual({ ok: true, value: facts });
});

test("[A5] A10 an address by a device that does not stand, by another key, or of another account or n, is refused", () => {
  expect(verifyAccountAddress(bytes, owner, () => undefined)).toEqual(refused);
  const mallory = buildAccountAddress(newAccountSecret(random), draft, newSigningSeed(random));
  expect(verifyAccountAddress(mallory, owner, keyOf)).toEqual(refused);
  expect(verifyAccountAddress(bytes, { account: device, n: 0 }, keyOf)).toEqual(refused);
  expect(verifyAccountAddress(bytes, { account, n: 1 }, keyOf)).toEqual(refused);
});

test("[A1] A05 a change to any byte of an address is refused", () => {
  for (let at = 0; at < bytes.length; at += 5) {
    expect(verifyAccountAddress(bytes.with(at, (bytes[at] ?? 0) ^ 1), owner, keyOf)).toEqual(refused);
  }
});
