import { u64 } from "@megachat/base";
import { hpkeKeyOf, hpkeSeal, labels, newHpkeSeed, newSigningSeed, signingKeyOf } from "@megachat/crypto";
import { AccountSecret as AccountSecretObject, encode, HpkeBox } from "@megachat/wire";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { newAccountSecret } from "./account-keys.ts";
import { openAccountSecret, sealAccountSecret } from "./account-secret.ts";
import { signBody } from "./signed.ts";

const random = seededRandom("secrets");
const alice = { account: random.bytes(16), n: 0 };
const login = newHpkeSeed(random);
const publicKey = hpkeKeyOf(login);
const device = newSigningSeed(random);
const standing = [random.bytes(32), signingKeyOf(device)];
const secret = newAccountSecret(random);
const any = { atLeast: 0 };
const refused = { ok: false, error: { type: "refused" } };
const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error("refused");
  return result.value;
};
const bytes = must(sealAccountSecret(random, publicKey, alice, { m: 4, secret }, device));

test("[A21] what a standing device sealed opens with its number", () => {
  const opened = must(openAccountSecret(login, alice, bytes, standing, any));
  expect(opened.m).toBe(4);
  expect(opened.secret.open((a) => secret.open((b) => Buffer.compare(a, b)))).toBe(0);
  expect(bytes.length).toBeLessThanOrEqual(4096);
});

test("[A21] A09 A secret that the server made up is refused: the public key alone seals nothing we believe", () => {
  const mallory = newSigningSeed(random);
  const planted = must(sealAccountSecret(random, publicKey, alice, { m: 5, secret: newAccountSecret(random) }, mallory));
  expect(openAccountSecret(login, alice, planted, standing, any)).toEqual(refused);
  expect(openAccountSecret(login, alice, bytes, [], any)).toEqual(refused);
  const body = encode(AccountSecretObject, { type: "accountSecret", account: alice.account, m: 5, secret: random.bytes(32) });
  const bare = must(hpkeSeal(random, labels.accountSecret, publicKey, { recipient: alice.account, id: u64(0) }, body));
  expect(openAccountSecret(login, alice, encode(HpkeBox, bare), standing, any)).toEqual(refused);
});

test("[A21] A06 a secret of another account, identity or recipient, and a degenerate one, are refused", () => {
  const bob = { account: random.bytes(16), n: 0 };
  expect(openAccountSecret(login, bob, bytes, standing, any)).toEqual(refused);
  expect(openAccountSecret(login, { ...alice, n: 1 }, bytes, standing, any)).toEqual(refused);
  expect(openAccountSecret(newHpkeSeed(random), alice, bytes, standing, any)).toEqual(refused);
  for (const change of [{ account: bob.account }, { secret: new Uint8Array(32) }]) {
    const contents = { type: "accountSecret", account: alice.account, m: 5, secret: random.bytes(32), ...change } as const;
    const signed = signBody(labels.accountSecretBody, [device], encode(AccountSecretObject, contents));
    const box = must(hpkeSeal(random, labels.accountSecret, publicKey, { recipient: alice.account, id: u64(0) }, signed));
    expect(openAccountSecret(login, alice, encode(HpkeBox, box), standing, any)).toEqual(refused);
  }
});

test("[A21] A16 a secret before the highest seen is a rollback", () => {
  expect(openAccountSecret(login, alice, bytes, standing, { atLeast: 5 })).toEqual({
    ok: false,
    error: { type: "rolledBack", version: 4 },
  });
});

test("[A18] A05 A07 a change anywhere in it is one indistinguishable refusal", () => {
  for (let at = 0; at < bytes.length; at += 31) {
    expect(openAccountSecret(login, alice, bytes.with(at, (bytes[at] ?? 0) ^ 2), standing, any)).toEqual(refused);
  }
  expect(sealAccountSecret(random, publicKey.subarray(1), alice, { m: 0, secret }, device).ok).toBe(false);
});
