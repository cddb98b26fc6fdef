/** First contact: requests and invitations. Design: first contact. [F1–F8] */
import { bytes, fixed, hash32, id16, nullable, object, text, type ValueOf } from "./codec.ts";
import { signature } from "./account-objects.ts";

/** Longest text of a request, in characters and in UTF-8 bytes. */
export const MAX_REQUEST_CHARACTERS = 500;

/**
 * A contact request as the requester's device signs it. Sealed to the other's account address (HPKE), so nobody but the
 * two ever reads it. It has no forward secrecy.
 */
export const ContactRequest = object("contactRequest", 0x0a01, 1, {
  /** Remembered by who gets it: a request counts once. */
  nonce: id16,
  from: id16,
  to: id16,
  handle: text(64),
  displayName: text(320),
  /** The requester's signed faces, as published: record, certificate, device list. */
  accountRecord: bytes(4096),
  certificate: bytes(4096),
  deviceList: bytes(4096),
  text: text(2000),
  /** Only when an invitation brought us: HMAC(secret, both accounts and identity keys). */
  invitationTag: nullable(hash32),
});
export type ContactRequest = ValueOf<typeof ContactRequest>;

export const SignedContactRequest = object("signedContactRequest", 0x0a02, 1, { request: bytes(16_384), signature });
export type SignedContactRequest = ValueOf<typeof SignedContactRequest>;

/** What an invitation link's fragment holds. The secret never reaches the server. */
export const Invitation = object("invitation", 0x0a03, 1, { identityHash: hash32, secret: fixed(16) });
export type Invitation = ValueOf<typeof Invitation>;
