import { toHex } from "@megachat/base";
import { mutationsOf, octets, valuesOf } from "@megachat/testing/generate";
import { asPlainCbor } from "@megachat/testing/second-codec";
import * as cborg from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode, type Codec, type ObjectCodec } from "./codec.ts";
import * as wire from "./index.ts";

interface Declared {
  readonly name: string;
  readonly codec: Codec<unknown>;
}
const isCodec = (value: unknown): value is Codec<unknown> =>
  typeof value === "object" && value !== null && "shape" in value && "read" in value && "write" in value;
const isObject = (codec: Codec<unknown>): codec is ObjectCodec<string, unknown> => "id" in codec;

const declared: readonly Declared[] = Object.entries<unknown>({ ...wire }).flatMap(([name, codec]) =>
  isCodec(codec) ? [{ name, codec }] : [],
);
const objects = declared.map(({ codec }) => codec).filter(isObject);

function accepts(codec: Codec<unknown>, value: unknown): boolean {
  try {
    encode(codec, value);
    return true;
  } catch {
    return false;
  }
}
/** Some declarations refuse more than their shape says (two payload types must differ): here the rest is tested. */
const acceptedBy = (codec: Codec<unknown>): fc.Arbitrary<unknown> => valuesOf(codec.shape).filter((value) => accepts(codec, value));

/** Declarations whose shape hardly ever yields a value that they accept. Each has a test of its own beside it. */
const testedApart = [
  "SessionOffer",
  "SessionAnswer",
  "CallStart",
  "CallAccept",
  "CallRestartOffer",
  "CallRestartAnswer",
  "MimiContent",
];
const generatable = declared.filter(({ name }) => !testedApart.includes(name));

test("what is tested apart is declared", () => {
  expect(testedApart.filter((name) => !declared.some((each) => each.name === name))).toEqual([]);
});

describe.each(generatable)("$name", ({ codec }) => {
  const sample = acceptedBy(codec);
  test("[W1] survives the wire, and no prefix or extension does", () => {
    fc.assert(
      fc.property(sample, octets(1, 4), (value, extra) => {
        const whole = encode(codec, value);
        expect(decode(codec, whole)).toEqual({ ok: true, value });
        expect(decode(codec, new Uint8Array([...whole, ...extra])).ok).toBe(false);
        for (let cut = 0; cut < whole.length; cut += 1 + Math.floor(whole.length / 64)) {
          expect(decode(codec, whole.subarray(0, cut)).ok).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("[W4] a second implementation writes the same bytes", () => {
    fc.assert(
      fc.property(sample, (value) => {
        const theirs = cborg.encode(asPlainCbor(codec.shape, value), cborg.rfc8949EncodeOptions);
        expect(toHex(encode(codec, value))).toBe(toHex(theirs));
      }),
      { numRuns: 25 },
    );
  });

  test("[W2, W4] what is almost right is refused, or is the one encoding of another value", () => {
    fc.assert(
      fc.property(
        sample.chain((value) => mutationsOf(encode(codec, value))),
        (bytes) => {
          const decoded = decode(codec, bytes);
          if (decoded.ok) expect(toHex(encode(codec, decoded.value))).toBe(toHex(bytes));
        },
      ),
      { numRuns: 60 },
    );
  });
});

test("[W2] no declaration throws at random bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const { codec } of declared) decode(codec, bytes);
    }),
    { numRuns: 300 },
  );
});

test("[W5] no two objects share a type or a name", () => {
  const ids = objects.map(({ id }) => id);
  const names = objects.map(({ name }) => name);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test("[W5] nothing of one type passes as another", () => {
  const samples = objects.flatMap((object) => {
    const [value] = fc.sample(valuesOf(object.shape), { numRuns: 20, seed: 1 }).filter((each) => accepts(object, each));
    return value === undefined ? [] : [{ object, bytes: encode(object, value) }];
  });
  expect(samples.length).toBeGreaterThan(80);
  for (const { object, bytes } of samples) {
    for (const other of objects) if (other !== object) expect(decode(other, bytes).ok).toBe(false);
  }
});
