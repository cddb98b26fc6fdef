/**
 * Which devices of an account stand: a list signed by its identity key, in versions chained by hash. [A6]
 *
 * Everyone keeps the highest version seen. A lower one is a rollback, another one of the same version a fork: both are
 * alarms, and neither changes what is known.
 */
import { bytesEqual, err, ok, toHex, type Result, type Secret } from "@megachat/base";
import { hash256, labels } from "@megachat/crypto";
import { decode, DeviceList, encode } from "@megachat/wire";
import type { Link } from "./account-record.ts";
import { openSigned, refused, signBody, type Refused } from "./signed.ts";

export interface StandingDevice {
  readonly device: Uint8Array<ArrayBuffer>;
  readonly serial: number;
}

/** A list whose signature holds. */
export interface DeviceListFacts {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly n: number;
  readonly version: number;
  /** Names this version: in the next, in messages, in the account log. */
  readonly hash: Uint8Array<ArrayBuffer>;
  /** Length of the account log at signing. */
  readonly logPosition: number;
  readonly standing: readonly StandingDevice[];
  readonly link: Link;
}

/** The highest version seen before. */
export interface KnownList {
  readonly version: number;
  readonly hash: Uint8Array;
}

export type DeviceListError =
  | Refused
  | { readonly type: "rolledBack"; readonly version: number }
  | { readonly type: "forked"; readonly version: number };

export interface DeviceListDraft {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly n: number;
  /** The version before; null for the first. */
  readonly previous: { readonly version: number; readonly hash: Uint8Array<ArrayBuffer> } | null;
  readonly logPosition: number;
  readonly standing: readonly StandingDevice[];
}

export function buildDeviceList(identitySeed: Secret<Uint8Array>, draft: DeviceListDraft): Uint8Array<ArrayBuffer> {
  const body = encode(DeviceList, {
    type: "deviceList",
    account: draft.account,
    n: draft.n,
    version: (draft.previous?.version ?? 0) + 1,
    previous: draft.previous?.hash ?? null,
    logPosition: draft.logPosition,
    standing: draft.standing.map(({ device, serial }) => ({ type: "standingDevice" as const, device, serial })),
  });
  return signBody(labels.deviceList, [identitySeed], body);
}

/** Opens a list of the account whose record is verified, and compares it with the highest seen. Total. */
export function verifyDeviceList(
  bytes: Uint8Array,
  owner: { readonly account: Uint8Array; readonly n: number; readonly identityKey: Uint8Array },
  known: KnownList | null,
): Result<DeviceListFacts, DeviceListError> {
  const body = openSigned(labels.deviceList, [owner.identityKey], bytes);
  if (!body.ok) return refused;
  const list = decode(DeviceList, body.value);
  if (!list.ok) return refused;
  const { account, n, version, previous, logPosition } = list.value;
  if (!bytesEqual(account, owner.account) || n !== owner.n) return refused;
  if (version < 1 || (version === 1) !== (previous === null)) return refused;
  const standing = list.value.standing.map(({ device, serial }) => ({ device, serial }));
  if (!isDistinct(standing)) return refused;

  const hash = hash256(labels.deviceListHash, body.value);
  const facts = { account, n, version, hash, logPosition, standing };
  if (!known) return ok({ ...facts, link: "first" });
  if (version < known.version) return err({ type: "rolledBack", version });
  if (version === known.version)
    return bytesEqual(hash, known.hash) ? ok({ ...facts, link: "same" }) : err({ type: "forked", version });
  if (version > known.version + 1) return ok({ ...facts, link: "gap" });
  return previous && bytesEqual(previous, known.hash) ? ok({ ...facts, link: "next" }) : err({ type: "forked", version });
}

/** A serial is one device's and a device has one: else two keys could answer to one name. */
const isDistinct = (standing: readonly StandingDevice[]): boolean =>
  new Set(standing.map(({ device }) => toHex(device))).size === standing.length &&
  new Set(standing.map(({ serial }) => serial)).size === standing.length;
