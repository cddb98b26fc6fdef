/** Who we are on this device: identity without the root key, device keys, account secrets. [R15] */
import { ok, err, Secret, type Result } from "@megachat/base";
import type { HpkeSeed, SigningSeed } from "@megachat/crypto";
import type { NumberedSecret } from "@megachat/auth";
import {
  bytes,
  decode,
  encode,
  fixed,
  hash32,
  id16,
  list,
  MAX_STANDING,
  object,
  signingKey,
  struct,
  text,
  u16,
  u53,
} from "@megachat/wire";

/** The device's own account. Neither the root key nor the login key's private half is ever here. */
export interface Self {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly handle: string;
  readonly n: number;
  readonly identityKey: Uint8Array<ArrayBuffer>;
  readonly device: Uint8Array<ArrayBuffer>;
  readonly serial: number;
  /** `Signed` with our `Certificate`, as bytes: the identity in our MLS credential. */
  readonly certificate: Uint8Array<ArrayBuffer>;
  readonly signatureSeed: SigningSeed;
  readonly hpkeSeed: HpkeSeed;
  /** By m, oldest first. The newest seals; all open. */
  readonly secrets: readonly NumberedSecret[];
  readonly accountRecord: Uint8Array<ArrayBuffer>;
  readonly recordHash: Uint8Array<ArrayBuffer>;
  readonly deviceList: OwnList;
  /** The account's other devices that stand, by the newest list whose certificates were checked. */
  readonly siblings: readonly Sibling[];
}
export interface Sibling {
  readonly device: Uint8Array<ArrayBuffer>;
  readonly signatureKey: Uint8Array<ArrayBuffer>;
}
export interface OwnList {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly version: number;
  readonly hash: Uint8Array<ArrayBuffer>;
}

/** Account secrets that one account may have had. */
const MAX_SECRETS = 1000;

const SelfRow = object("self", 0x0c43, 1, {
  account: id16,
  handle: text(64),
  n: u16,
  identityKey: signingKey,
  device: id16,
  serial: u53,
  certificate: bytes(4096),
  signatureSeed: fixed(32),
  hpkeSeed: fixed(32),
  secrets: list(struct({ m: u16, secret: fixed(32) }), MAX_SECRETS),
  accountRecord: bytes(4096),
  recordHash: hash32,
  deviceList: struct({ bytes: bytes(4096), version: u53, hash: hash32 }),
  siblings: list(struct({ device: id16, signatureKey: signingKey }), MAX_STANDING),
});

export const encodeSelf = (self: Self): Uint8Array<ArrayBuffer> =>
  encode(SelfRow, {
    ...self,
    type: "self",
    signatureSeed: self.signatureSeed.open((seed) => seed),
    hpkeSeed: self.hpkeSeed.open((seed) => seed),
    secrets: self.secrets.map(({ m, secret }) => ({ m, secret: secret.open((each) => each) })),
  });

export function decodeSelf(row: Uint8Array): Result<Self, { readonly type: "damaged" }> {
  const read = decode(SelfRow, row);
  if (!read.ok || read.value.secrets.length === 0) return err({ type: "damaged" });
  const { type: _type, signatureSeed, hpkeSeed, secrets, ...plain } = read.value;
  return ok({
    ...plain,
    signatureSeed: new Secret(signatureSeed),
    hpkeSeed: new Secret(hpkeSeed),
    secrets: secrets.map(({ m, secret }) => ({ m, secret: new Secret(secret) })),
  });
}

/** The account secret that seals now. */
export function newestSecret(self: Self): NumberedSecret {
  const newest = self.secrets.at(-1);
  if (!newest) throw new Error("an account without a secret");
  return newest;
}
