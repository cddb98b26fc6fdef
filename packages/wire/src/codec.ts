/**
 * Bytes become values here and nowhere else. [W1–W6]
 *
 * One declaration is the type, the encoder, the decoder, the limit and the documentation. The encoding is a subset of
 * deterministic CBOR (RFC 8949 §4.2.1): unsigned integers, byte strings, text, arrays, maps with sorted keys, false,
 * true and null, each with the shortest head and a definite length. A decoder is total, reads everything, bounds every
 * length before it allocates, and accepts one encoding per value.
 */
import { compareBytes, decodeUtf8, encodeUtf8, err, ok, type Result } from "@megachat/base";
import { Input, Malformed, Output } from "./cbor.ts";

/** Why bytes were refused. The offset is where reading stopped. */
export interface DecodeError {
  readonly type: "malformed";
  readonly reason: string;
  readonly offset: number;
}

/** What a codec looks like, for generated tables and generated mutations. */
export type Shape =
  | { readonly kind: "uint"; readonly max: number }
  | { readonly kind: "bool" }
  | { readonly kind: "bytes"; readonly min: number; readonly max: number }
  | { readonly kind: "text"; readonly max: number }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly item: Shape; readonly max: number }
  | { readonly kind: "map"; readonly value: Shape; readonly max: number }
  | { readonly kind: "nullable"; readonly inner: Shape }
  | { readonly kind: "struct"; readonly fields: readonly FieldShape[] }
  | {
      readonly kind: "object";
      readonly name: string;
      readonly id: number;
      readonly version: number;
      readonly fields: readonly FieldShape[];
    }
  | { readonly kind: "union"; readonly options: readonly Shape[] }
  | { readonly kind: "lazy"; readonly inner: () => Shape };
export interface FieldShape {
  readonly name: string;
  readonly shape: Shape;
  readonly exposure: Exposure | undefined;
}

/** What the server learns from a field it carries. [W7] */
export type Exposure = { readonly to: "sealed" } | { readonly to: "id" } | { readonly to: "public"; readonly why: string };

export interface Codec<T> {
  readonly shape: Shape;
  readonly exposure?: Exposure;
  /** Appends `value`. Throws on a value outside the type: that is a bug of ours. */
  readonly write: (out: Output, value: T) => void;
  /** Takes one value off the input, or throws {@link Malformed}, which {@link decode} turns into an error. */
  readonly read: (input: Input) => T;
}
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

/** The one encoding of `value`. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array<ArrayBuffer> {
  const out = new Output();
  codec.write(out, value);
  return out.finish();
}

/** The value of `bytes`, or why there is none. Never throws, whatever the bytes. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): Result<T, DecodeError> {
  const input = new Input(bytes);
  try {
    const value = codec.read(input);
    return input.atEnd() ? ok(value) : err({ type: "malformed", reason: "trailing bytes", offset: input.offset });
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
    return err({ type: "malformed", reason: fault.reason, offset: fault.offset });
  }
}

/** An unsigned integer up to `max`. */
export const uint = (max: number): Codec<number> => ({
  shape: { kind: "uint", max },
  write: (out, value) => {
    if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new RangeError(`not an integer of 0…${max}`);
    out.head(0, value);
  },
  read: (input) => {
    const value = input.head(0);
    return value <= max ? value : input.fail("integer too large");
  },
});
export const u8 = uint(0xff);
export const u16 = uint(0xffff);
export const u32 = uint(0xffff_ffff);
export const u53 = uint(Number.MAX_SAFE_INTEGER);

export const bool: Codec<boolean> = {
  shape: { kind: "bool" },
  write: (out, value) => out.byte(value ? 0xf5 : 0xf4),
  read: (input) => {
    const byte = input.byte();
    return byte === 0xf5 || byte === 0xf4 ? byte === 0xf5 : input.fail("not a boolean");
  },
};

/** `min`…`max` bytes, copied out of the input. */
export const bytes = (max: number, min = 0): Codec<Uint8Array<ArrayBuffer>> => ({
  shape: { kind: "bytes", min, max },
  write: (out, value) => {
    if (value.length < min || value.length > max) throw new RangeError(`not ${min}…${max} bytes`);
    out.head(2, value.length);
    out.bytes(value);
  },
  read: (input) => {
    const length = input.head(2);
    if (length < min || length > max) input.fail("byte string of a length not allowed");
    return input.take(length);
  },
});
/** Exactly `length` bytes. */
export const fixed = (length: number): Codec<Uint8Array<ArrayBuffer>> => bytes(length, length);
/** The product's ids: 16 random bytes. */
export const id16 = fixed(16);
/** A SHA-256. */
export const hash32 = fixed(32);

