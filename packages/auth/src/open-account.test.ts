import { Secret } from "@megachat/base";
import { labels, newRecoveryKey } from "@megachat/crypto";
import { AccountRecord, decode, encode, Signed } from "@megachat/wire";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { identityPair, loginPair, newRootKey } from "./account-keys.ts";
import { buildAccountRecord } from "./account-record.ts";
import { openAccount, type AccountAnswer } from "./open-account.ts";
import { wrapRoot, type Route } from "./root-wrap.ts";
import { signBody } from "./signed.ts";

const random = seededRandom("open");
const refused = { ok: false, error: { type: "refused" } };
const nothing = { identity: null, wrapVersion: 0 };

function person() {
  const account = random.bytes(16);
  const root = newRootKey(random);
  const serverKey = random.bytes(32);
  const recoveryKey = newRecoveryKey(random);
  const password: Route = { by: "password", exportKey: new Secret(random.bytes(64)) };
  const recovery: Route = { by: "recovery", recoveryKey };
  const accountRecord = buildAccountRecord(root, account, serverKey);
  const wrap = wrapRoot(random, password, { account, n: 0 }, { root, version: 3, recoveryKey });
  const recoveryWrap = wrapRoot(random, recovery, { account, n: 0 }, { root, version: 1, recoveryKey: null });
  const answer: AccountAnswer = { account, accountRecord, wrap };
  return { account, root, serverKey, password, recovery, answer, recoveryWrap };
}
const [alice, bob] = [person(), person()] as const;

test("[A22] record, wrap and server key that belong together open the account", () => {
  const opened = openAccount(alice.password, alice.answer, alice.serverKey, nothing);
  if (!opened.ok) throw new Error("refused");
  expect(opened.value.identity.publicKey).toEqual(opened.value.facts.identityKey);
  expect(opened.value.login.publicKey).toEqual(opened.value.facts.loginKey);
  expect(opened.value.wrapVersion).toBe(3);
  const recovered = openAccount(alice.recovery, { ...alice.answer, wrap: alice.recoveryWrap }, null, nothing);
  expect(recovered.ok && recovered.value.facts.identityKey).toEqual(opened.value.facts.identityKey);
});

test("[A22] A17 A15 an answer mixed from two accounts or two servers is refused", () => {
  const mixed: readonly Partial<AccountAnswer>[] = [
    { account: bob.account },
    { accountRecord: bob.answer.accountRecord },
    { accountRecord: bob.answer.accountRecord, account: bob.account },
    { wrap: bob.answer.wrap },
    { wrap: alice.recoveryWrap },
    // A record of the server's own making for Alice's account: well signed, but not by what her password opens.
    { accountRecord: buildAccountRecord(newRootKey(random), alice.account, alice.serverKey) },
  ];
  for (const change of mixed) {
    expect(openAccount(alice.password, { ...alice.answer, ...change }, alice.serverKey, nothing)).toEqual(refused);
  }
  expect(openAccount(alice.password, alice.answer, bob.serverKey, nothing)).toEqual(refused);
});

test("[A22] A17 a record that has one of the account's keys right and the other wrong is refused", () => {
  const signed = decode(Signed, alice.answer.accountRecord);
  const record = signed.ok ? decode(AccountRecord, signed.value.body) : signed;
  if (!record.ok) throw new Error("malformed");
  const forge = (seed: Secret<Uint8Array>, change: Partial<AccountRecord>) =>
    signBody(labels.accountRecord, [seed], encode(AccountRecord, { ...record.value, ...change }));
  const mallory = identityPair(newRootKey(random), alice.account, 0);
  const own = identityPair(alice.root, alice.account, 0);
  const records = [
    forge(mallory.seed, { identityKey: mallory.publicKey }),
    forge(own.seed, { loginKey: loginPair(newRootKey(random), alice.account, 0).publicKey }),
  ];
  for (const accountRecord of records) {
    expect(openAccount(alice.password, { ...alice.answer, accountRecord }, alice.serverKey, nothing)).toEqual(refused);
  }
});

test("[A22] A16 what this browser knew before is held against the answer", () => {
  const opened = openAccount(alice.password, alice.answer, alice.serverKey, nothing);
  if (!opened.ok) throw new Error("refused");
  const identity = opened.value.facts;
  expect(openAccount(alice.password, alice.answer, alice.serverKey, { identity, wrapVersion: 3 }).ok).toBe(true);
  expect(openAccount(alice.password, alice.answer, alice.serverKey, { identity, wrapVersion: 4 })).toEqual({
    ok: false,
    error: { type: "rolledBack", version: 3 },
  });
  expect(openAccount(bob.password, bob.answer, bob.serverKey, { identity, wrapVersion: 0 })).toEqual(refused);
});

test("[A3] closing an opened account takes its private halves with it", () => {
  const opened = openAccount(alice.password, alice.answer, alice.serverKey, nothing);
  if (!opened.ok) throw new Error("refused");
  const { identity, login } = opened.value;
  opened.value[Symbol.dispose]();
  expect(() => identity.seed.open((bytes) => bytes)).toThrow();
  expect(() => login.seed.open((bytes) => bytes)).toThrow();
});
