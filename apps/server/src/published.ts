/**
 * What an account publishes at sign-up hangs together: ids agree and signatures hold. [S12]
 *
 * Clients check all of it again and believe us in nothing; this only keeps junk, and other people's identities, out of
 * the index. Ed25519 comes from node:crypto: the server imports none of the product's cryptography.
 */
import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { bytesEqual, concatBytes, encodeUtf8, err, ok, toBase64Url, type Result } from "@megachat/base";
import { AccountAddress, AccountRecord, Certificate, decode, DeviceList, Signed, type Codec } from "@megachat/wire";
import type { RequestOf } from "./operation.ts";
import { sha256 } from "./sha256.ts";

/** `MegaChat 1 <type>` and a zero byte: spec/crypto.md, labels. */
const labelBytes = (type: number): Uint8Array => encodeUtf8(`MegaChat 1 ${type.toString(16).padStart(4, "0")}\0`);

const IDENTITY_HASH = 0x1501;

/** Whether `signature` is `key`'s over the message, which begins with its label. Total. */
export function isSignedBare(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const publicKey = ed25519Key(key);
  return publicKey !== undefined && verify(null, message, publicKey, signature);
}

const isSigned = (type: number, key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  isSignedBare(key, concatBytes(labelBytes(type), message), signature);

function ed25519Key(key: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: toBase64Url(key) }, format: "jwk" });
  } catch {
    return undefined;
  }
}

export interface Published {
  /** Ed25519, of the first device. */
  readonly signatureKey: Uint8Array<ArrayBuffer>;
}

/** Checks the signed faces of a sign-up against each other. */
export function checkPublished(signUp: RequestOf<"signUpFinish">): Result<Published, { readonly type: "invalid" }> {
  const invalid = err({ type: "invalid" });
  const record = bodyOf(AccountRecord, signUp.accountRecord);
  const certificate = bodyOf(Certificate, signUp.certificate);
  const list = bodyOf(DeviceList, signUp.deviceList);
  const address = bodyOf(AccountAddress, signUp.address);
  if (!record || !certificate || !list || !address) return invalid;

  const { account, device } = signUp;
  const ours = [record, certificate, list, address].every(({ value }) => bytesEqual(value.account, account) && value.n === 0);
  const sameDevice = [certificate.value.device, address.value.device].every((each) => bytesEqual(each, device));
  const stands = list.value.standing.some((each) => bytesEqual(each.device, device) && each.serial === certificate.value.serial);
  const { identityKey } = record.value;
  const named = sha256(labelBytes(IDENTITY_HASH), identityKey);
  const signed =
    record.isBy(identityKey) &&
    certificate.isBy(identityKey) &&
    list.isBy(identityKey) &&
    address.isBy(certificate.value.signatureKey);
  if (!ours || !sameDevice || !stands || !signed || !bytesEqual(named, signUp.identityHash)) return invalid;
  return ok({ signatureKey: certificate.value.signatureKey });
}

interface Opened<T> {
  readonly value: T;
  readonly isBy: (key: Uint8Array) => boolean;
}

function bodyOf<T>(codec: Codec<T> & { readonly id: number }, bytes: Uint8Array): Opened<T> | undefined {
  const signed = decode(Signed, bytes);
  if (!signed.ok) return undefined;
  const { body, signatures } = signed.value;
  const value = decode(codec, body);
  const [signature] = signatures;
  if (!value.ok || !signature || signatures.length !== 1) return undefined;
  return { value: value.value, isBy: (key) => isSigned(codec.id, key, body, signature) };
}