/** Well-formed text of at most `max` UTF-8 bytes. */
export const text = (max: number): Codec<string> => ({
  shape: { kind: "text", max },
  write: (out, value) => {
    if (!value.isWellFormed()) throw new RangeError("text with a lone surrogate");
    const utf8 = encodeUtf8(value);
    if (utf8.length > max) throw new RangeError(`text over ${max} bytes`);
    out.head(3, utf8.length);
    out.bytes(utf8);
  },
  read: (input) => {
    const length = input.head(3);
    if (length > max) input.fail("text too long");
    const value = decodeUtf8(input.take(length));
    return value.ok ? value.value : input.fail("text is not UTF-8");
  },
});

/** One of a few words, as its index. */
export const choice = <const W extends string>(values: readonly W[]): Codec<W> => ({
  shape: { kind: "choice", values },
  write: (out, value) => out.head(0, values.indexOf(value)),
  read: (input) => values[input.head(0)] ?? input.fail("unknown choice"),
});

/** At most `max` items. The claimed count is checked against the bytes left, since an item takes at least one. */
export const list = <T>(item: Codec<T>, max: number): Codec<readonly T[]> => ({
  ...exposureOf(item),
  shape: { kind: "list", item: item.shape, max },
  write: (out, value) => {
    if (value.length > max) throw new RangeError(`more than ${max} items`);
    out.head(4, value.length);
    for (const each of value) item.write(out, each);
  },
  read: (input) => {
    const count = input.head(4);
    if (count > max || count > input.left) input.fail("list too long");
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(item.read(input));
    return items;
  },
});

/** A map from integers or text to `value`, keys in the bytewise order of their encodings (RFC 8949 §4.2.1). */
export const map = <T>(value: Codec<T>, max: number): Codec<ReadonlyMap<number | string, T>> => {
  const key: Codec<number | string> = {
    shape: { kind: "union", options: [u53.shape, { kind: "text", max: 255 }] },
    write: (out, each) => (typeof each === "number" ? u53.write(out, each) : text(255).write(out, each)),
    read: (input) => (input.peekMajor() === 0 ? u53.read(input) : text(255).read(input)),
  };
  return {
    shape: { kind: "map", value: value.shape, max },
    write: (out, entries) => {
      if (entries.size > max) throw new RangeError(`more than ${max} entries`);
      const rows = [...entries].map(([k, v]) => [encode(key, k), v] as const);
      rows.sort(([a], [b]) => compareBytes(a, b));
      out.head(5, rows.length);
      for (const [k, v] of rows) {
        out.bytes(k);
        value.write(out, v);
      }
    },
    read: (input) => {
      const count = input.head(5);
      if (count > max || count * 2 > input.left) input.fail("map too large");
      const entries = new Map<number | string, T>();
      let previous: Uint8Array | undefined;
      for (let i = 0; i < count; i++) {
        const start = input.offset;
        const name = key.read(input);
        const written = input.since(start);
        if (previous && compareBytes(previous, written) >= 0) input.fail("map keys out of order");
        previous = written;
        entries.set(name, value.read(input));
      }
      return entries;
    },
  };
};

export const nullable = <T>(inner: Codec<T>): Codec<T | null> => ({
  ...exposureOf(inner),
  shape: { kind: "nullable", inner: inner.shape },
  write: (out, value) => (value === null ? out.byte(0xf6) : inner.write(out, value)),
  read: (input) => (input.skipIf(0xf6) ? null : inner.read(input)),
});

/** For declarations that contain themselves. Depth is bounded by `maxDepth` nested uses. */
export const lazy = <T>(make: () => Codec<T>, maxDepth: number): Codec<T> => ({
  shape: { kind: "lazy", inner: () => make().shape },
  write: (out, value) => make().write(out, value),
  read: (input) => input.nested(maxDepth, () => make().read(input)),
});

