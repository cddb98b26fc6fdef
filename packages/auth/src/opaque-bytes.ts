/** The OPAQUE library speaks base64url; everything else here speaks bytes of known lengths. */
import { fromBase64Url, toBase64Url } from "@megachat/base";

/** Lengths of RFC 9807's messages with ristretto255-SHA512 and 3DH. */
export const REGISTRATION_REQUEST = 32;
export const REGISTRATION_RESPONSE = 64;
export const RECORD = 192;
export const KE1 = 96;
export const KE2 = 320;
export const KE3 = 64;

export const toLibrary = toBase64Url;

/** The library's answer is well-formed; anything else is a bug in it. */
export function fromLibrary(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(text);
  if (!bytes.ok) throw new Error("the OPAQUE library gave no base64url");
  return bytes.value;
}

/**
 * Runs a step of the library on a peer's bytes. It throws plain errors on what is malformed, and those are answers to
 * the peer; a trap of the WebAssembly instance is a bug and passes through.
 */
export function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (fault) {
    if (fault instanceof Error && fault.name !== "RuntimeError") return undefined;
    throw fault;
  }
}
