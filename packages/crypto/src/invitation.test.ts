import { Secret } from "@megachat/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { decodeFragment, encodeFragment, identityHash, invitationTag } from "./invitation.ts";

const random = seededRandom("invitations");
const notAnInvitation = { ok: false, error: { type: "notAnInvitation" } };
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("[K18] a fragment of 66 letters brings hash and secret back", () => {
  fc.assert(
    fc.property(fixed(32), fixed(16), (hash, secret) => {
      const text = encodeFragment({ identityHash: hash, secret: new Secret(secret) });
      expect(text).toMatch(/^[A-Za-z0-9_-]{66}$/);
      const fragment = decodeFragment(text);
      expect(fragment.ok && fragment.value.identityHash).toEqual(hash);
      expect(fragment.ok && fragment.value.secret.open((bytes) => bytes.slice())).toEqual(secret);
    }),
  );
});

test("[K18] every other spelling, length and version is refused, and no text throws", () => {
  const text = encodeFragment({ identityHash: random.bytes(32), secret: new Secret(random.bytes(16)) });
  expect(decodeFragment(`${text}A`)).toEqual(notAnInvitation);
  expect(decodeFragment(text.slice(0, -1))).toEqual(notAnInvitation);
  expect(decodeFragment(`${text}=`)).toEqual(notAnInvitation);
  expect(decodeFragment(` ${text}`)).toEqual(notAnInvitation);
  expect(decodeFragment(`Ag${text.slice(2)}`)).toEqual(notAnInvitation);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (any) => {
      expect(decodeFragment(any)).toEqual(notAnInvitation);
    }),
  );
});

test("[K18] the tag proves the secret for these two accounts and keys, in these roles", () => {
  const secret = new Secret(random.bytes(16));
  const person = () => ({ account: random.bytes(16), n: 0, identityKey: random.bytes(32) });
  const [alice, bob, mallory] = [person(), person(), person()];
  const tag = invitationTag(secret, alice, bob);
  const others = [
    invitationTag(secret, bob, alice),
    invitationTag(secret, alice, mallory),
    invitationTag(secret, mallory, bob),
    invitationTag(secret, alice, { ...bob, identityKey: mallory.identityKey }),
    invitationTag(secret, { ...alice, n: 1 }, bob),
    invitationTag(new Secret(random.bytes(16)), alice, bob),
  ];
  expect(tag).toHaveLength(32);
  for (const other of others) expect(other).not.toEqual(tag);
});

test("[K18] an identity hash names a key and is no bare digest of it", () => {
  const key = random.bytes(32);
  expect(identityHash(key)).toEqual(identityHash(key.slice()));
  expect(identityHash(key)).not.toEqual(identityHash(random.bytes(32)));
});
