/**
 * HTTPS on a home or office network: an authority of our own, made once, and a certificate for what this host is called
 * today. [S43]
 *
 * Whoever trusts the authority trusts it for this host's names and private addresses only: its constraints say so, and
 * browsers hold it to them. Its key never leaves the data folder.
 */
import { createHash, createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { days, type Clock, type Random } from "@megachat/base";
import { writeSecretFile } from "../secret-file.ts";
import {
  isPermitted,
  makeAuthority,
  makeServerCertificate,
  newCertificateKey,
  type CertificateKey,
  type Constraints,
} from "./certificates.ts";
import { StartRefused } from "./start-refused.ts";

export interface Lan {
  readonly cert: string;
  readonly key: string;
  /** The authority's certificate, for people to install. */
  readonly authority: string;
  /** SHA-256 of it, as browsers show it. */
  readonly fingerprint: string;
  /** What the certificate is for; the first is the name that stays when addresses change. */
  readonly hosts: readonly string[];
}

const AUTHORITY_LIFE = days(3650);
/** Browsers refuse certificates that live much longer than a year. */
const CERTIFICATE_LIFE = days(390);
const BACKDATED = days(2);

export interface LanOptions {
  readonly dataDir: string;
  /** Names that users type besides this host's own. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** This host's own names and addresses. */
  readonly host?: { readonly name: string; readonly addresses: readonly string[] };
}

export function prepareLan(options: LanOptions): Lan {
  const { dataDir, clock, random, names } = options;
  const { name, addresses } = options.host ?? thisHost();
  const folder = join(dataDir, "lan");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);

  const own = /^[a-z0-9-]+$/.test(name) ? [`${name}.local`, name] : [];
  const authority = readAuthority(folder) ?? newAuthority(folder, name, [...own, ...names], options);
  const strange = names.find((each) => !isPermitted(each, authority.constraints));
  if (strange !== undefined) {
    throw new StartRefused(
      `The authority of this server was made without the name ${strange} and cannot vouch for it. To make a new one, which every browser has to be told of, remove ${folder}.`,
    );
  }
  const hosts = [...names, ...own, "localhost", ...addresses].filter((each) => isPermitted(each, authority.constraints));
  const key = newCertificateKey();
  const now = clock.now();
  const validity = { from: now - BACKDATED, until: now + CERTIFICATE_LIFE };
  // Made anew at each start, in memory: addresses change, and a key that is not on a disk cannot be copied from it.
  const cert = makeServerCertificate([...new Set(hosts)], key, authority, validity, random);
  return {
    cert: cert + authority.certificate,
    key: pem(key.privateKey),
    authority: authority.certificate,
    fingerprint: new X509Certificate(authority.certificate).fingerprint256,
    hosts: [...new Set(hosts)],
  };
}

interface Authority {
  readonly name: string;
  readonly key: CertificateKey;
  readonly certificate: string;
  readonly constraints: Constraints;
}

const files = (folder: string) => ({
  key: join(folder, "authority.key"),
  certificate: join(folder, "megachat-authority.crt"),
  domains: join(folder, "authority.domains"),
});

function readAuthority(folder: string): Authority | undefined {
  const paths = files(folder);
  if (!existsSync(paths.key)) return undefined;
  const privateKey = createPrivateKey(readFileSync(paths.key));
  const certificate = readFileSync(paths.certificate, "utf8");
  const name = /CN=(.*)/.exec(new X509Certificate(certificate).subject)?.[1];
  if (name === undefined)
    throw new StartRefused(`${paths.certificate} is damaged. Restore it, or remove ${folder} to make a new authority.`);
  const domains = readFileSync(paths.domains, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return { name, key: { privateKey, publicKey: createPublicKey(privateKey) }, certificate, constraints: { domains } };
}

function newAuthority(folder: string, host: string, hosts: readonly string[], { clock, random }: LanOptions): Authority {
  const key = newCertificateKey();
  const mark = createHash("sha256").update(pem(key.publicKey)).digest("hex").slice(0, 6);
  const name = `MegaChat on ${host.slice(0, 40)} ${mark}`;
  // `.local` is mDNS's, `home.arpa` RFC 8375's: nobody can own a name in them on the Internet.
  const constraints = { domains: [...new Set(["local", "localhost", "home.arpa", ...hosts])] };
  const now = clock.now();
  const certificate = makeAuthority(name, key, constraints, { from: now - BACKDATED, until: now + AUTHORITY_LIFE }, random);
  const paths = files(folder);
  writeFileSync(paths.certificate, certificate, { mode: 0o644 });
  writeFileSync(paths.domains, `${constraints.domains.join("\n")}\n`, { mode: 0o600 });
  // The key comes last: whether there is an authority is whether there is a key.
  writeSecretFile(paths.key, pem(key.privateKey));
  return { name, key, certificate, constraints };
}

const pem = (key: KeyObject): string => key.export({ type: key.type === "private" ? "pkcs8" : "spki", format: "pem" }).toString();

function thisHost(): { readonly name: string; readonly addresses: readonly string[] } {
  const name = hostname()
    .toLowerCase()
    .replace(/\.local$/, "");
  const found = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  // Link-local IPv6 addresses need a zone, which no browser takes.
  const addresses = found.filter((each) => !each.internal && !each.address.startsWith("fe80")).map((each) => each.address);
  return { name, addresses: ["127.0.0.1", "::1", ...addresses] };
}
