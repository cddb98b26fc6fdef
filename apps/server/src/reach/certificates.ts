/**
 * Certificates of a private authority (RFC 5280): ECDSA on P-256 with SHA-256. Node reads certificates and makes none,
 * so these few lines write them. [S43]
 */
import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { encodeUtf8, type Random } from "@megachat/base";
import * as der from "./der.ts";

export interface CertificateKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
export const newCertificateKey = (): CertificateKey => generateKeyPairSync("ec", { namedCurve: "P-256" });

/** What the authority may sign for, besides private addresses. A domain covers what is below it. */
export interface Constraints {
  readonly domains: readonly string[];
}
export interface Validity {
  readonly from: number;
  readonly until: number;
}

const OID = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKey: "2.5.29.14",
  keyUsage: "2.5.29.15",
  alternativeNames: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  authorityKey: "2.5.29.35",
  extendedUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
};

/** Address and mask of the networks that are nobody's on the Internet: RFC 1918, 6598, 3927, 4193, 4291, loopback. */
const PRIVATE_NETWORKS = [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["127.0.0.0", 8],
  ["fc00::", 7],
  ["fe80::", 10],
  ["::1", 128],
] as const;

/** A certificate authority that can only vouch for the given domains and for private addresses. */
export function makeAuthority(
  name: string,
  key: CertificateKey,
  constraints: Constraints,
  validity: Validity,
  random: Random,
): string {
  const permitted = [
    ...constraints.domains.map((domain) => der.sequence(der.implicit(2, encodeUtf8(domain)))),
    ...PRIVATE_NETWORKS.map(([address, length]) => der.sequence(der.implicit(7, network(address, length)))),
  ];
  const extensions = [
    extension(OID.basicConstraints, "critical", der.sequence(der.bool(true), der.integer(Uint8Array.of(0)))),
    // keyCertSign and cRLSign.
    extension(OID.keyUsage, "critical", der.bits(Uint8Array.of(0b0000_0110), 1)),
    extension(OID.nameConstraints, "critical", der.sequence(der.explicit(0, ...permitted))),
    extension(OID.subjectKey, "plain", der.octets(keyId(key.publicKey))),
  ];
  return certificate({ subject: name, issuer: name, key: key.publicKey, signer: key, extensions, validity, random });
}

/** A certificate for a server that is reached under `hosts`: names and addresses. */
export function makeServerCertificate(
  hosts: readonly string[],
  key: CertificateKey,
  authority: { readonly name: string; readonly key: CertificateKey },
  validity: Validity,
  random: Random,
): string {
  const names = hosts.map((host) => (isIP(host) === 0 ? der.implicit(2, encodeUtf8(host)) : der.implicit(7, addressOf(host))));
  const extensions = [
    extension(OID.basicConstraints, "critical", der.sequence()),
    extension(OID.keyUsage, "critical", der.bits(Uint8Array.of(0b1000_0000), 7)),
    extension(OID.extendedUsage, "plain", der.sequence(der.oid(OID.serverAuth))),
    extension(OID.alternativeNames, "plain", der.sequence(...names)),
    extension(OID.subjectKey, "plain", der.octets(keyId(key.publicKey))),
    extension(OID.authorityKey, "plain", der.sequence(der.implicit(0, keyId(authority.key.publicKey)))),
  ];
  const subject = hosts[0] ?? "localhost";
  return certificate({ subject, issuer: authority.name, key: key.publicKey, signer: authority.key, extensions, validity, random });
}

interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyObject;
  readonly signer: CertificateKey;
  readonly extensions: readonly der.Der[];
  readonly validity: Validity;
  readonly random: Random;
}

function certificate({ subject, issuer, key, signer, extensions, validity, random }: Certificate): string {
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const body = der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))),
    der.integer(random.bytes(16)),
    algorithm,
    nameOf(issuer),
    der.sequence(der.time(validity.from), der.time(validity.until)),
    nameOf(subject),
    key.export({ type: "spki", format: "der" }),
    der.explicit(3, der.sequence(...extensions)),
  );
  const whole = der.sequence(body, algorithm, der.bits(sign("sha256", body, signer.privateKey)));
  const lines =
    Buffer.from(whole)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

const nameOf = (commonName: string): der.Der =>
  der.sequence(der.set(der.sequence(der.oid(OID.commonName), der.utf8(commonName.slice(0, 64)))));

const extension = (id: string, kind: "critical" | "plain", value: Uint8Array): der.Der =>
  der.sequence(der.oid(id), ...(kind === "critical" ? [der.bool(true)] : []), der.octets(value));

/** RFC 5280 §4.2.1.2, method 1 over the whole key: only equality matters. */
const keyId = (key: KeyObject): Uint8Array =>
  createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();

/** Four or sixteen bytes of a valid address. */
export function addressOf(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const groups = (text: string | undefined): string[] => (text === undefined || text === "" ? [] : text.split(":"));
  const [left, right] = [groups(head), groups(tail)];
  const all = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  return Uint8Array.from(all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]));
}

function network(address: string, length: number): Uint8Array {
  const bytes = addressOf(address);
  const mask = bytes.map((_, index) => 0xff & (0xff << Math.max(0, 8 - Math.max(0, length - index * 8))));
  return Uint8Array.from([...bytes, ...mask]);
}

/** Whether the authority's constraints let it vouch for the host. */
export function isPermitted(host: string, { domains }: Constraints): boolean {
  if (isIP(host) === 0) return domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
  const bytes = addressOf(host);
  return PRIVATE_NETWORKS.some(([address, length]) => {
    const both = network(address, length);
    const size = both.length / 2;
    return size === bytes.length && bytes.every((byte, i) => (byte & (both[size + i] ?? 0)) === both[i]);
  });
}
