import { toHex } from "@megachat/base";
import { mutationsOf, octets } from "@megachat/testing/generate";
import * as cborg from "cborg";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode } from "./codec.ts";
import { MAX_TEXT } from "./message-objects.ts";
import { MimiContent, disposition, singlePart, type NestedPart } from "./mimi.ts";

const head = { disposition: fc.nat({ max: 255 }), language: fc.constantFrom("", "en", "de-CH") };
const short = fc.string({ unit: "grapheme", maxLength: 12 });
const plain = fc.oneof(
  fc.record({ cardinality: fc.constant("null" as const), ...head }),
  fc.record({ cardinality: fc.constant("single" as const), ...head, contentType: short, content: octets(0, 30) }),
  fc.record({
    cardinality: fc.constant("external" as const),
    ...head,
    contentType: short,
    url: short,
    expires: fc.nat(),
    size: fc.maxSafeNat(),
    encAlg: fc.nat({ max: 65_535 }),
    key: octets(0, 32),
    nonce: octets(0, 12),
    aad: octets(0, 20),
    hashAlg: fc.nat({ max: 255 }),
    contentHash: octets(0, 32),
    description: short,
    filename: short,
  }),
);
const severalOf = (part: fc.Arbitrary<NestedPart>): fc.Arbitrary<NestedPart> =>
  fc.record({
    cardinality: fc.constant("multi" as const),
    ...head,
    semantics: fc.nat({ max: 2 }),
    parts: fc.array(part, { minLength: 2, maxLength: 3 }),
  });
const part = fc.oneof(plain, severalOf(plain), severalOf(fc.oneof(plain, severalOf(plain))));
const id = fc.option(octets(32, 32));
const content: fc.Arbitrary<MimiContent> = fc.record({
  salt: octets(16, 16),
  replaces: id,
  topicId: octets(0, 20),
  expires: fc.option(fc.record({ relative: fc.boolean(), time: fc.nat() })),
  inReplyTo: id,
  extensions: fc
    .uniqueArray(fc.tuple(fc.oneof(fc.nat(), short), fc.oneof(fc.nat(), short, octets(0, 9))), {
      maxLength: 4,
      selector: ([key]) => key,
    })
    .map((entries) => new Map<number | string, number | string | Uint8Array>(entries)),
  nestedPart: part,
});

/** The draft's CDDL, written out by hand: arrays in its order, `NestedPart` with its cardinality as a number. */
function byTheDraft(value: MimiContent): unknown {
  const expires = value.expires === null ? null : [value.expires.relative, value.expires.time];
  return [value.salt, value.replaces, value.topicId, expires, value.inReplyTo, value.extensions, partByTheDraft(value.nestedPart)];
}
function partByTheDraft(value: NestedPart): unknown {
  const start = [value.disposition, value.language];
  switch (value.cardinality) {
    case "null":
      return [...start, 0];
    case "single":
      return [...start, 1, value.contentType, value.content];
    case "external":
      return [
        ...start,
        2,
        value.contentType,
        value.url,
        value.expires,
        value.size,
        value.encAlg,
        value.key,
        value.nonce,
        value.aad,
        value.hashAlg,
        value.contentHash,
        value.description,
        value.filename,
      ];
    case "multi":
      return [...start, 3, value.semantics, value.parts.map(partByTheDraft)];
  }
}

test("[W1] MIMI content survives the wire, and no prefix or extension does", () => {
  fc.assert(
    fc.property(content, octets(1, 4), (value, extra) => {
      const whole = encode(MimiContent, value);
      expect(decode(MimiContent, whole)).toEqual({ ok: true, value });
      expect(decode(MimiContent, new Uint8Array([...whole, ...extra])).ok).toBe(false);
      for (let cut = 0; cut < whole.length; cut++) expect(decode(MimiContent, whole.subarray(0, cut)).ok).toBe(false);
    }),
  );
});

test("[W4] a second implementation writes MIMI content with the same bytes", () => {
  fc.assert(
    fc.property(content, (value) => {
      expect(toHex(encode(MimiContent, value))).toBe(toHex(cborg.encode(byTheDraft(value), cborg.rfc8949EncodeOptions)));
    }),
  );
});

test("[W2, W4] MIMI content that is almost right is refused, or is the one encoding of another value", () => {
  fc.assert(
    fc.property(
      content.chain((value) => mutationsOf(encode(MimiContent, value))),
      (bytes) => {
        const decoded = decode(MimiContent, bytes);
        if (decoded.ok) expect(toHex(encode(MimiContent, decoded.value))).toBe(toHex(bytes));
      },
    ),
    { numRuns: 500 },
  );
});

test("[W3] parts nest four deep, and a multipart has at least two", () => {
  const salt = new Uint8Array(16);
  const leaf: NestedPart = { cardinality: "null", disposition: disposition.render, language: "" };
  const nested = (depth: number): NestedPart =>
    depth === 1
      ? leaf
      : { cardinality: "multi", disposition: disposition.render, language: "", semantics: 2, parts: [leaf, nested(depth - 1)] };
  const of = (nestedPart: NestedPart): MimiContent => ({ ...singlePart(salt, "", salt), nestedPart });
  expect(decode(MimiContent, encode(MimiContent, of(nested(4)))).ok).toBe(true);
  expect(decode(MimiContent, encode(MimiContent, of(nested(5))))).toMatchObject({ error: { reason: "nested too deeply" } });
  const lone: NestedPart = { cardinality: "multi", disposition: 1, language: "", semantics: 0, parts: [leaf] };
  expect(decode(MimiContent, encode(MimiContent, of(lone)))).toMatchObject({ error: { reason: "a multipart of fewer than two" } });
});

test("[W3] the longest text fits, and not a byte more", () => {
  const salt = new Uint8Array(16);
  const longest = singlePart(salt, "text/plain;charset=utf-8", new Uint8Array(MAX_TEXT));
  expect(decode(MimiContent, encode(MimiContent, longest)).ok).toBe(true);
  expect(() => encode(MimiContent, singlePart(salt, "text/plain", new Uint8Array(MAX_TEXT + 1)))).toThrow(RangeError);
});
