/**
 * Invitation links: the fragment names the inviter's identity key and holds a secret that never reaches a server; the
 * request it leads to proves knowledge of the secret. [K18]
 */
import { concatBytes, err, fromBase64Url, ok, toBase64Url, type Result, Secret } from "@megachat/base";
import { identityBytes, type Identity } from "./codes.ts";
import { hash256, mac } from "./hash.ts";
import { labels } from "./labels.ts";

/** What a fragment says. */
export interface InvitationFragment {
  readonly identityHash: Uint8Array<ArrayBuffer>;
  readonly secret: Secret<Uint8Array<ArrayBuffer>>;
}

const VERSION = 1;
const LENGTH = 1 + 32 + 16;

/** How an invitation, and the server's index, name an identity key. 32 bytes. */
export const identityHash = (identityKey: Uint8Array): Uint8Array<ArrayBuffer> => hash256(labels.identityHash, identityKey);

/** Base64url of version ‖ identity hash ‖ secret: 66 letters. */
export const encodeFragment = ({ identityHash: hash, secret }: InvitationFragment): string =>
  secret.open((bytes) => toBase64Url(concatBytes(Uint8Array.of(VERSION), hash, bytes)));

/** Total; one spelling per fragment. */
export function decodeFragment(text: string): Result<InvitationFragment, { readonly type: "notAnInvitation" }> {
  const bytes = fromBase64Url(text);
  if (!bytes.ok || bytes.value.length !== LENGTH || bytes.value[0] !== VERSION) return err({ type: "notAnInvitation" });
  return ok({ identityHash: bytes.value.slice(1, 33), secret: new Secret(bytes.value.slice(33)) });
}

/** Proves to the inviter that the requester has the link. HMAC-SHA-256 under its secret, over both, the inviter first. */
export const invitationTag = (secret: Secret<Uint8Array>, inviter: Identity, requester: Identity): Uint8Array<ArrayBuffer> =>
  mac(labels.invitationTag, secret, identityBytes(inviter), identityBytes(requester));
