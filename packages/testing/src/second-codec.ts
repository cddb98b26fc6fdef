/**
 * The same encodings by another road: a declared value as the plain arrays, maps and numbers that any CBOR library
 * understands. What wire writes and what the library writes from this must be the same bytes.
 */
import type { FieldShape, Shape } from "@megachat/wire";

/** `value`, which is of this shape, in CBOR's own terms. Maps are `Map`s; their order is the library's to choose. */
export function asPlainCbor(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "uint":
    case "bool":
    case "bytes":
    case "text":
      return value;
    case "choice":
      return shape.values.indexOf(value as string);
    case "list":
      return (value as readonly unknown[]).map((item) => asPlainCbor(shape.item, item));
    case "map":
      return new Map([...(value as ReadonlyMap<unknown, unknown>)].map(([key, each]) => [key, asPlainCbor(shape.value, each)]));
    case "nullable":
      return value === null ? null : asPlainCbor(shape.inner, value);
    case "struct":
      return plainFields(shape.fields, value);
    case "object":
      return [shape.id, shape.version, ...plainFields(shape.fields, value)];
    case "union":
      return asPlainCbor(optionOf(shape.options, value), value);
    case "lazy":
      return asPlainCbor(shape.inner(), value);
  }
}

const plainFields = (fields: readonly FieldShape[], value: unknown): readonly unknown[] =>
  fields.map((field) => asPlainCbor(field.shape, (value as Readonly<Record<string, unknown>>)[field.name]));

function optionOf(options: readonly Shape[], value: unknown): Shape {
  const option = options.find((each) =>
    each.kind === "object" ? each.name === (value as { readonly type?: string }).type : fits(each, value),
  );
  if (!option) throw new RangeError("no option of this union");
  return option;
}

const fits = (shape: Shape, value: unknown): boolean =>
  shape.kind === "uint"
    ? typeof value === "number"
    : shape.kind === "text"
      ? typeof value === "string"
      : value instanceof Uint8Array;
