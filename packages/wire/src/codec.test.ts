import { toHex } from "@megachat/base";
import { anyCodec, mutationsOf, octets, valuesOf } from "@megachat/testing/generate";
import * as cborg from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bool,
  bytes,
  choice,
  decode,
  encode,
  lazy,
  list,
  map,
  nullable,
  object,
  oneOf,
  struct,
  text,
  u16,
  u32,
  u53,
  u8,
  uint,
  type Codec,
} from "./codec.ts";

interface Tree {
  readonly label: number;
  readonly branches: readonly Tree[];
}
const Tree: Codec<Tree> = lazy(() => struct({ label: u8, branches: list(Tree, 4) }), 3);
const Cat = object("cat", 0x7001, 1, { name: text(20), lives: u8 });
const Dog = object("dog", 0x7002, 2, { name: text(20), good: bool });

/** One of each kind of declaration. */
const codecs: Readonly<Record<string, Codec<unknown>>> = Object.fromEntries(
  Object.entries({
    uint: uint(1000),
    u53,
    bool,
    bytes: bytes(300, 1),
    text: text(300),
    choice: choice(["left", "right"]),
    list: list(u16, 5),
    map: map(u8, 5),
    nullable: nullable(text(9)),
    struct: struct({ a: u8, b: nullable(bytes(4)), c: list(bool, 3) }),
    object: Cat,
    union: oneOf([Cat, Dog]),
    lazy: Tree,
  }).map(([name, codec]) => [name, anyCodec(codec as Codec<unknown>)]),
);
const sampleOf = (name: string): fc.Arbitrary<unknown> => {
  const codec = codecs[name];
  if (!codec) throw new Error(name);
  return valuesOf(codec.shape, name === "lazy" ? 2 : 3);
};
const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
/** Reads the encoding, expecting a refusal, and gives its reason. */
const refusal = <T>(codec: Codec<T>, encoding: string | Uint8Array): string => {
  const decoded = decode(codec, typeof encoding === "string" ? hex(encoding) : encoding);
  expect(decoded).toMatchObject({ ok: false, error: { type: "malformed" } });
  return decoded.ok ? "" : decoded.error.reason;
};

