import type { Secret } from "@megachat/base";
import { labels } from "@megachat/crypto";
import { AccountRecord, decode, encode, Signed } from "@megachat/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { identityPair, loginPair, newRootKey } from "./account-keys.ts";
import { buildAccountRecord, setupKeyHash, verifyAccountRecord, type AccountFacts } from "./account-record.ts";
import { signBody } from "./signed.ts";

const random = seededRandom("records");
const account = random.bytes(16);
const root = newRootKey(random);
const serverKey = random.bytes(32);
const bytes = buildAccountRecord(root, account, serverKey);
const refused = { ok: false, error: { type: "refused" } };
const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error("refused");
  return result.value;
};
const facts = must(verifyAccountRecord(bytes, null));

/** A record for n, changed at will, signed by the given seeds in their order. */
function forge(change: Partial<AccountRecord>, seeds: readonly Secret<Uint8Array>[]): Uint8Array<ArrayBuffer> {
  const signed = must(decode(Signed, bytes));
  const record = must(decode(AccountRecord, signed.body));
  return signBody(labels.accountRecord, seeds, encode(AccountRecord, { ...record, ...change }));
}
/** A successor of `before` as its holder would make it. */
function successor(before: AccountFacts, nextRoot = newRootKey(random)) {
  const identity = identityPair(nextRoot, account, before.n + 1);
  const change = { n: before.n + 1, identityKey: identity.publicKey, previous: before.recordHash };
  return { change, identity, bytes: (oldSeed: Secret<Uint8Array>) => forge(change, [identity.seed, oldSeed]) };
}
const firstSeed = identityPair(root, account, 0).seed;

test("[A4] a record says what its root makes, and links to nothing at first", () => {
  expect(facts).toMatchObject({ account, n: 0, link: "first", setupKeyHash: setupKeyHash(serverKey) });
  expect(facts.identityKey).toEqual(identityPair(root, account, 0).publicKey);
  expect(facts.loginKey).toEqual(loginPair(root, account, 0).publicKey);
  expect(must(verifyAccountRecord(bytes, facts)).link).toBe("same");
  expect(must(verifyAccountRecord(bytes, { ...facts, recordHash: null })).link).toBe("same");
});

test("[A1] A05 a change to any byte of a record is refused or changes nothing", () => {
  for (let at = 0; at < bytes.length; at += 7) {
    expect(verifyAccountRecord(bytes.with(at, (bytes[at] ?? 0) ^ 1), null)).toEqual(refused);
  }
  expect(verifyAccountRecord(bytes.subarray(0, -1), null)).toEqual(refused);
});

test("[A4] A17 a key that did not sign, a missing and a surplus signature are refused", () => {
  const mallory = identityPair(newRootKey(random), account, 0);
  expect(verifyAccountRecord(forge({ identityKey: mallory.publicKey }, [firstSeed]), null)).toEqual(refused);
  expect(verifyAccountRecord(forge({}, [mallory.seed]), null)).toEqual(refused);
  expect(verifyAccountRecord(forge({}, []), null)).toEqual(refused);
  expect(verifyAccountRecord(forge({}, [firstSeed, firstSeed]), null)).toEqual(refused);
  expect(verifyAccountRecord(forge({ previous: random.bytes(32) }, [firstSeed]), null)).toEqual(refused);
});

test("[A4] a pin decides: another key for the same n is a fork, whoever signed it", () => {
  const mallory = identityPair(newRootKey(random), account, 0);
  const swapped = forge({ identityKey: mallory.publicKey }, [mallory.seed]);
  expect(verifyAccountRecord(swapped, null).ok).toBe(true);
  expect(verifyAccountRecord(swapped, { ...facts, recordHash: null })).toEqual({ ok: false, error: { type: "forked", n: 0 } });
  const other = forge({ setupKeyHash: random.bytes(32) }, [firstSeed]);
  expect(verifyAccountRecord(other, facts)).toEqual({ ok: false, error: { type: "forked", n: 0 } });
  expect(verifyAccountRecord(bytes, { ...facts, account: random.bytes(16) })).toEqual(refused);
});

test("[A4] a successor counts when the known key signed it and its hash names the known record", () => {
  const next = successor(facts);
  const verified = must(verifyAccountRecord(next.bytes(firstSeed), facts));
  expect(verified).toMatchObject({ n: 1, link: "next", identityKey: next.identity.publicKey });
  const forked = { ok: false, error: { type: "forked", n: 1 } };
  expect(verifyAccountRecord(next.bytes(next.identity.seed), facts)).toEqual(forked);
  const elsewhere = forge({ ...next.change, previous: random.bytes(32) }, [next.identity.seed, firstSeed]);
  expect(verifyAccountRecord(elsewhere, facts)).toEqual(forked);
  expect(verifyAccountRecord(forge(next.change, [next.identity.seed]), facts)).toEqual(refused);
});

test("[A4] A16 an earlier record is a rollback, and a later one with records missing between says so", () => {
  const next = successor(facts);
  const one = must(verifyAccountRecord(next.bytes(firstSeed), facts));
  const two = successor(one).bytes(next.identity.seed);
  expect(verifyAccountRecord(bytes, one)).toEqual({ ok: false, error: { type: "rolledBack", n: 0 } });
  expect(must(verifyAccountRecord(two, facts)).link).toBe("gap");
  expect(must(verifyAccountRecord(two, one)).link).toBe("next");
});

test("[A4] verifying is total", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
      expect(verifyAccountRecord(any, facts)).toEqual(refused);
    }),
  );
});
