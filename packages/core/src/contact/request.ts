/**
 * A contact request: one sealed object and no group. [F1–F6]
 *
 * Signed by the sender's device over everything, its recipient included, and sealed to the recipient's address with the
 * recipient's account in HPKE's info: it opens for nobody else, and nobody else can pass it on as sent to them. It has
 * no forward secrecy.
 */
import { bytesEqual, err, ok, u64, type Random, type Result } from "@megachat/base";
import { hpkeOpen, hpkeSeal, labels, pad, sign, unpad, verify } from "@megachat/crypto";
import { addressPair } from "@megachat/auth";
import { ContactRequest, decode, encode, HpkeBox, MAX_REQUEST_CHARACTERS, parseHandle, SignedContactRequest } from "@megachat/wire";
import { readFaces, type Faces } from "../account/faces.ts";
import { characters, shownName } from "../account/profile.ts";
import type { Self } from "../account/self.ts";
import type { Looked } from "./state.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface RequestDraft {
  readonly to: Pick<Looked, "account" | "address">;
  readonly displayName: string | null;
  readonly text: string;
  readonly invitationTag: Bytes | null;
}

/** The sealed request; a peer's address that is no key is an error. */
export function sealRequest(random: Random, self: Self, draft: RequestDraft): Result<Bytes, { readonly type: "badKey" }> {
  const request = encode(ContactRequest, {
    type: "contactRequest",
    nonce: random.bytes(16),
    from: self.account,
    to: draft.to.account,
    handle: self.handle,
    displayName: draft.displayName ?? "",
    accountRecord: self.accountRecord,
    certificate: self.certificate,
    deviceList: self.deviceList.bytes,
    text: draft.text,
    invitationTag: draft.invitationTag,
  });
  const signature = sign(labels.contactRequest, self.signatureSeed, request);
  const signed = encode(SignedContactRequest, { type: "signedContactRequest", request, signature });
  const { m, hpkeKey } = draft.to.address;
  const address = { recipient: draft.to.account, id: u64(m) };
  const box = hpkeSeal(random, labels.requestBox, hpkeKey, address, pad(labels.requestBox.type, signed));
  return box.ok ? ok(encode(HpkeBox, box.value)) : box;
}

/** Why a request counts for nothing. The person is not told: who sent junk is nobody they know. */
export interface RequestRefused {
  readonly type: "refused";
  readonly why:
    | "malformed"
    /** Not sealed to us. */
    | "notForUs"
    /** Faces that do not hold together, or not signed by the device they name. */
    | "notAuthentic"
    /** The server named another sender than the request proves. */
    | "misattributed"
    /** Addressed to another account by its sender, and sealed anew by somebody to us. */
    | "readdressed"
    | "self"
    | "tooLong"
    | "badName";
}

export interface OpenedRequest {
  readonly nonce: Bytes;
  readonly faces: Faces;
  readonly handle: string;
  readonly displayName: string | null;
  readonly text: string;
  readonly invitationTag: Bytes | null;
}

/** Opens a request and checks all that it says of itself. `from` is the sender as the server names it. Total. */
export function openRequest(self: Self, from: Uint8Array, sealed: Uint8Array): Result<OpenedRequest, RequestRefused> {
  const box = decode(HpkeBox, sealed);
  if (!box.ok) return refuse("malformed");
  const padded = openUnderAny(self, box.value);
  if (!padded) return refuse("notForUs");
  const plaintext = unpad(labels.requestBox.type, padded);
  const signed = plaintext.ok ? decode(SignedContactRequest, plaintext.value) : plaintext;
  const read = signed.ok ? decode(ContactRequest, signed.value.request) : signed;
  if (!signed.ok || !read.ok) return refuse("malformed");
  const request = read.value;

  const faces = readFaces({
    account: request.from,
    accountRecord: request.accountRecord,
    deviceList: request.deviceList,
    certificates: [request.certificate],
    address: null,
  });
  if (!faces.ok) return refuse("notAuthentic");
  const [device] = faces.value.devices;
  if (!device || !verify(labels.contactRequest, device.signatureKey, signed.value.request, signed.value.signature)) {
    return refuse("notAuthentic");
  }
  // From here on the words are the sender's own.
  if (bytesEqual(request.from, self.account)) return refuse("self");
  if (!bytesEqual(request.to, self.account)) return refuse("readdressed");
  if (!bytesEqual(request.from, from)) return refuse("misattributed");
  const handle = parseHandle(request.handle);
  if (!handle.ok || handle.value !== request.handle) return refuse("badName");
  if (characters(request.text) > MAX_REQUEST_CHARACTERS) return refuse("tooLong");
  return ok({
    nonce: request.nonce,
    faces: faces.value,
    handle: handle.value,
    displayName: shownName(request.displayName),
    text: request.text,
    invitationTag: request.invitationTag,
  });
}

/** The addresses there are, newest first: a request does not say in clear to which it was sealed. */
function openUnderAny(self: Self, box: HpkeBox): Bytes | undefined {
  for (const { m, secret } of self.secrets.toReversed()) {
    const { seed } = addressPair(secret, self.account, m);
    const opened = hpkeOpen(labels.requestBox, seed, { recipient: self.account, id: u64(m) }, box);
    seed[Symbol.dispose]();
    if (opened.ok) return opened.value;
  }
  return undefined;
}

const refuse = (why: RequestRefused["why"]) => err<RequestRefused>({ type: "refused", why });
