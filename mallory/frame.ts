/**
 * The server's frames as plain CBOR, and every field of them by name. Both come from the wire's own declarations, so a
 * new message or field is attacked from the day it is declared.
 */
import { asPlainCbor } from "@megachat/testing/second-codec";
import { ServerFrame, type Shape } from "@megachat/wire";
import * as cborg from "cborg";

/** An array in place of every object, struct and list; what stands in it can be changed. */
export type Plain = unknown[];

/** One field of one message from the server. */
export interface Field {
  /** `rows.rows[].body`. The whole message has its bare name; what every object opens with stands in brackets. */
  readonly name: string;
  /** The message it is part of; `reply` and `push` are the frames themselves. */
  readonly message: string;
  readonly shape: Shape;
  /** From the frame's root to the field. */
  readonly steps: readonly Step[];
}
type Step = number | "each";

/** Where a field stands in one frame. */
export interface Place {
  readonly parent: Plain;
  readonly index: number;
}

export const plainOf = (frame: ServerFrame): Plain => asPlainCbor(ServerFrame.shape, frame) as Plain;
export const bytesOf = (plain: unknown): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(cborg.encode(plain, cborg.rfc8949EncodeOptions));

/** A copy whose arrays are its own. Byte strings are shared: whoever changes one replaces it. */
export const copyOf = (plain: unknown): unknown => (Array.isArray(plain) ? plain.map(copyOf) : plain);

// —— Fields ——————————————————————————————————————————————————————————————————————————————————————————————

type ObjectShape = Extract<Shape, { readonly kind: "object" }>;

/** Behind type and version. */
const FIRST = 2;

/** Every field of everything a server may say. */
export function fieldsOfFrames(): readonly Field[] {
  return optionsOf(ServerFrame.shape).flatMap((frame) =>
    objectFields(frame, frame.name, []).flatMap((field) =>
      field.shape.kind === "union" ? optionsOf(field.shape).flatMap((message) => messageFields(message, field.steps)) : [field],
    ),
  );
}

function optionsOf(shape: Shape): readonly ObjectShape[] {
  const options = shape.kind === "union" ? shape.options : [shape];
  return options.map((option) => {
    if (option.kind !== "object") throw new Error(`a frame of a kind that has no name: ${option.kind}`);
    return option;
  });
}

const messageFields = (message: ObjectShape, steps: readonly Step[]): readonly Field[] => [
  { name: message.name, message: message.name, shape: message, steps },
  ...objectFields(message, message.name, steps),
];

function objectFields(shape: ObjectShape, message: string, steps: readonly Step[]): readonly Field[] {
  const { name } = shape;
  return [
    { name: `${name}.(type)`, message, shape: { kind: "uint", max: 0xffff }, steps: [...steps, 0] },
    { name: `${name}.(version)`, message, shape: { kind: "uint", max: 0xff }, steps: [...steps, 1] },
    ...shape.fields.flatMap((field, i) => walk(field.shape, `${name}.${field.name}`, message, [...steps, i + FIRST])),
  ];
}

function walk(shape: Shape, name: string, message: string, steps: readonly Step[]): readonly Field[] {
  return [{ name, message, shape, steps }, ...inside(shape, name, message, steps)];
}

function inside(shape: Shape, name: string, message: string, steps: readonly Step[]): readonly Field[] {
  switch (shape.kind) {
    case "struct":
      return shape.fields.flatMap((field, i) => walk(field.shape, `${name}.${field.name}`, message, [...steps, i]));
    case "list":
      return walk(shape.item, `${name}[]`, message, [...steps, "each"]);
    case "nullable":
      return inside(shape.inner, name, message, steps);
    case "map":
    case "lazy":
    case "object":
      throw new Error(`${name}: say how a ${shape.kind} inside a message is attacked`);
    case "union":
    case "uint":
    case "bool":
    case "bytes":
    case "text":
    case "choice":
      return [];
  }
}

/** Where the field stands in this frame: several places in a list, none where an option or a null is in the way. */
export function placesOf(frame: Plain, { steps }: Field): readonly Place[] {
  let places: readonly Place[] = [{ parent: [frame], index: 0 }];
  for (const step of steps) {
    places = places.flatMap(({ parent, index }) => {
      const node = parent[index];
      if (!Array.isArray(node)) return [];
      const inner: Plain = node;
      return step === "each"
        ? inner.map((_, i) => ({ parent: inner, index: i }))
        : step < inner.length
          ? [{ parent: inner, index: step }]
          : [];
    });
  }
  return places;
}

// —— Well-formed or not ——————————————————————————————————————————————————————————————————————————————————

/**
 * Whether a plain value is one of the shape's. Written apart from the decoder: the decoder is what is tried, so it cannot
 * be the judge of what it has to refuse.
 */
export function isOf(shape: Shape, plain: unknown): boolean {
  switch (shape.kind) {
    case "uint":
      return isWhole(plain) && plain <= shape.max;
    case "bool":
      return typeof plain === "boolean";
    case "bytes":
      return plain instanceof Uint8Array && plain.length >= shape.min && plain.length <= shape.max;
    case "text":
      return typeof plain === "string" && Buffer.byteLength(plain) <= shape.max;
    case "choice":
      return isWhole(plain) && plain < shape.values.length;
    case "list":
      return Array.isArray(plain) && plain.length <= shape.max && plain.every((each) => isOf(shape.item, each));
    case "nullable":
      return plain === null || isOf(shape.inner, plain);
    case "struct":
      return isArrayOf(shape.fields, plain);
    case "object":
      return (
        Array.isArray(plain) && plain[0] === shape.id && plain[1] === shape.version && isArrayOf(shape.fields, plain.slice(FIRST))
      );
    case "union":
      return shape.options.some((option) => isOf(option, plain));
    case "map":
    case "lazy":
      throw new Error(`say when a ${shape.kind} is well-formed`);
  }
}

const isWhole = (plain: unknown): plain is number => Number.isSafeInteger(plain) && (plain as number) >= 0;
const isArrayOf = (fields: readonly { readonly shape: Shape }[], plain: unknown): boolean =>
  Array.isArray(plain) && plain.length === fields.length && fields.every(({ shape }, i) => isOf(shape, plain[i]));

export const isFrame = (plain: unknown): boolean => isOf(ServerFrame.shape, plain);

/** Whether bytes are the one encoding of a frame, in the judgement of another decoder. */
export function isEncoding(bytes: Uint8Array): boolean {
  try {
    const plain = cborg.decode(bytes, { useMaps: true, strict: true }) as Plain;
    return isFrame(plain) && Buffer.compare(bytesOf(plain), bytes) === 0;
  } catch {
    return false;
  }
}
