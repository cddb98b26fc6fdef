/** A server that lies, and people who do: whole accounts and requests as a forger would make them. */
import { Secret, u64, type Random } from "@megachat/base";
import { addressPair } from "@megachat/auth";
import { hpkeSeal, labels, pad, sign, type HpkeMessage } from "@megachat/crypto";
import { createEngine } from "@megachat/group";
import { ContactRequest, encode, HpkeBox, parseHandle, SignedContactRequest, type Found, type ValueOf } from "@megachat/wire";
import { mls } from "../../group/test-kit/people.ts";
import { makeAccount, type NewAccount } from "../src/account/new-account.ts";
import type { Self } from "../src/account/self.ts";
import type { Person, World } from "./acquaintances.ts";

type Bytes = Uint8Array<ArrayBuffer>;
export type FoundReply = ValueOf<typeof Found>;

/** A complete account under keys of the forger's own, with `account` as its id. */
export function forgedAccount({ random, time }: World, account: Bytes, handle: string): NewAccount {
  let first = true;
  const rigged: Random = {
    bytes: (count) => {
      const id = first && count === 16 ? account : random.bytes(count);
      first = false;
      return Uint8Array.from(id);
    },
  };
  const name = parseHandle(handle);
  if (!name.ok) throw new Error("a bad name");
  return makeAccount(rigged, (device) => createEngine(mls(), device), {
    handle: name.value,
    displayName: null,
    exportKey: new Secret(random.bytes(64)),
    serverKey: random.bytes(32),
    now: time.now(),
  });
}

export const foundOf = (made: NewAccount, handle: string): FoundReply => ({
  type: "found",
  account: made.published.account,
  handle,
  accountRecord: made.published.accountRecord,
  address: made.published.address,
  deviceList: made.published.deviceList,
  certificates: [made.published.certificate],
});

/** As an honest program would write it, with anything changed. */
export interface RequestForgery {
  readonly request?: Partial<Omit<ValueOf<typeof ContactRequest>, "type">>;
  /** Signs instead of the sender's device. */
  readonly signer?: Secret<Uint8Array>;
  readonly signature?: Bytes;
  /** Whose address it is sealed to, and the account that HPKE binds. */
  readonly sealTo?: Person;
  readonly recipient?: Bytes;
  readonly padding?: number;
}

/** A request of `from` to `to`, bent. */
export function forgeRequest(random: Random, from: Self, to: Person, forgery: RequestForgery = {}): Bytes {
  const request = encode(ContactRequest, {
    type: "contactRequest",
    nonce: random.bytes(16),
    from: from.account,
    to: to.account,
    handle: from.handle,
    displayName: "",
    accountRecord: from.accountRecord,
    certificate: from.certificate,
    deviceList: from.deviceList.bytes,
    text: "hi",
    invitationTag: null,
    ...forgery.request,
  });
  const signature = forgery.signature ?? sign(labels.contactRequest, forgery.signer ?? from.signatureSeed, request);
  const signed = encode(SignedContactRequest, { type: "signedContactRequest", request, signature });
  return encode(
    HpkeBox,
    sealTo(random, forgery.sealTo ?? to, pad(forgery.padding ?? labels.requestBox.type, signed), forgery.recipient),
  );
}

/** Anything, sealed to a person's address. */
export function sealTo(random: Random, to: Person, plaintext: Uint8Array, recipient = to.account): HpkeMessage {
  const box = hpkeSeal(random, labels.requestBox, addressOf(to), { recipient, id: u64(0) }, plaintext);
  if (!box.ok) throw new Error("no address");
  return box.value;
}

/** The public half of a person's address. */
function addressOf(person: Person): Bytes {
  const [first] = person.own().self.secrets;
  if (!first) throw new Error("no account secret");
  return addressPair(first.secret, person.account, first.m).publicKey;
}
