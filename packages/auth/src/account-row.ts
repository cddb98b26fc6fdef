/**
 * A row of the account log: signed by a standing device, sealed under the archive key of its time. [A7] [A8]
 *
 * It opens only as the row of that device and sequence, so that the server can neither move a row nor store it twice.
 * Sealing hides what the account keeps; the signature says which device is to answer for it.
 */
import { bytesEqual, concatBytes, ok, u64, type Random, type Result, type Secret } from "@megachat/base";
import { labels, openPadded, sealPadded, sign, verify, type Place } from "@megachat/crypto";
import { AccountEntries, decode, encode, SealedBox, SignedEntries } from "@megachat/wire";
import type { SecretBytes } from "./account-keys.ts";
import { refused, type Refused } from "./signed.ts";

/** Whose row it is in the log, as its envelope says. */
export interface RowPlace {
  readonly account: Uint8Array;
  readonly device: Uint8Array;
  readonly sequence: number;
}

/** The body of a row. `archiveKey` is the one of `entries.m`, `signer` the seed of the device's signature key. */
export function sealAccountRow(
  random: Random,
  archiveKey: SecretBytes,
  entries: AccountEntries,
  signer: Secret<Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const body = encode(AccountEntries, entries);
  const signed = encode(SignedEntries, {
    type: "signedEntries",
    entries: body,
    signature: sign(labels.accountEntries, signer, body),
  });
  return encode(SealedBox, sealPadded(random, labels.accountRow, archiveKey, place(entries, entries.m), signed));
}

/**
 * Opens the body of a row. `archiveKeys` holds the keys by m; `signatureKey` is that of the row's device, whose
 * certificate is good and whose serial stood at the row's position. Total.
 */
export function openAccountRow(
  archiveKeys: ReadonlyMap<number, SecretBytes>,
  row: RowPlace,
  signatureKey: Uint8Array,
  body: Uint8Array,
): Result<AccountEntries, Refused> {
  const box = decode(SealedBox, body);
  if (!box.ok) return refused;
  // Which m is not said outside; the commitment tells after one derivation per key, and the newest is the likeliest.
  for (const [m, key] of [...archiveKeys].toSorted(([a], [b]) => b - a)) {
    const signed = openPadded(labels.accountRow, key, place(row, m), box.value);
    if (signed.ok) return entriesOf(signed.value, { ...row, m }, signatureKey);
  }
  return refused;
}

function entriesOf(
  bytes: Uint8Array,
  row: RowPlace & { readonly m: number },
  signatureKey: Uint8Array,
): Result<AccountEntries, Refused> {
  const signed = decode(SignedEntries, bytes);
  if (!signed.ok) return refused;
  const { entries: body, signature } = signed.value;
  if (!verify(labels.accountEntries, signatureKey, body, signature)) return refused;
  const entries = decode(AccountEntries, body);
  if (!entries.ok) return refused;
  const { account, device, sequence, m } = entries.value;
  const fits = bytesEqual(account, row.account) && bytesEqual(device, row.device) && sequence === row.sequence && m === row.m;
  return fits ? ok(entries.value) : refused;
}

const place = ({ account, device, sequence }: RowPlace, m: number): Place => ({
  owner: account,
  id: concatBytes(device, u64(sequence)),
  version: m,
});
