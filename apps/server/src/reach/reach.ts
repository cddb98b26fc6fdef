/** How browsers get here: origins, certificate, and what counts as a secure way in. [S34] [S38] [S39] */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import type { Clock, Random } from "@megachat/base";
import type { FastifyRequest } from "fastify";
import type { Config, Reach } from "../config.ts";
import { prepareLan } from "./lan.ts";
import { lanNotes } from "./lan-notes.ts";
import { isLoopbackHost, localOrigins, originOf } from "./origins.ts";
import { StartRefused } from "./start-refused.ts";

interface Pem {
  readonly cert: string;
  readonly key: string;
}
export interface PreparedReach {
  readonly tls: Pem | null;
  readonly origins: (port: number) => readonly string[];
  readonly isSecureContext: (request: FastifyRequest) => boolean;
  /** For whoever comes by plain HTTP to a port that speaks HTTPS: the authority to trust, where it is our own. */
  readonly authority: string | null;
  readonly notes: (origins: readonly string[]) => readonly string[];
}

export function prepareReach(config: Config, powers: { readonly clock: Clock; readonly random: Random }): PreparedReach {
  const { reach, origins } = config;
  switch (reach.type) {
    case "local":
      return {
        tls: null,
        origins: (port) => [...new Set([...origins, ...localOrigins(port)])],
        isSecureContext: (request) => isLoopbackHost(request.hostname),
        authority: null,
        notes: () => [],
      };
    case "proxy":
      return {
        tls: null,
        origins: () => origins,
        // A proxy that does not say is taken at its configuration's word: it was put there to speak HTTPS.
        isSecureContext: (request) => request.headers["x-forwarded-proto"] !== "http",
        authority: null,
        notes: () => [],
      };
    case "lan": {
      const names = origins.map((origin) => new URL(origin).hostname.replace(/^\[|\]$/g, ""));
      const lan = prepareLan({ dataDir: config.dataDir, names, ...powers });
      return {
        tls: lan,
        origins: (port) => [...new Set([...origins, ...lan.hosts.map((host) => originOf("https", host, port))])],
        isSecureContext: () => true,
        authority: lan.authority,
        notes: (all) => lanNotes(lan, config.dataDir, all),
      };
    }
    case "tls":
      return prepareTls(reach, origins);
  }
}

function prepareTls(reach: Extract<Reach, { type: "tls" }>, given: readonly string[]): PreparedReach {
  const [cert, key] = [readFileSync(reach.certPath, "utf8"), readFileSync(reach.keyPath, "utf8")];
  const names = certificateHosts(readCertificate(reach.certPath, cert));
  requireKey(reach, { cert, key });
  if (names.length + given.length === 0) {
    throw new StartRefused("The certificate names no host: say with --origin under which address users come.");
  }
  return {
    tls: { cert, key },
    origins: (port) => [...new Set([...given, ...names.map((name) => originOf("https", name, port))])],
    isSecureContext: () => true,
    authority: null,
    notes: () => [],
  };
}

function readCertificate(path: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new StartRefused(`${path} holds no certificate. --tls takes the certificate chain first and then its key, both as PEM.`);
  }
}

/** What the first handshake would find out is found out now. */
function requireKey({ certPath, keyPath }: { readonly certPath: string; readonly keyPath: string }, pem: Pem): void {
  try {
    createPrivateKey(pem.key);
  } catch {
    throw new StartRefused(`${keyPath} holds no private key that can be used: it has to be PEM, without a passphrase.`);
  }
  try {
    createSecureContext(pem);
  } catch {
    throw new StartRefused(`${keyPath} is not the key of ${certPath}, or the chain is damaged. Give the two that belong together.`);
  }
}

/** Names and addresses of a certificate, without wildcards: which of their names is used, only the operator knows. */
function certificateHosts(certificate: X509Certificate): readonly string[] {
  const names = (certificate.subjectAltName ?? "").split(", ").map((each) => /^(?:DNS|IP Address):(.+)$/.exec(each)?.[1] ?? "");
  return names.filter((name) => isIP(name) !== 0 || /^[a-z0-9.-]+$/i.test(name));
}
