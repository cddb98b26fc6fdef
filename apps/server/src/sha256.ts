/** SHA-256 (FIPS 180-4) from Node, for names of bytes: what is stored as a hash, and what is recognised when repeated. */
import { createHash } from "node:crypto";

/** 32 bytes, of all parts one after another. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}
