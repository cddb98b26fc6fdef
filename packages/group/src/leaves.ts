/** Leaves as the guard sees them: certificates checked against the roster. [G1] [G4–G6] */
import { bytesEqual, compareBytes, toHex } from "@megachat/base";
import type { LeafFacts, MemberFacts } from "@megachat/mls";
import type { Certificate, Roster } from "@megachat/wire";
import { readCertificate, verifyCertificate } from "./certificate.ts";
import type { Member, RuleId } from "./engine.ts";
import { findAccount, stands } from "./roster.ts";

/** RFC 9420 §17.5. */
const BASIC = 1;

type Credential = Pick<LeafFacts, "credentialType" | "credential" | "signatureKey">;
type Judged = { readonly certificate: Certificate; readonly broken?: never } | { readonly broken: RuleId };

/** Judges a leaf that is new, or that says something new. */
export function judgeLeaf(leaf: Credential & { readonly extensions?: readonly number[] }, roster: Roster): Judged {
  if (leaf.credentialType !== BASIC || (leaf.extensions ?? []).length > 0) return { broken: "G1" };
  const claimed = readCertificate(leaf.credential);
  if (!claimed.ok || !bytesEqual(claimed.value.signatureKey, leaf.signatureKey)) return { broken: "G1" };
  const account = findAccount(roster, claimed.value.account);
  if (!account || account.n !== claimed.value.n) return { broken: "G4" };
  const certificate = verifyCertificate(leaf.credential, account.identityKey);
  if (!certificate.ok) return { broken: "G4" };
  return stands(account, certificate.value.serial) ? { certificate: certificate.value } : { broken: "G5" };
}

/** A leaf that was judged when it came. Undefined only for a group that the guard never saw. */
export function readMember(facts: MemberFacts): Member | undefined {
  const certificate = readCertificate(facts.credential);
  return certificate.ok ? { leaf: facts.leaf, certificate: certificate.value } : undefined;
}

/** Whether the certificate is good under this roster, its signature having been checked before. */
export function standsOn(roster: Roster, certificate: Certificate): boolean {
  const account = findAccount(roster, certificate.account);
  return account !== undefined && account.n === certificate.n && stands(account, certificate.serial);
}

export const sameDevice = (a: Certificate, b: Certificate): boolean =>
  bytesEqual(a.account, b.account) && bytesEqual(a.device, b.device);

/** Whether no two leaves are of one device, or share a serial of one account. [G6] */
export function areDistinct(certificates: readonly Certificate[]): boolean {
  // A device's id is unique in the product, not only in its account: the server delivers by it.
  const devices = new Set(certificates.map((each) => toHex(each.device)));
  const serials = new Set(certificates.map((each) => `${toHex(each.account)} ${each.serial}`));
  return devices.size === certificates.length && serials.size === certificates.length;
}

/** Device ids in the order of a commit's data. */
export const deviceIds = (certificates: readonly Certificate[]): readonly Uint8Array<ArrayBuffer>[] =>
  certificates.map((each) => each.device).sort(compareBytes);
