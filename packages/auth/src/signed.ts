/** The `Signed` form: a body with its signatures, made and opened over the very bytes of the body. [A1] */
import { err, ok, type Result, type Secret } from "@megachat/base";
import { sign, verify, type Label } from "@megachat/crypto";
import { decode, encode, Signed } from "@megachat/wire";

/** One error for every cause. */
export interface Refused {
  readonly type: "refused";
}
export const refused = err({ type: "refused" });

/** Signs `body` with each of the seeds, one or two, in their order. */
export const signBody = (
  label: Label<"sign">,
  seeds: readonly Secret<Uint8Array>[],
  body: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> => encode(Signed, { type: "signed", body, signatures: seeds.map((seed) => sign(label, seed, body)) });

/** The body, if it carries exactly one signature per key, each of them good. Decode it only then. Total. */
export function openSigned(
  label: Label<"sign">,
  keys: readonly Uint8Array[],
  bytes: Uint8Array,
): Result<Uint8Array<ArrayBuffer>, Refused> {
  const signed = decode(Signed, bytes);
  if (!signed.ok) return refused;
  const { body, signatures } = signed.value;
  if (keys.length === 0 || signatures.length !== keys.length) return refused;
  return signatures.every((signature, i) => verify(label, keys[i] ?? new Uint8Array(0), body, signature)) ? ok(body) : refused;
}
