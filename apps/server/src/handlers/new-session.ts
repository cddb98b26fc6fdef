/** A session's secrets: given once to the browser, kept here as hashes. [S13] */
import type { Random } from "@megachat/base";
import { sha256 } from "../sha256.ts";
import type { NewSession } from "../store/port.ts";

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
  const session = { session: answer.session, tokenHash: sha256(answer.token), share, knownHash: sha256(answer.knownSecret) };
  return { session, answer };
}
