import { concatBytes, u64 } from "@megachat/base";
import { labels, newSigningSeed, sealPadded, sign, signingKeyOf } from "@megachat/crypto";
import { AccountEntries as AccountEntriesObject, encode, SealedBox, SignedEntries, type AccountEntries } from "@megachat/wire";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { archiveKey, newAccountSecret } from "./account-keys.ts";
import { openAccountRow, sealAccountRow } from "./account-row.ts";

const random = seededRandom("rows");
const account = random.bytes(16);
const device = random.bytes(16);
const seed = newSigningSeed(random);
const key = signingKeyOf(seed);
const secrets = [newAccountSecret(random), newAccountSecret(random)] as const;
const keys = new Map(secrets.map((secret, m) => [m, archiveKey(secret, account, m)]));
const keyOf = (m: number) => keys.get(m) ?? archiveKey(newAccountSecret(random), account, m);
const entries: AccountEntries = {
  type: "accountEntries",
  account,
  device,
  m: 1,
  sequence: 7,
  seen: 3,
  seenHash: random.bytes(32),
  entries: [random.bytes(10), random.bytes(300)],
};
const row = sealAccountRow(random, keyOf(1), entries, seed);
const place = { account, device, sequence: 7 };
const refused = { ok: false, error: { type: "refused" } };

test("[A7] a row opens with the archive keys of the account, whichever m it is of", () => {
  expect(openAccountRow(keys, place, key, row)).toEqual({ ok: true, value: entries });
  const old = { ...entries, m: 0 };
  expect(openAccountRow(keys, place, key, sealAccountRow(random, keyOf(0), old, seed))).toEqual({ ok: true, value: old });
  expect(openAccountRow(new Map(), place, key, row)).toEqual(refused);
});

test("[A7] A06 a row moved to another account, device or sequence is refused", () => {
  expect(openAccountRow(keys, { ...place, account: device }, key, row)).toEqual(refused);
  expect(openAccountRow(keys, { ...place, device: account }, key, row)).toEqual(refused);
  expect(openAccountRow(keys, { ...place, sequence: 8 }, key, row)).toEqual(refused);
});

test("[A8] A09 a row that its device did not sign is refused, although the archive key opens it", () => {
  const mallory = newSigningSeed(random);
  expect(openAccountRow(keys, place, key, sealAccountRow(random, keyOf(1), entries, mallory))).toEqual(refused);
  expect(openAccountRow(keys, place, signingKeyOf(mallory), row)).toEqual(refused);
});

test("[A8] a row that says another account, device, sequence or m than it lies under is refused, although all is signed", () => {
  const lying = (change: Partial<AccountEntries>) => {
    const body = encode(AccountEntriesObject, { ...entries, ...change });
    const signature = sign(labels.accountEntries, seed, body);
    const inside = encode(SignedEntries, { type: "signedEntries", entries: body, signature });
    const lies = { owner: account, id: concatBytes(device, u64(7)), version: 1 };
    return encode(SealedBox, sealPadded(random, labels.accountRow, keyOf(1), lies, inside));
  };
  expect(openAccountRow(keys, place, key, lying({})).ok).toBe(true);
  const changes: readonly Partial<AccountEntries>[] = [{ account: device }, { device: account }, { sequence: 8 }, { m: 0 }];
  for (const change of changes) expect(openAccountRow(keys, place, key, lying(change))).toEqual(refused);
});

test("[A7] A05 a change to any byte of a row is one indistinguishable refusal", () => {
  for (let at = 0; at < row.length; at += 3) {
    expect(openAccountRow(keys, place, key, row.with(at, (row[at] ?? 0) ^ 64))).toEqual(refused);
  }
});

test("[A7] A12 rows of small entries have one length", () => {
  const lengths = [[], [random.bytes(1)], [random.bytes(40)]].map(
    (each) => sealAccountRow(random, keyOf(1), { ...entries, entries: each }, seed).length,
  );
  expect(new Set(lengths).size).toBe(1);
});
