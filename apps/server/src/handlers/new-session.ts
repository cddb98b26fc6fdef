/** A session's secrets: given once to the browser, kept here as hashes. [S13] */
import { createHash } from "node:crypto";
import type { Random } from "@megachat/base";
import type { NewSession } from "../store/port.ts";

export const hashOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(createHash("sha256").update(bytes).digest());

export interface SessionAnswer {
  readonly session: Uint8Array<ArrayBuffer>;
  readonly token: Uint8Array<ArrayBuffer>;
  readonly knownSecret: Uint8Array<ArrayBuffer>;
}

export function newSession(
  random: Random,
  share: Uint8Array<ArrayBuffer>,
): { readonly session: NewSession; readonly answer: SessionAnswer } {
  const answer = { session: random.bytes(16), token: random.bytes(32), knownSecret: random.bytes(32) };
  const session = { session: answer.session, tokenHash: hashOf(answer.token), share, knownHash: hashOf(answer.knownSecret) };
  return { session, answer };
}
