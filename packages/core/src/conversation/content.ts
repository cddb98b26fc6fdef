/** MIMI content in and out, and its id. Unknown content has a name of its own, so nothing is lost to an old version. [C8] */
import { concatBytes, decodeUtf8, encodeUtf8, toHex } from "@megachat/base";
import { sha256 } from "@megachat/crypto";
import { decode, encode, mediaType, MimiContent, ProfileName, Receipt, Resend, singlePart } from "@megachat/wire";

export type Content =
  | { readonly type: "text"; readonly text: string; readonly salt: Uint8Array<ArrayBuffer> }
  | { readonly type: "receipt"; readonly receipt: Receipt }
  /** The bytes of a call event; the call part decodes them. */
  | { readonly type: "call"; readonly event: Uint8Array<ArrayBuffer> }
  | { readonly type: "resend"; readonly resend: Resend }
  | { readonly type: "profile"; readonly displayName: string }
  | { readonly type: "unknown" };

export const textContent = (salt: Uint8Array<ArrayBuffer>, text: string): Uint8Array<ArrayBuffer> =>
  encode(MimiContent, singlePart(salt, mediaType.text, encodeUtf8(text)));
export const receiptContent = (salt: Uint8Array<ArrayBuffer>, receipt: Receipt): Uint8Array<ArrayBuffer> =>
  encode(MimiContent, singlePart(salt, mediaType.receipt, encode(Receipt, receipt)));
export const resendContent = (salt: Uint8Array<ArrayBuffer>, stretches: Resend["stretches"]): Uint8Array<ArrayBuffer> =>
  encode(MimiContent, singlePart(salt, mediaType.resend, encode(Resend, { type: "resend", stretches })));
export const callContent = (salt: Uint8Array<ArrayBuffer>, event: Uint8Array): Uint8Array<ArrayBuffer> =>
  encode(MimiContent, singlePart(salt, mediaType.call, event));
export const profileContent = (salt: Uint8Array<ArrayBuffer>, displayName: string): Uint8Array<ArrayBuffer> =>
  encode(MimiContent, singlePart(salt, mediaType.profile, encode(ProfileName, { type: "profileName", displayName })));

/** What a message is. Total: what this version cannot read is `unknown`. */
export function readContent(bytes: Uint8Array): Content {
  const content = decode(MimiContent, bytes);
  if (!content.ok || content.value.replaces || content.value.expires || content.value.inReplyTo) return unknown;
  const part = content.value.nestedPart;
  if (part.cardinality !== "single") return unknown;
  switch (part.contentType) {
    case mediaType.text: {
      const text = decodeUtf8(part.content);
      return text.ok ? { type: "text", text: text.value, salt: Uint8Array.from(content.value.salt) } : unknown;
    }
    case mediaType.receipt: {
      const receipt = decode(Receipt, part.content);
      return receipt.ok ? { type: "receipt", receipt: receipt.value } : unknown;
    }
    case mediaType.resend: {
      const resend = decode(Resend, part.content);
      return resend.ok ? { type: "resend", resend: resend.value } : unknown;
    }
    case mediaType.profile: {
      const profile = decode(ProfileName, part.content);
      return profile.ok ? { type: "profile", displayName: profile.value.displayName } : unknown;
    }
    case mediaType.call:
      return { type: "call", event: Uint8Array.from(part.content) };
    default:
      return unknown;
  }
}
const unknown: Content = { type: "unknown" };

const SHA_256 = 1;

/**
 * The id of a message: the draft's hash over sender, room, content and salt, its algorithm in the first byte. Nobody can
 * take the id of another's message, since the sender is part of it.
 */
export function messageIdOf(sender: Uint8Array, conversation: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const uris = encodeUtf8(`mimi:a/${toHex(sender)}mimi:r/${toHex(conversation)}`);
  const read = decode(MimiContent, content);
  const salt = read.ok ? read.value.salt : new Uint8Array(0);
  return concatBytes(Uint8Array.of(SHA_256), sha256(concatBytes(uris, content, salt)).subarray(0, 31));
}
