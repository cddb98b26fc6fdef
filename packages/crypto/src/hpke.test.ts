import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, type KemInterface } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { Secret } from "@megachat/base";
import { ml_kem768_x25519 } from "@noble/post-quantum/hybrid.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { hpkeInfo, hpkeKeyOf, hpkeOpen, hpkeSeal, newHpkeSeed, type HpkeMessage } from "./hpke.ts";
import { newX25519Seed, openFromX25519, sealToX25519, sharedSecret, x25519KeyOf, type X25519Message } from "./hpke-x25519.ts";
import { labelBytes, labels } from "./labels.ts";
import { xwingDecapsulate, xwingEncapsulate, xwingPublicKey } from "./xwing.ts";

const hex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "hex"));
const toHex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
const random = seededRandom("hpke");
const refused = { ok: false, error: { type: "refused" } };

const label = labels.requestBox;
const address = { recipient: random.bytes(16), id: random.bytes(16) };
const plaintext = random.bytes(100);
const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error("refused");
  return result.value;
};

describe("X-Wing", () => {
  test("[K12] the first vector of the draft: seed to shared secret", () => {
    const seed = hex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26");
    const chance = hex(
      "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2" +
        "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
    );
    const shared = must(xwingEncapsulate({ bytes: () => chance.slice() }, xwingPublicKey(seed)));
    expect(toHex(shared.secret)).toBe("d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384");
    expect(toHex(xwingDecapsulate(seed, shared.ciphertext))).toBe(toHex(shared.secret));
  });

  test("[K12] keys, ciphertexts and secrets are those of two other implementations", async () => {
    const other = new XWing();
    for (let i = 0; i < 5; i++) {
      const seed = random.bytes(32);
      const chance = random.bytes(64);
      const publicKey = xwingPublicKey(seed);
      const shared = must(xwingEncapsulate({ bytes: () => chance.slice() }, publicKey));
      const noble = ml_kem768_x25519.encapsulate(publicKey, chance.slice());
      expect(toHex(publicKey)).toBe(toHex(ml_kem768_x25519.keygen(seed).publicKey));
      expect(toHex(shared.ciphertext)).toBe(toHex(noble.cipherText));
      expect(toHex(shared.secret)).toBe(toHex(noble.sharedSecret));
      const pair = await other.generateKeyPairDerand(seed);
      const theirs = await other.decap({ recipientKey: pair.privateKey, enc: shared.ciphertext.buffer });
      expect(toHex(new Uint8Array(theirs))).toBe(toHex(shared.secret));
    }
  });

  test("[K14] a public key with a small-order or an out-of-range half is refused", () => {
    const publicKey = hpkeKeyOf(newHpkeSeed(random));
    const smallOrder = publicKey.slice();
    smallOrder.fill(0, 1184);
    const outOfRange = publicKey.slice();
    outOfRange.fill(255, 0, 3);
    for (const key of [smallOrder, outOfRange, publicKey.slice(1), new Uint8Array(0)]) {
      expect(hpkeSeal(random, label, key, address, plaintext)).toEqual({ ok: false, error: { type: "badKey" } });
    }
  });
});

interface Ours {
  readonly name: string;
  readonly suite: CipherSuite;
  readonly kem: KemInterface;
  readonly newSeed: () => Secret<Uint8Array<ArrayBuffer>>;
  readonly keyOf: (seed: Secret<Uint8Array>) => Uint8Array<ArrayBuffer>;
  readonly info: Uint8Array<ArrayBuffer>;
  readonly seal: (key: Uint8Array, text: Uint8Array) => X25519Message;
  readonly open: (seed: Secret<Uint8Array>, message: X25519Message) => unknown;
}