// Field codecs of any value type: the mapped type below gives each its own again.
// oxlint-disable-next-line typescript/no-explicit-any -- Codec is invariant, so `unknown` would admit none of them.
type AnyCodec = Codec<any>;
type Fields = Readonly<Record<string, AnyCodec>>;
type Struct<F> = { readonly [K in keyof F]: F[K] extends Codec<infer T> ? T : never };

/** Named fields, written as an array in the order of their declaration. */
export const struct = <F extends { readonly [K in keyof F]: AnyCodec }>(fields: F): Codec<Struct<F>> => {
  const entries = Object.entries<AnyCodec>(fields);
  return {
    shape: { kind: "struct", fields: fieldShapes(fields) },
    write: (out, value) => {
      out.head(4, entries.length);
      writeFields(out, entries, value);
    },
    read: (input) => {
      if (input.head(4) !== entries.length) input.fail("wrong number of fields");
      return readFields(input, entries, {}) as Struct<F>;
    },
  };
};

export interface ObjectCodec<N extends string, T> extends Codec<T> {
  readonly name: N;
  readonly id: number;
  readonly version: number;
}

/** An object of the registry: type (u16) and version (u8) open it, so nothing of one type passes as another. [W5] */
export const object = <const N extends string, F extends { readonly [K in keyof F]: AnyCodec }>(
  name: N,
  id: number,
  version: number,
  fields: F,
): ObjectCodec<N, { readonly type: N } & Struct<F>> => {
  const entries = Object.entries<AnyCodec>(fields);
  return {
    name,
    id,
    version,
    shape: { kind: "object", name, id, version, fields: fieldShapes(fields) },
    write: (out, value) => {
      out.head(4, entries.length + 2);
      u16.write(out, id);
      u8.write(out, version);
      writeFields(out, entries, value);
    },
    read: (input) => {
      const count = input.head(4);
      if (u16.read(input) !== id) input.fail("another type");
      if (u8.read(input) !== version) input.fail("unknown version");
      if (count !== entries.length + 2) input.fail("wrong number of fields");
      return readFields(input, entries, { type: name }) as { readonly type: N } & Struct<F>;
    },
  };
};

/** One of several objects, told apart by their type. */
// oxlint-disable-next-line typescript/no-explicit-any -- as for AnyCodec.
export const oneOf = <const O extends readonly ObjectCodec<string, any>[]>(options: O): Codec<ValueOf<O[number]>> => {
  const byName = new Map(options.map((option) => [option.name, option]));
  const byId = new Map(options.map((option) => [option.id, option]));
  return {
    shape: { kind: "union", options: options.map((option) => option.shape) },
    write: (out, value: { readonly type: string }) => {
      const option = byName.get(value.type);
      if (!option) throw new RangeError(`no option ${value.type}`);
      option.write(out, value);
    },
    read: (input) => (byId.get(input.peekType()) ?? input.fail("unknown type")).read(input) as ValueOf<O[number]>,
  };
};

/** What the server may learn from a field: nothing but its size. */
export const sealed = <T>(codec: Codec<T>): Codec<T> => ({ ...codec, exposure: { to: "sealed" } });
/** A random or derived identifier that the server needs in order to route. */
export const ident = <T>(codec: Codec<T>): Codec<T> => ({ ...codec, exposure: { to: "id" } });
/** A value the server reads, and why it must. */
export const open = <T>(codec: Codec<T>, why: string): Codec<T> => ({ ...codec, exposure: { to: "public", why } });

/** A list of sealed things is sealed, and so is a sealed thing that may be absent. */
function exposureOf(codec: { readonly exposure?: Exposure }): { readonly exposure?: Exposure } {
  return codec.exposure ? { exposure: codec.exposure } : {};
}

const fieldShapes = (fields: Fields): readonly FieldShape[] =>
  Object.entries<AnyCodec>(fields).map(([name, codec]) => ({ name, shape: codec.shape, exposure: codec.exposure }));

function writeFields(out: Output, entries: readonly [string, AnyCodec][], value: Readonly<Record<string, unknown>>): void {
  for (const [name, codec] of entries) codec.write(out, value[name]);
}

function readFields(input: Input, entries: readonly [string, AnyCodec][], start: Record<string, unknown>): unknown {
  for (const [name, codec] of entries) start[name] = codec.read(input);
  return start;
}
