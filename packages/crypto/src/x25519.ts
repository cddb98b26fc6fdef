/** X25519, RFC 7748 §5 and §6.1. [K12] [K13] */
import { x25519 } from "@noble/curves/ed25519.js";

export const x25519PublicKey = (secret: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(x25519.getPublicKey(secret));

/**
 * The shared value of 32 bytes. Nothing for a public key of another length or of small order, whose shared value is
 * zero whatever the secret: RFC 9180 §7.1.4 wants that refused.
 */
export function x25519Shared(secret: Uint8Array, publicKey: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (publicKey.length !== 32) return undefined;
  try {
    return Uint8Array.from(x25519.getSharedSecret(secret, publicKey));
  } catch {
    return undefined;
  }
}