const x25519Kem = new DhkemX25519HkdfSha256();
const xwingKem = new XWing();
const suiteOf = (kem: KemInterface) => new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const kems: readonly Ours[] = [
  {
    name: "X-Wing",
    suite: suiteOf(xwingKem),
    kem: xwingKem,
    newSeed: () => newHpkeSeed(random),
    keyOf: hpkeKeyOf,
    info: hpkeInfo(label, address),
    seal: (key, text) => must(hpkeSeal(random, label, key, address, text)),
    open: (seed, message) => hpkeOpen(label, seed, address, { type: "hpkeBox", ...message }),
  },
  {
    name: "X25519",
    suite: suiteOf(x25519Kem),
    kem: x25519Kem,
    newSeed: () => newX25519Seed(random),
    keyOf: x25519KeyOf,
    info: Uint8Array.from([...labelBytes(labels.frameKeys), ...address.id]),
    seal: (key, text) => must(sealToX25519(random, labels.frameKeys, key, address.id, text)),
    open: (seed, message) => openFromX25519(labels.frameKeys, seed, address.id, message),
  },
];

describe.each(kems)("HPKE with $name", ({ suite, kem, newSeed, keyOf, info, seal, open }) => {
  test("[K13] what we seal, another implementation opens", async () => {
    const seed = newSeed();
    const message = seal(keyOf(seed), plaintext);
    const recipientKey = await kem.deserializePrivateKey(seed.open((bytes) => bytes.slice().buffer));
    const opened = await suite.open({ recipientKey, enc: message.enc.buffer, info: info.buffer }, message.ciphertext.buffer);
    expect(toHex(new Uint8Array(opened))).toBe(toHex(plaintext));
  });

  test("[K13] what another implementation seals, we open", async () => {
    const seed = newSeed();
    const recipientPublicKey = await kem.deserializePublicKey(keyOf(seed).buffer);
    const { enc, ct } = await suite.seal({ recipientPublicKey, info: info.buffer }, plaintext.buffer);
    const opened = open(seed, { enc: new Uint8Array(enc), ciphertext: new Uint8Array(ct) });
    expect(opened).toEqual({ ok: true, value: plaintext });
  });

  test("[K14] A05 a change to any byte of a message is one and the same refusal", () => {
    const seed = newSeed();
    const message = seal(keyOf(seed), plaintext.slice(0, 20));
    for (const field of ["enc", "ciphertext"] as const) {
      // Every byte of what is short; of the 1,120 bytes of a KEM ciphertext every 40th and the last.
      const step = message[field].length > 200 ? 40 : 1;
      for (let at = message[field].length - 1; at >= 0; at -= step) {
        const changed = message[field].with(at, (message[field][at] ?? 0) ^ (1 << (at & 7)));
        const opened = open(seed, { ...message, [field]: Uint8Array.from(changed) });
        // The highest bit of an X25519 coordinate is ignored (RFC 7748 §5), but enc is hashed as it is.
        expect(opened).toEqual(refused);
      }
    }
    expect(open(newSeed(), message)).toEqual(refused);
  });

  test("[K14] opening is total", () => {
    const seed = newSeed();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (enc, ciphertext) => {
        expect(open(seed, { enc, ciphertext })).toEqual(refused);
      }),
      { numRuns: 30 },
    );
  });
});

test("[K14] A06 a message to one recipient, id or use opens for no other", () => {
  const seed = newHpkeSeed(random);
  const message: HpkeMessage = must(hpkeSeal(random, label, hpkeKeyOf(seed), address, plaintext));
  expect(hpkeOpen(label, seed, address, message).ok).toBe(true);
  expect(hpkeOpen(label, seed, { ...address, recipient: address.id }, message)).toEqual(refused);
  expect(hpkeOpen(label, seed, { ...address, id: address.recipient }, message)).toEqual(refused);
  expect(hpkeOpen(labels.accountSecret, seed, address, message)).toEqual(refused);
});

test("[K13] DHKEM(X25519) is that of RFC 9180 appendix A.1.1", () => {
  const ephemeral = hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736");
  const recipient = hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
  const enc = hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
  const recipientKey = hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
  expect(toHex(x25519KeyOf(new Secret(ephemeral)))).toBe(toHex(enc));
  expect(toHex(x25519KeyOf(new Secret(recipient)))).toBe(toHex(recipientKey));
  const shared = "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc";
  expect(toHex(sharedSecret(ephemeral, recipientKey, enc, recipientKey))).toBe(shared);
  expect(toHex(sharedSecret(recipient, enc, enc, recipientKey))).toBe(shared);
});
