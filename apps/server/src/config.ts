/** What the server is told at its start. Flags and environment become this in `options.ts`. */
import type { Level } from "./json-log.ts";
import type { Limits } from "./limits.ts";
import type { MetricsAddress } from "./metrics.ts";
import type { SignUpMode } from "./services.ts";

/** How browsers get here, design "Reach". */
export type Reach =
  /** Plain HTTP, from this machine only. */
  | { readonly type: "local" }
  /** HTTPS with a certificate of our own authority. */
  | { readonly type: "lan" }
  | { readonly type: "tls"; readonly certPath: string; readonly keyPath: string }
  /** Plain HTTP to a proxy of the operator, which speaks HTTPS; `proxies` of them stand in a row. */
  | { readonly type: "proxy"; readonly proxies: number };

export interface Config {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly webDir: string;
  readonly reach: Reach;
  /** Origins besides those that follow from the reach; the first is where users' storage lives. */
  readonly origins: readonly string[];
  readonly acceptNewOrigin: boolean;
  readonly signUp: SignUpMode;
  /** Where the STUN responder listens: a proxy does not carry it. */
  readonly stunHost: string;
  /** Null turns the STUN responder off. */
  readonly stunPort: number | null;
  readonly turnUrls: readonly string[];
  readonly turnSecret: string;
  /** Where the operator asks for figures; null for nowhere. */
  readonly metrics: MetricsAddress | null;
  readonly logLevel: Level;
  readonly limits: Limits;
}
