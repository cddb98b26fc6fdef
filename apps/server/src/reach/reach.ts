/** How browsers get here: origins, certificate, and what counts as a secure way in. [S34] [S38] [S39] */
import { readFileSync } from "node:fs";
import type { FastifyRequest } from "fastify";
import type { Config } from "../config.ts";
import type { Powers } from "../serve.ts";
import { isLoopbackHost, localOrigins } from "./origins.ts";

export interface PreparedReach {
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly origins: (port: number) => readonly string[];
  readonly isSecureContext: (request: FastifyRequest) => boolean;
  readonly notes: readonly string[];
}

export function prepareReach(config: Config, _powers: Powers): PreparedReach {
  const { reach } = config;
  switch (reach.type) {
    case "local":
      return {
        tls: null,
        origins: (port) => [...config.origins, ...localOrigins(port)],
        isSecureContext: (request) => isLoopbackHost(request.hostname),
        notes: [],
      };
    case "proxy":
      return {
        tls: null,
        origins: () => config.origins,
        isSecureContext: (request) => request.headers["x-forwarded-proto"] !== "http",
        notes: [],
      };
    case "lan":
    case "tls": {
      const { certPath, keyPath } = reach as Extract<typeof reach, { type: "tls" }>;
      return {
        tls: { cert: readFileSync(certPath, "utf8"), key: readFileSync(keyPath, "utf8") },
        origins: () => config.origins,
        isSecureContext: () => true,
        notes: [],
      };
    }
  }
}
