/** Device certificates: signed by an account's identity key, carried as the identity of an MLS Basic credential. [G1] */
import { err, ok, type Result, type Secret } from "@megachat/base";
import { labels, sign, verify } from "@megachat/crypto";
import { Certificate, decode, encode, Signed } from "@megachat/wire";

export interface CertificateError {
  readonly type: "malformed" | "signature";
}

/** The credential's bytes: `Signed`, with the certificate as its body. */
export function signCertificate(identitySeed: Secret<Uint8Array>, certificate: Omit<Certificate, "type">): Uint8Array<ArrayBuffer> {
  const body = encode(Certificate, { type: "certificate", ...certificate });
  return encode(Signed, { type: "signed", body, signatures: [sign(labels.certificate, identitySeed, body)] });
}

/** What a certificate says, its signature not checked: for leaves that the guard has let in. */
export function readCertificate(bytes: Uint8Array): Result<Certificate, CertificateError> {
  const signed = decode(Signed, bytes);
  if (!signed.ok || signed.value.signatures.length !== 1) return err({ type: "malformed" });
  const certificate = decode(Certificate, signed.value.body);
  return certificate.ok ? certificate : err({ type: "malformed" });
}

/** The certificate in `bytes`, if `identityKey` signed exactly them. */
export function verifyCertificate(bytes: Uint8Array, identityKey: Uint8Array): Result<Certificate, CertificateError> {
  const certificate = readCertificate(bytes);
  if (!certificate.ok) return certificate;
  const signed = decode(Signed, bytes);
  const signature = signed.ok ? signed.value.signatures[0] : undefined;
  if (!signed.ok || !signature) return err({ type: "malformed" });
  return verify(labels.certificate, identityKey, signed.value.body, signature) ? ok(certificate.value) : err({ type: "signature" });
}