describe.each(Object.entries(codecs))("%s", (name, codec) => {
  test("[W1] survives the wire", () => {
    fc.assert(
      fc.property(sampleOf(name), (value) => {
        expect(decode(codec, encode(codec, value))).toEqual({ ok: true, value });
      }),
    );
  });

  test("[W1] every prefix and every extension is refused", () => {
    fc.assert(
      fc.property(sampleOf(name), octets(1, 8), (value, extra) => {
        const whole = encode(codec, value);
        for (let cut = 0; cut < whole.length; cut++) expect(decode(codec, whole.subarray(0, cut)).ok).toBe(false);
        expect(decode(codec, new Uint8Array([...whole, ...extra]))).toMatchObject({
          ok: false,
          error: { reason: "trailing bytes", offset: whole.length },
        });
      }),
    );
  });

  test("[W2, W4] any bytes are a value with exactly these bytes, or a reason; nothing is thrown", () => {
    const almost = sampleOf(name).chain((value) => mutationsOf(encode(codec, value)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), almost), (input) => {
        const decoded = decode(codec, input);
        if (decoded.ok) expect(toHex(encode(codec, decoded.value))).toBe(toHex(input));
        else expect(decoded.error.offset).toBeLessThanOrEqual(input.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe("heads", () => {
  test.each([
    ["24 spelled in two bytes more", "190018"],
    ["23 spelled with a byte", "1817"],
    ["255 spelled with two bytes", "1900ff"],
    ["65535 spelled with four", "1a0000ffff"],
    ["2^32 − 1 spelled with eight", "1b00000000ffffffff"],
  ])("[W4] %s is refused", (_what, encoding) => {
    expect(refusal(u53, encoding)).toBe("head not in its shortest form");
    // The same lie as a length.
    const first = (parseInt(encoding.slice(0, 2), 16) | 0x40).toString(16);
    expect(refusal(bytes(1 << 20), first + encoding.slice(2))).toBe("head not in its shortest form");
  });

  test.each(["17", "1818", "18ff", "190100", "19ffff", "1a00010000", "1affffffff", "1b0000000100000000", "1b001fffffffffffff"])(
    "[W4] %s is the one spelling of its number",
    (encoding) => {
      const decoded = decode(u53, hex(encoding));
      expect(decoded.ok && toHex(encode(u53, decoded.value))).toBe(encoding);
      expect(decoded.ok && cborg.decode(hex(encoding))).toBe(decoded.ok && decoded.value);
    },
  );

  test("[W4] integers of 2^53 and more are refused", () => {
    for (const encoding of ["1b0020000000000000", "1b0020000000000001", "1b8000000000000000", "1bffffffffffffffff"]) {
      expect(refusal(u53, encoding)).toBe("integer beyond 2^53");
    }
  });

  test("[W4] reserved and indefinite lengths are refused", () => {
    const byMajor = [
      [anyCodec(u53), 0],
      [anyCodec(bytes(9)), 2],
      [anyCodec(text(9)), 3],
      [anyCodec(list(u8, 9)), 4],
      [anyCodec(map(u8, 9)), 5],
    ] as const;
    for (const short of [28, 29, 30, 31]) {
      for (const [codec, major] of byMajor) {
        const opened = Uint8Array.of((major << 5) | short, 0x41, 0x00, 0xff);
        expect(refusal(codec, opened)).toBe("indefinite or reserved length");
      }
    }
  });
});

test("[W4] what the declarations never say is refused everywhere: negatives, tags, floats, undefined, other simple values", () => {
  const strangers = [
    "20",
    "3903e7",
    "c074",
    "c1186400",
    "d82a4100",
    "f90000",
    "f97e00",
    "fa47c35000",
    "fb7ff8000000000000",
    "f7",
    "f0",
    "f8ff",
    "ff",
  ];
  for (const codec of Object.values(codecs)) for (const stranger of strangers) refusal(codec, stranger);
});

test("[W4] map keys stand in the order of their encodings, none twice", () => {
  const codec = map(u8, 9);
  const good = encode(
    codec,
    new Map<number | string, number>([
      ["a", 3],
      [24, 2],
      [1, 1],
    ]),
  );
  expect(toHex(good)).toBe("a30101181802616103");
  expect(refusal(codec, "a2010101" + "02")).toBe("map keys out of order");
  expect(refusal(codec, "a218180101" + "02")).toBe("map keys out of order");
  expect(refusal(codec, "a2616101" + "0102")).toBe("map keys out of order");
});

test("[W4] text that is not UTF-8 in its one form is refused; every scalar value passes as it is", () => {
  for (const bad of ["61ff", "62c080", "63eda080", "64f4908080", "62c328", "63e28228"]) {
    expect(refusal(text(9), bad)).toBe("text is not UTF-8");
  }
  const bom = "\ufeffbom";
  expect(decode(text(9), encode(text(9), bom))).toEqual({ ok: true, value: bom });
});

describe("claims about length", () => {
  test("[W3] no claim makes us allocate: each is held against the limit and against what is left", () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const width of ["58ff", "59ffff", "5a7fffffff", "5b001fffffffffffff"]) {
      const reason = refusal(bytes(Number.MAX_SAFE_INTEGER), width);
      expect(["ends early"]).toContain(reason);
    }
    expect(refusal(list(u8, 2 ** 40), "9b0000010000000000")).toBe("list too long");
    expect(refusal(map(u8, 2 ** 40), "bb0000010000000000")).toBe("map too large");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });

  test("[W3] limits hold to the byte", () => {
    for (const max of [0, 1, 23, 24, 255, 256, 70_000]) {
      const longest = new Uint8Array(max);
      expect(decode(bytes(max), encode(bytes(max), longest))).toEqual({ ok: true, value: longest });
      expect(refusal(bytes(max), encode(bytes(max + 1), new Uint8Array(max + 1)))).toBe("byte string of a length not allowed");
      expect(refusal(text(max), encode(text(max + 1), "a".repeat(max + 1)))).toBe("text too long");
      const full = Array.from({ length: max }, () => 7);
      expect(decode(list(u8, max), encode(list(u8, max), full)).ok).toBe(true);
      expect(refusal(list(u8, max), encode(list(u8, max + 1), [...full, 7]))).toBe("list too long");
    }
    expect(refusal(bytes(4, 4), "43010203")).toBe("byte string of a length not allowed");
    expect(refusal(uint(9), "0a")).toBe("integer too large");
    expect(refusal(choice(["a", "b"]), "02")).toBe("unknown choice");
  });

  test("[W3] text is measured in bytes of UTF-8", () => {
    expect(decode(text(4), encode(text(4), "\u{1f600}")).ok).toBe(true);
    expect(() => encode(text(3), "\u{1f600}")).toThrow(RangeError);
  });

  test("[W3] nesting stops where the declaration says", () => {
    const nested = (depth: number): Tree => ({ label: depth, branches: depth === 1 ? [] : [nested(depth - 1)] });
    expect(decode(Tree, encode(Tree, nested(3))).ok).toBe(true);
    expect(refusal(Tree, encode(Tree, nested(4)))).toBe("nested too deeply");
    // Far beyond what a call stack holds.
    expect(
      refusal(
        Tree,
        new Uint8Array(1 << 20).map((_, i) => (i % 3 === 0 ? 0x82 : i % 3 === 1 ? 0 : 0x81)),
      ),
    ).toBe("nested too deeply");
  });

  test("[W3] siblings do not count as nesting", () => {
    const leaf: Tree = { label: 0, branches: [] };
    const wide: Tree = { label: 1, branches: [leaf, leaf, { label: 2, branches: [leaf, leaf] }, leaf] };
    expect(decode(Tree, encode(Tree, wide))).toEqual({ ok: true, value: wide });
  });
});

describe("objects", () => {
  const both = oneOf([Cat, Dog]);

  test("[W5] type and version open an object", () => {
    expect(toHex(encode(Cat, { type: "cat", name: "Tom", lives: 9 }))).toBe("84197001" + "01" + "63546f6d" + "09");
  });

  test("[W5] another type, version or number of fields is refused", () => {
    expect(refusal(Cat, encode(Dog, { type: "dog", name: "Rex", good: true }))).toBe("another type");
    expect(refusal(Cat, "84197001" + "02" + "63546f6d" + "09")).toBe("unknown version");
    expect(refusal(Cat, "83197001" + "01" + "63546f6d")).toBe("wrong number of fields");
    expect(refusal(Cat, "85197001" + "01" + "63546f6d" + "09" + "00")).toBe("wrong number of fields");
    expect(refusal(both, "84197003" + "01" + "63546f6d" + "09")).toBe("unknown type");
    expect(refusal(both, "80")).toBe("not an object");
    expect(refusal(both, "8100")).toBe("not an object");
    expect(refusal(both, "")).toBe("ends early");
  });

  test("[W5] one of several is told apart by its type alone", () => {
    const cat = { type: "cat", name: "x", lives: 1 } as const;
    expect(decode(both, encode(both, cat))).toEqual({ ok: true, value: cat });
    expect(toHex(encode(both, cat))).toBe(toHex(encode(Cat, cat)));
  });
});

describe("our own mistakes", () => {
  const bad: readonly (readonly [string, () => unknown])[] = [
    ["an integer above its limit", () => encode(u8, 256)],
    ["a negative integer", () => encode(u8, -1)],
    ["a fraction", () => encode(u8, 1.5)],
    ["not a number", () => encode(u53, Number.NaN)],
    ["infinity", () => encode(u53, Number.POSITIVE_INFINITY)],
    ["2^53", () => encode(u53, 2 ** 53)],
    ["bytes too long", () => encode(bytes(1), new Uint8Array(2))],
    ["bytes too short", () => encode(bytes(2, 2), new Uint8Array(1))],
    ["text too long", () => encode(text(1), "ab")],
    ["a lone surrogate", () => encode(text(9), "\ud800")],
    ["an unknown word", () => encode(choice(["a"]) as Codec<string>, "b")],
    ["too many items", () => encode(list(u8, 1), [1, 2])],
    ["too many entries", () => encode(map(u8, 0), new Map([[1, 1]]))],
    ["an object of no option", () => encode(anyCodec(oneOf([Cat])), { type: "dog" })],
    ["a missing field", () => encode(struct({ a: u8 }) as Codec<object>, {})],
  ];
  test.each(bad)("[W6] %s is thrown at, never sent", (_what, mistake) => {
    expect(mistake).toThrow();
  });

  test("[W6] a value holds nothing of the message it came in, and only what was declared", () => {
    const input = encode(struct({ a: bytes(4) }), { a: Uint8Array.of(1, 2, 3, 4) });
    const decoded = decode(struct({ a: bytes(4) }), input);
    input.fill(0);
    expect(decoded).toEqual({ ok: true, value: { a: Uint8Array.of(1, 2, 3, 4) } });
    if (decoded.ok) expect(decoded.value.a.buffer.byteLength).toBe(4);
  });

  test("[W6] a peer's words never become property names", () => {
    const codec = map(u8, 9);
    const hostile = new Map<string, number>([
      ["__proto__", 1],
      ["constructor", 2],
      ["toString", 3],
    ]);
    const decoded = decode(codec, encode(codec, hostile));
    expect(decoded.ok && decoded.value).toEqual(hostile);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Reflect.get({}, "1")).toBeUndefined();
  });

  test("[W2] a fault of ours inside a codec is not taken for a peer's", () => {
    const broken: Codec<never> = {
      shape: u8.shape,
      write: () => undefined,
      read: () => {
        throw new TypeError("a bug");
      },
    };
    expect(() => decode(broken, Uint8Array.of(0))).toThrow("a bug");
  });
});

test("[W3] the largest list that a frame can hold decodes without a deep stack", () => {
  const many = list(u32, 1 << 20);
  const value = Array.from({ length: 1 << 20 }, (_, i) => i % 20);
  const decoded = decode(many, encode(many, value));
  expect(decoded.ok && decoded.value.length).toBe(1 << 20);
});
