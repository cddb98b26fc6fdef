import { labels } from "@megachat/crypto";
import { decode, DeviceList, encode, Signed } from "@megachat/wire";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { identityPair, newRootKey } from "./account-keys.ts";
import { buildDeviceList, verifyDeviceList, type DeviceListDraft, type DeviceListFacts } from "./device-list.ts";
import { signBody } from "./signed.ts";

const random = seededRandom("lists");
const account = random.bytes(16);
const { seed, publicKey } = identityPair(newRootKey(random), account, 0);
const owner = { account, n: 0, identityKey: publicKey };
const laptop = { device: random.bytes(16), serial: 1 };
const phone = { device: random.bytes(16), serial: 2 };
const refused = { ok: false, error: { type: "refused" } };
const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error("refused");
  return result.value;
};

const draft: DeviceListDraft = { account, n: 0, previous: null, logPosition: 4, standing: [laptop] };
const first = buildDeviceList(seed, draft);
const one = must(verifyDeviceList(first, owner, null));
const after = (previous: DeviceListFacts, standing = [laptop, phone]) => buildDeviceList(seed, { ...draft, previous, standing });

test("[A6] a list says who stands, and its versions are linked", () => {
  expect(one).toMatchObject({ version: 1, logPosition: 4, standing: [laptop], link: "first" });
  const second = after(one);
  const two = must(verifyDeviceList(second, owner, one));
  expect(two).toMatchObject({ version: 2, standing: [laptop, phone], link: "next" });
  expect(must(verifyDeviceList(second, owner, two)).link).toBe("same");
  expect(must(verifyDeviceList(after(two), owner, one)).link).toBe("gap");
});

test("[A6] C05 a lower version is a rollback, another of one version a fork", () => {
  const two = must(verifyDeviceList(after(one), owner, one));
  expect(verifyDeviceList(first, owner, two)).toEqual({ ok: false, error: { type: "rolledBack", version: 1 } });
  expect(verifyDeviceList(after(one, [phone]), owner, two)).toEqual({ ok: false, error: { type: "forked", version: 2 } });
  const other = must(verifyDeviceList(buildDeviceList(seed, { ...draft, logPosition: 5 }), owner, null));
  expect(verifyDeviceList(after(other), owner, one)).toEqual({ ok: false, error: { type: "forked", version: 2 } });
});

test("[A6] C01 a list signed by any other key, or of another account or n, is refused", () => {
  const mallory = identityPair(newRootKey(random), account, 0);
  expect(verifyDeviceList(buildDeviceList(mallory.seed, draft), owner, null)).toEqual(refused);
  expect(verifyDeviceList(first, { ...owner, account: random.bytes(16) }, null)).toEqual(refused);
  expect(verifyDeviceList(first, { ...owner, n: 1 }, null)).toEqual(refused);
  expect(verifyDeviceList(buildDeviceList(seed, { ...draft, n: 1 }), owner, null)).toEqual(refused);
});

test("[A6] a device or a serial that is there twice, and a version that does not begin at 1, are refused", () => {
  const twice = [laptop, { ...phone, device: laptop.device }];
  expect(verifyDeviceList(buildDeviceList(seed, { ...draft, standing: twice }), owner, null)).toEqual(refused);
  const serials = [laptop, { ...phone, serial: 1 }];
  expect(verifyDeviceList(buildDeviceList(seed, { ...draft, standing: serials }), owner, null)).toEqual(refused);
  const list = must(decode(DeviceList, must(decode(Signed, first)).body));
  for (const change of [{ version: 0 }, { version: 2 }, { previous: random.bytes(32) }]) {
    const forged = signBody(labels.deviceList, [seed], encode(DeviceList, { ...list, ...change }));
    expect(verifyDeviceList(forged, owner, null)).toEqual(refused);
  }
});

test("[A1] A05 a change to any byte of a list is refused", () => {
  for (let at = 0; at < first.length; at++) {
    expect(verifyDeviceList(first.with(at, (first[at] ?? 0) ^ 4), owner, null)).toEqual(refused);
  }
});
