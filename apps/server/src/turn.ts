/** STUN and TURN servers for a call, with credentials of coturn's shared-secret form (draft-uberti-behave-turn-rest-00). [S35] */
import { createHmac } from "node:crypto";
import { minutes, toBase64Url, type Clock, type Random } from "@megachat/base";
import type { IceServers, ValueOf } from "@megachat/wire";

export interface RelayConfig {
  /** `turn:` and `turns:` URLs of the operator's servers; none when empty. */
  readonly turnUrls: readonly string[];
  readonly turnSecret: string;
  /** UDP port of our STUN responder, null when it is off. */
  readonly stunPort: number | null;
}

const GOOD_FOR = minutes(10);

/** `host` is the name under which the browser reached us. The user name says nothing about the user. */
export function iceServers(config: RelayConfig, host: string, clock: Clock, random: Random): ValueOf<typeof IceServers> {
  const name = host.includes(":") ? `[${host}]` : host;
  const stun = config.stunPort === null ? [] : [{ urls: [`stun:${name}:${config.stunPort}`], username: null, credential: null }];
  if (config.turnUrls.length === 0) return { type: "iceServers", servers: stun, relay: false };
  const username = `${Math.floor((clock.now() + GOOD_FOR) / 1000)}:${toBase64Url(random.bytes(12))}`;
  const credential = createHmac("sha1", config.turnSecret).update(username).digest("base64");
  return { type: "iceServers", servers: [...stun, { urls: config.turnUrls, username, credential }], relay: true };
}
