import { createHmac, createHash } from "node:crypto";
import { Secret } from "@megachat/base";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { derive, hash256, mac } from "./hash.ts";
import { hpkeKeyOf, hpkeOpen, hpkeSeal, newHpkeSeed } from "./hpke.ts";
import { labelBytes, labels, type Label, type LabelKind } from "./labels.ts";
import { open, seal } from "./seal.ts";
import { newSigningSeed, sign, signingKeyOf, verify } from "./sign.ts";

const all = Object.entries<Label>(labels);
const ofKind = <K extends LabelKind>(kind: K): readonly Label<K>[] =>
  all.map(([, label]) => label).filter((label): label is Label<K> => label.kind === kind);

test("[K1] a label is `MegaChat 1 `, four hexadecimal digits and a zero byte", () => {
  expect(Buffer.from(labelBytes(labels.accountRecord)).toString("latin1")).toBe("MegaChat 1 0402\0");
  for (const [, label] of all) expect(labelBytes(label)).toHaveLength(16);
});

test("[K2] every use has a number of its own that fits 16 bits", () => {
  const types = all.map(([, label]) => label.type);
  expect(new Set(types).size).toBe(types.length);
  for (const type of types) expect(Number.isInteger(type) && type > 0 && type <= 0xffff).toBe(true);
});

test("[K2] a label of one kind does not compile for another", () => {
  const seed = newSigningSeed(seededRandom("kinds"));
  // @ts-expect-error a sealing label is no signature label.
  sign(labels.accountRow, seed, new Uint8Array(0));
  // @ts-expect-error a derivation label is no hash label.
  hash256(labels.archiveKey);
});

test("[K3] A11 a signature, MAC, derived key, sealed box or HPKE message of one use passes for no other", () => {
  const random = seededRandom("n by n");
  const input = random.bytes(40);
  const key = new Secret(random.bytes(32));
  const signing = newSigningSeed(random);
  const verifying = signingKeyOf(signing);
  const hpke = newHpkeSeed(random);
  const place = { owner: random.bytes(16), id: random.bytes(16), version: 1 };
  const address = { recipient: place.owner, id: place.id };
  // What each use makes, and whether another use takes it.
  const pairs: { readonly made: Label; readonly taken: Label; readonly passes: boolean }[] = [];
  const cross = <K extends LabelKind, T>(
    kind: K,
    make: (label: Label<K>) => T,
    takes: (label: Label<K>, made: T) => boolean,
  ): void => {
    for (const made of ofKind(kind)) {
      const thing = make(made);
      for (const taken of ofKind(kind)) pairs.push({ made, taken, passes: takes(taken, thing) });
    }
  };

  cross(
    "sign",
    (label) => sign(label, signing, input),
    (label, signature) => verify(label, verifying, input, signature),
  );
  cross(
    "mac",
    (label) => mac(label, key, input),
    (label, tag) => Buffer.compare(mac(label, key, input), tag) === 0,
  );
  cross(
    "derive",
    (label) => derive(label, key, input),
    (label, made) => derive(label, key, input).open((a) => made.open((b) => Buffer.compare(a, b))) === 0,
  );
  cross(
    "hash",
    (label) => hash256(label, input),
    (label, digest) => Buffer.compare(hash256(label, input), digest) === 0,
  );
  cross(
    "seal",
    (label) => seal(random, label, key, place, input),
    (label, box) => open(label, key, place, box).ok,
  );
  cross(
    "hpke",
    (label) => {
      const message = hpkeSeal(random, label, hpkeKeyOf(hpke), address, input);
      if (!message.ok) throw new Error("no message");
      return message.value;
    },
    (label, message) => hpkeOpen(label, hpke, address, message).ok,
  );

  expect(pairs.filter(({ made, taken, passes }) => passes !== (made === taken))).toEqual([]);
  for (const kind of new Set(all.map(([, label]) => label.kind))) {
    expect(pairs.filter(({ made }) => made.kind === kind)).toHaveLength(ofKind(kind).length ** 2);
  }
});

test("[K3] A11 digests of one key under two kinds of one primitive differ: MAC, derivation and hash share no input", () => {
  // HKDF and HMAC are one function, so equal labels of two kinds would be equal inputs.
  const key = seededRandom("shared").bytes(32);
  const outputs = all.flatMap(([, label]) => [
    createHmac("sha256", key).update(labelBytes(label)).digest("hex"),
    createHash("sha256").update(labelBytes(label)).digest("hex"),
  ]);
  expect(new Set(outputs).size).toBe(outputs.length);
});
