/**
 * Values of anything that wire declares, and encodings that are almost right. Both come from the declaration itself, so
 * a new object is tested, and attacked, from the day it is declared.
 */
import { bytesEqual, encodeUtf8 } from "@megachat/base";
import type { Codec, FieldShape, Shape } from "@megachat/wire";
import fc from "fast-check";

/** How often a declaration may contain itself in a generated value. */
const DEPTH = 3;
/** Long byte strings and lists prove nothing that short ones do not; limits have tests of their own. */
const SHORT = 40;
const FEW = 3;

/** Values of the shape, within its limits. A codec that refuses more than its shape says may refuse some of them. */
export function valuesOf(shape: Shape, depth = DEPTH): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "uint":
      return integers(shape.max);
    case "bool":
      return fc.boolean();
    case "bytes":
      return octets(shape.min, Math.min(shape.max, shape.min + SHORT));
    case "text":
      return texts(shape.max);
    case "choice":
      return fc.constantFrom(...shape.values);
    case "list":
      // Items are looked at only while there is depth left: a lazy declaration would go on for ever.
      return depth === 0 ? fc.constant([]) : fc.array(valuesOf(shape.item, depth), { maxLength: Math.min(shape.max, FEW) });
    case "map":
      if (depth === 0) return fc.constant(new Map());
      return fc
        .array(fc.tuple(fc.oneof(integers(Number.MAX_SAFE_INTEGER), texts(255)), valuesOf(shape.value, depth)), {
          maxLength: Math.min(shape.max, FEW),
        })
        .map((entries) => new Map(entries));
    case "nullable":
      return depth === 0 ? fc.constant(null) : fc.option(valuesOf(shape.inner, depth));
    case "struct":
      return fields(shape.fields, depth);
    case "object":
      return fields(shape.fields, depth).map((value) => ({ type: shape.name, ...value }));
    case "union":
      return fc.oneof(...shape.options.map((option) => valuesOf(option, depth)));
    case "lazy":
      return valuesOf(shape.inner(), Math.max(0, depth - 1));
  }
}

/** A codec among others of other values. What it is given must be of its shape; generated values are. */
export const anyCodec = <T>(codec: Codec<T>): Codec<unknown> => codec as unknown as Codec<unknown>;

const fields = (shapes: readonly FieldShape[], depth: number): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(shapes.map(({ name, shape }) => [name, valuesOf(shape, depth)])), { noNullPrototype: true });

/** Small ones, and those about each width of a CBOR head. */
function integers(max: number): fc.Arbitrary<number> {
  const edges = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, max - 1, max].filter((n) => n >= 0 && n <= max);
  return fc.oneof(
    fc.constantFrom(...edges),
    fc.maxSafeNat().map((n) => n % (max + 1)),
    fc.nat({ max: Math.min(max, 1000) }),
  );
}

/** `min`…`max` bytes, as an array of their own. */
export const octets = (min: number, max: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((bytes) => new Uint8Array(bytes));

const texts = (max: number): fc.Arbitrary<string> =>
  fc
    .oneof(fc.string({ unit: "grapheme", maxLength: SHORT }), fc.constantFrom("", "__proto__", "constructor", "\u0000", "\ufeffa"))
    .map((text) => {
      let fitting = text;
      while (encodeUtf8(fitting).length > max) fitting = Array.from(fitting).slice(0, -1).join("");
      return fitting;
    });

/** What Mallory does to an encoding: each is a change of the bytes, and most of them lie about a length or a type. */
export function mutationsOf(encoding: Uint8Array): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const at = fc.nat({ max: Math.max(0, encoding.length - 1) });
  const byte = fc.integer({ min: 0, max: 255 });
  const spliced = (from: number, count: number, put: readonly number[]): Uint8Array<ArrayBuffer> =>
    new Uint8Array([...encoding.subarray(0, from), ...put, ...encoding.subarray(from + count)]);
  const changed = fc.oneof(
    fc.tuple(at, byte).map(([from, put]) => spliced(from, 1, [put])),
    fc.tuple(at, fc.nat({ max: 7 })).map(([from, bit]) => spliced(from, 1, [(encoding[from] ?? 0) ^ (1 << bit)])),
    fc.tuple(at, fc.array(byte, { minLength: 1, maxLength: 9 })).map(([from, put]) => spliced(from, 0, put)),
    fc.tuple(at, fc.integer({ min: 1, max: 9 })).map(([from, count]) => spliced(from, count, [])),
    // A head that claims almost everything there is, in each width.
    fc
      .tuple(at, fc.integer({ min: 24, max: 31 }), octets(8, 8))
      .map(([from, short, rest]) => spliced(from, 1, [((encoding[from] ?? 0) & 0xe0) | short, ...rest])),
    // The same number, spelled longer.
    at.map((from) => spliced(from, 1, [((encoding[from] ?? 0) & 0xe0) | 24, (encoding[from] ?? 0) & 31])),
  );
  return changed.filter((bytes) => !bytesEqual(bytes, encoding));
}
