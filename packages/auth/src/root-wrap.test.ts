import { Secret } from "@megachat/base";
import { derive, labels, newRecoveryKey, seal, sealPadded } from "@megachat/crypto";
import { decode, encode, RootKey as RootKeyObject, SealedBox } from "@megachat/wire";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { newRootKey } from "./account-keys.ts";
import { openRoot, wrapRoot, type Route } from "./root-wrap.ts";

const random = seededRandom("wraps");
const alice = { account: random.bytes(16), n: 0 };
const bob = { account: random.bytes(16), n: 0 };
const root = newRootKey(random);
const recoveryKey = newRecoveryKey(random);
const password: Route = { by: "password", exportKey: new Secret(random.bytes(64)) };
const recovery: Route = { by: "recovery", recoveryKey };
const any = { atLeast: 0 };
const refused = { ok: false, error: { type: "refused" } };
const bytesOf = (secret: Secret<Uint8Array> | null): string =>
  secret ? secret.open((bytes) => Buffer.from(bytes).toString("hex")) : "";

const byPassword = wrapRoot(random, password, alice, { root, version: 2, recoveryKey });
const byRecovery = wrapRoot(random, recovery, alice, { root, version: 2, recoveryKey: null });

test("[A17] each route opens its own wrap to the same root", () => {
  const one = openRoot(password, alice, byPassword, any);
  const two = openRoot(recovery, alice, byRecovery, any);
  if (!one.ok || !two.ok) throw new Error("refused");
  expect(bytesOf(one.value.root)).toBe(bytesOf(root));
  expect(bytesOf(two.value.root)).toBe(bytesOf(root));
  expect(bytesOf(one.value.recoveryKey)).toBe(bytesOf(recoveryKey));
  expect(two.value.recoveryKey).toBe(null);
  expect(one.value.version).toBe(2);
});

test("[A17] A06 a wrap swapped between routes, accounts, numbers or keys is refused", () => {
  expect(openRoot(password, alice, byRecovery, any)).toEqual(refused);
  expect(openRoot(recovery, alice, byPassword, any)).toEqual(refused);
  expect(openRoot(password, bob, byPassword, any)).toEqual(refused);
  expect(openRoot(password, { ...alice, n: 1 }, byPassword, any)).toEqual(refused);
  expect(openRoot({ by: "password", exportKey: new Secret(random.bytes(64)) }, alice, byPassword, any)).toEqual(refused);
  expect(openRoot({ by: "recovery", recoveryKey: newRecoveryKey(random) }, alice, byRecovery, any)).toEqual(refused);
});

test("[A18] A05 A07 a change to any byte of a wrap, and any cut, is one indistinguishable refusal", () => {
  for (const [route, wrap] of [
    [password, byPassword],
    [recovery, byRecovery],
  ] as const) {
    for (let at = 0; at < wrap.length; at++) {
      for (const bit of [1, 128]) expect(openRoot(route, alice, wrap.with(at, (wrap[at] ?? 0) ^ bit), any)).toEqual(refused);
      expect(openRoot(route, alice, wrap.subarray(0, at), any)).toEqual(refused);
    }
  }
});

test("[A19] A16 a wrap older than the highest seen is a rollback", () => {
  expect(openRoot(password, alice, byPassword, { atLeast: 2 }).ok).toBe(true);
  expect(openRoot(password, alice, byPassword, { atLeast: 3 })).toEqual({ ok: false, error: { type: "rolledBack", version: 2 } });
});

test("[A18] A09 a wrap whose root is zero or a pattern is refused, although it opens", () => {
  for (const choice of [new Uint8Array(32), new Uint8Array(32).fill(0xaa)]) {
    const wrap = wrapRoot(random, password, alice, { root: new Secret(choice), version: 1, recoveryKey: null });
    expect(openRoot(password, alice, wrap, any)).toEqual(refused);
  }
});

test("[A17, A18] a box under the right key that says another account or n inside, or holds something else, is refused", () => {
  if (password.by !== "password") throw new Error("not the route");
  const key = derive(labels.passwordWrapKey, password.exportKey, alice.account);
  const placed = (version: number) => ({ owner: alice.account, id: new Uint8Array(0), version });
  const inside = (owner: typeof alice) =>
    encode(RootKeyObject, { type: "rootKey", ...owner, version: 1, root: random.bytes(32), recoveryKey: null });
  const boxes = [
    sealPadded(random, labels.rootByPassword, key, placed(0), inside(bob)),
    sealPadded(random, labels.rootByPassword, key, placed(0), inside({ ...alice, n: 1 })),
    sealPadded(random, labels.rootByPassword, key, placed(1), inside(alice)),
    sealPadded(random, labels.rootByPassword, key, placed(0), random.bytes(32)),
    seal(random, labels.rootByPassword, key, placed(0), inside(alice)),
  ];
  for (const box of boxes) expect(openRoot(password, alice, encode(SealedBox, box), any)).toEqual(refused);
  const misplaced = encode(SealedBox, sealPadded(random, labels.rootByPassword, key, placed(0), inside({ ...alice, n: 1 })));
  expect(openRoot(password, { ...alice, n: 1 }, misplaced, any)).toEqual(refused);
  const good = sealPadded(random, labels.rootByPassword, key, placed(0), inside(alice));
  expect(openRoot(password, alice, encode(SealedBox, good), any).ok).toBe(true);
});

test("[A20] A12 all wraps have one length, and two wraps of one root have nothing in common", () => {
  const again = wrapRoot(random, password, alice, { root, version: 2, recoveryKey: null });
  expect(again).toHaveLength(byPassword.length);
  expect(byRecovery).toHaveLength(byPassword.length);
  expect(byPassword.length).toBeLessThanOrEqual(512);
  const [a, b] = [byPassword, again].map((wrap) => decode(SealedBox, wrap));
  if (!a?.ok || !b?.ok) throw new Error("malformed");
  expect(a.value.salt).not.toEqual(b.value.salt);
  expect(a.value.ciphertext).not.toEqual(b.value.ciphertext);
});
