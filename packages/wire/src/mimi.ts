/**
 * MIMI message content (draft-ietf-mimi-content-08, its CDDL), the part of it that this product writes and reads. [C8]
 *
 * An array without our type and version: the format is the working group's, carried as it is inside our {@link Message}.
 */
import { bytes, fixed, lazy, list, map, nullable, text, u16, u32, u53, u8, uint, bool, struct, type Codec } from "./codec.ts";
import { MAX_TEXT, messageId } from "./message-objects.ts";

/** How a part is meant to be shown: the draft's `baseDispos`. */
export const disposition = {
  unspecified: 0,
  render: 1,
  reaction: 2,
  profile: 3,
  inline: 4,
  icon: 5,
  attachment: 6,
  session: 7,
  preview: 8,
} as const;

interface PartHead {
  readonly disposition: number;
  /** BCP 47, or empty. */
  readonly language: string;
}
export interface NullPart extends PartHead {
  readonly cardinality: "null";
}
export interface SinglePart extends PartHead {
  readonly cardinality: "single";
  readonly contentType: string;
  readonly content: Uint8Array;
}
/** Content kept elsewhere, sealed under a key given here. */
export interface ExternalPart extends PartHead {
  readonly cardinality: "external";
  readonly contentType: string;
  readonly url: string;
  /** Seconds since 1970; 0 for never. */
  readonly expires: number;
  readonly size: number;
  readonly encAlg: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly hashAlg: number;
  readonly contentHash: Uint8Array;
  readonly description: string;
  readonly filename: string;
}
export interface MultiPart extends PartHead {
  readonly cardinality: "multi";
  /** 0 choose one, 1 a single unit, 2 process all. */
  readonly semantics: number;
  readonly parts: readonly NestedPart[];
}
export type NestedPart = NullPart | SinglePart | ExternalPart | MultiPart;

const external = {
  contentType: text(255),
  url: text(2048),
  expires: u32,
  size: u53,
  encAlg: u16,
  key: bytes(64),
  nonce: bytes(64),
  aad: bytes(1024),
  hashAlg: u8,
  contentHash: bytes(64),
  description: text(4096),
  filename: text(1024),
};
const externalNames = Object.keys(external) as (keyof typeof external)[];
const contentType = text(255);
const content = bytes(MAX_TEXT);
const language = text(64);
const semantics = uint(2);

const nestedPart: Codec<NestedPart> = lazy(
  () => ({
    shape: { kind: "union", options: [] },
    write: (out, part) => {
      const tail = { null: 0, single: 2, external: externalNames.length, multi: 2 }[part.cardinality];
      out.head(4, 3 + tail);
      u8.write(out, part.disposition);
      language.write(out, part.language);
      out.head(0, ["null", "single", "external", "multi"].indexOf(part.cardinality));
      switch (part.cardinality) {
        case "null":
          return;
        case "single":
          contentType.write(out, part.contentType);
          content.write(out, part.content as Uint8Array<ArrayBuffer>);
          return;
        case "external":
          for (const name of externalNames) (external[name] as Codec<unknown>).write(out, part[name]);
          return;
        case "multi":
          semantics.write(out, part.semantics);
          parts.write(out, part.parts);
      }
    },
    read: (input) => {
      const count = input.head(4);
      const head = { disposition: u8.read(input), language: language.read(input) };
      const cardinality = input.head(0);
      const expect = (fields: number): void => {
        if (count !== 3 + fields) input.fail("wrong number of fields");
      };
      switch (cardinality) {
        case 0:
          expect(0);
          return { ...head, cardinality: "null" };
        case 1:
          expect(2);
          return { ...head, cardinality: "single", contentType: contentType.read(input), content: content.read(input) };
        case 2: {
          expect(externalNames.length);
          const fields: Record<string, unknown> = {};
          for (const name of externalNames) fields[name] = external[name].read(input);
          return { ...head, cardinality: "external", ...fields } as unknown as ExternalPart;
        }
        case 3: {
          expect(2);
          const value = { ...head, cardinality: "multi" as const, semantics: semantics.read(input), parts: parts.read(input) };
          return value.parts.length >= 2 ? value : input.fail("a multipart of fewer than two");
        }
        default:
          return input.fail("unknown cardinality");
      }
    },
  }),
  4,
);
const parts = list(nestedPart, 64);

/** An extension's value; only plain ones are read, anything else makes the content one to be shown as "update needed". */
const extensionValue: Codec<number | string | Uint8Array> = {
  shape: { kind: "union", options: [u53.shape, { kind: "text", max: 4096 }, { kind: "bytes", min: 0, max: 4096 }] },
  write: (out, value) => {
    if (typeof value === "number") u53.write(out, value);
    else if (typeof value === "string") text(4096).write(out, value);
    else bytes(4096).write(out, value as Uint8Array<ArrayBuffer>);
  },
  read: (input) => {
    const major = input.peekMajor();
    return major === 0 ? u53.read(input) : major === 3 ? text(4096).read(input) : bytes(4096).read(input);
  },
};

export const MimiContent = struct({
  /** 16 random bytes: two equal texts have different ids. */
  salt: fixed(16),
  replaces: nullable(messageId),
  topicId: bytes(64),
  expires: nullable(struct({ relative: bool, time: u32 })),
  inReplyTo: nullable(messageId),
  extensions: map(extensionValue, 16),
  nestedPart,
});
export interface MimiContent {
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly replaces: Uint8Array<ArrayBuffer> | null;
  readonly topicId: Uint8Array<ArrayBuffer>;
  readonly expires: { readonly relative: boolean; readonly time: number } | null;
  readonly inReplyTo: Uint8Array<ArrayBuffer> | null;
  readonly extensions: ReadonlyMap<number | string, number | string | Uint8Array>;
  readonly nestedPart: NestedPart;
}

/** The content of one part of a media type, as this product writes its messages. */
export const singlePart = (salt: Uint8Array<ArrayBuffer>, type: string, body: Uint8Array): MimiContent => ({
  salt,
  replaces: null,
  topicId: new Uint8Array(0),
  expires: null,
  inReplyTo: null,
  extensions: new Map(),
  nestedPart: { cardinality: "single", disposition: disposition.render, language: "", contentType: type, content: body },
});
