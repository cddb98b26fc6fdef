/**
 * An account as anyone may see it: four kinds of signed faces, checked as one. The server is believed in nothing. [R4–R7]
 *
 * record (signed by the identity key it names) → certificates and device list (signed by that identity key) → address
 * (signed by a device that stands). What is known from before is compared by the caller, who knows what a change means.
 */
import { bytesEqual, err, ok, toHex, type Result, type Secret } from "@megachat/base";
import { labels } from "@megachat/crypto";
import {
  openSigned,
  signBody,
  verifyAccountAddress,
  verifyAccountRecord,
  verifyDeviceList,
  type AccountFacts,
  type AddressFacts,
  type DeviceListFacts,
} from "@megachat/auth";
import { Certificate, decode, encode } from "@megachat/wire";

/** What is true of an account by its own signatures. */
export interface Faces {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly n: number;
  readonly identityKey: Uint8Array<ArrayBuffer>;
  readonly record: AccountFacts;
  /** The record as it came, to be compared with its successor. */
  readonly recordBytes: Uint8Array;
  readonly list: DeviceListFacts;
  readonly listBytes: Uint8Array;
  /** Certificates of devices that stand. A server may leave some out, and then they are not here. */
  readonly devices: readonly Certificate[];
  /** Null where none was given: a contact request carries no address. */
  readonly address: AddressFacts | null;
}

export type FaceName = "accountRecord" | "deviceList" | "certificate" | "address";
/** The faces do not hold together: the server, or who forged for it, lies. */
export interface NotAuthentic {
  readonly type: "notAuthentic";
  readonly face: FaceName;
}

/** The bytes as they travel. */
export interface RawFaces {
  /** Whose faces they are said, or must, to be. */
  readonly account: Uint8Array;
  readonly accountRecord: Uint8Array;
  readonly deviceList: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  readonly address: Uint8Array | null;
}

/** Checks everything that can be checked without knowing the account from before. Total. */
export function readFaces(raw: RawFaces): Result<Faces, NotAuthentic> {
  const record = verifyAccountRecord(raw.accountRecord, null);
  if (!record.ok || !bytesEqual(record.value.account, raw.account)) return notAuthentic("accountRecord");
  const { account, n, identityKey } = record.value;

  const list = verifyDeviceList(raw.deviceList, record.value, null);
  if (!list.ok) return notAuthentic("deviceList");
  const devices = readCertificates(record.value, raw.certificates, list.value);
  if (!devices) return notAuthentic("certificate");
  const keyOf = (device: Uint8Array) => devices.find((each) => bytesEqual(each.device, device))?.signatureKey;
  const address = raw.address ? verifyAccountAddress(raw.address, record.value, keyOf) : ok(null);
  if (!address.ok) return notAuthentic("address");

  const { accountRecord: recordBytes, deviceList: listBytes } = raw;
  return ok({
    account,
    n,
    identityKey,
    record: record.value,
    recordBytes,
    list: list.value,
    listBytes,
    devices,
    address: address.value,
  });
}

/** Whether a certificate's serial stands by a list. */
export const stands = (list: Pick<DeviceListFacts, "standing">, certificate: Pick<Certificate, "device" | "serial">): boolean =>
  list.standing.some(({ device, serial }) => serial === certificate.serial && bytesEqual(device, certificate.device));

/** Null when one is forged, of another account or generation, or there are two for one device. */
function readCertificates(
  who: Pick<AccountFacts, "account" | "n" | "identityKey">,
  all: readonly Uint8Array[],
  list: DeviceListFacts,
): readonly Certificate[] | null {
  const devices = new Map<string, Certificate>();
  for (const bytes of all) {
    const body = openSigned(labels.certificate, [who.identityKey], bytes);
    const certificate = body.ok ? decode(Certificate, body.value) : body;
    if (!certificate.ok || !bytesEqual(certificate.value.account, who.account) || certificate.value.n !== who.n) return null;
    // One that was cut off is no lie; it just counts for nothing.
    if (!stands(list, certificate.value)) continue;
    const key = toHex(certificate.value.device);
    if (devices.has(key)) return null;
    devices.set(key, certificate.value);
  }
  return [...devices.values()];
}

const notAuthentic = (face: FaceName) => err<NotAuthentic>({ type: "notAuthentic", face });

/** A certificate as it travels: signed by the identity key of its account. */
export const signCertificate = (
  identitySeed: Secret<Uint8Array>,
  certificate: Omit<Certificate, "type">,
): Uint8Array<ArrayBuffer> =>
  signBody(labels.certificate, [identitySeed], encode(Certificate, { type: "certificate", ...certificate }));
