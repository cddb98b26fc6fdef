/** The tables that follow from wire's declarations: what messages look like, which ids are taken, what the server sees. */
import * as wire from "@megachat/wire";
import type { Codec, Exposure, FieldShape, ObjectCodec, Shape } from "@megachat/wire";
import { columns } from "../../apps/server/src/store/columns.ts";
import { rulesIn } from "./rules.ts";
import { ownFiles, readOwn } from "./sources.ts";

type ObjectShape = Extract<Shape, { readonly kind: "object" }>;

const isCodec = (value: unknown): value is Codec<unknown> =>
  typeof value === "object" && value !== null && "shape" in value && "read" in value;
const isObject = (codec: Codec<unknown>): codec is ObjectCodec<string, unknown> => "id" in codec;

/** Every object of the registry, with those that only appear inside others, by type. */
export function registry(): readonly ObjectShape[] {
  const found = new Map<number, ObjectShape>();
  const visit = (shape: Shape): void => {
    if (shape.kind === "object") {
      if (found.has(shape.id)) return;
      found.set(shape.id, shape);
    }
    for (const part of partsOf(shape)) visit(part);
  };
  for (const value of Object.values<unknown>({ ...wire })) if (isCodec(value)) visit(value.shape);
  return [...found.values()].sort((a, b) => a.id - b.id);
}

function partsOf(shape: Shape): readonly Shape[] {
  switch (shape.kind) {
    case "list":
      return [shape.item];
    case "map":
      return [shape.value];
    case "nullable":
      return [shape.inner];
    case "struct":
    case "object":
      return shape.fields.map((field) => field.shape);
    case "union":
      return shape.options;
    default:
      return [];
  }
}

const hex = (id: number): string => `0x${id.toString(16).padStart(4, "0")}`;
const count = (n: number): string => n.toLocaleString("en-US");
const NAMED: ReadonlyMap<number, string> = new Map([
  [0xff, "u8"],
  [0xffff, "u16"],
  [0xffff_ffff, "u32"],
  [Number.MAX_SAFE_INTEGER, "u53"],
]);

/** The shape in words, as the tables show it. */
export function describe(shape: Shape): string {
  switch (shape.kind) {
    case "uint":
      return NAMED.get(shape.max) ?? `0…${count(shape.max)}`;
    case "bool":
      return "bool";
    case "bytes":
      return shape.min === shape.max
        ? `${count(shape.max)} B`
        : `${shape.min > 0 ? `${count(shape.min)}…` : "≤ "}${count(shape.max)} B`;
    case "text":
      return `text ≤ ${count(shape.max)} B`;
    case "choice":
      return shape.values.map((value) => `“${value}”`).join(" ");
    case "list":
      return `≤ ${count(shape.max)} × ${describe(shape.item)}`;
    case "map":
      return `map ≤ ${count(shape.max)} of ${describe(shape.value)}`;
    case "nullable":
      return `${describe(shape.inner)} or null`;
    case "struct":
      return `{ ${fieldsInWords(shape.fields)} }`;
    case "object":
      return `*${shape.name}*`;
    case "union":
      return shape.options.map(describe).join(" or ");
    case "lazy":
      return "nested";
  }
}

const fieldsInWords = (fields: readonly FieldShape[]): string =>
  fields.map(({ name, shape }) => `\`${name}\` ${describe(shape)}`).join(", ");

/** Which answers a request may get besides `refused` and `slowDown`, read from the type that says so. */
export function repliesByRequest(): ReadonlyMap<string, readonly string[]> {
  const body = /export interface ReplyTo \{([^}]*)\}/.exec(readOwn("packages/wire/src/transport.ts"))?.[1] ?? "";
  return new Map(
    [...body.matchAll(/readonly (\w+): ([^;]+);/g)].map((match) => [
      match[1] ?? "",
      [...(match[2] ?? "").matchAll(/"(\w+)"/g)].map((word) => word[1] ?? ""),
    ]),
  );
}

const objectRows = (objects: readonly ObjectCodec<string, unknown>[]): readonly string[] =>
  objects.map((object) => `| ${hex(object.id)} | \`${object.name}\` | ${fieldsOf(object)} |`);
const fieldsOf = (object: Codec<unknown>): string => (object.shape.kind === "object" && fieldsInWords(object.shape.fields)) || "—";

const asObjects = (codecs: readonly unknown[]): readonly ObjectCodec<string, unknown>[] => codecs.filter(isCodec).filter(isObject);

/** The messages between browser and server. */
export function wireTables(): string {
  const replies = repliesByRequest();
  const requestRows = asObjects(wire.requests).map(
    (object) =>
      `| ${hex(object.id)} | \`${object.name}\` | ${fieldsOf(object)} | ${(replies.get(object.name) ?? []).map((name) => `\`${name}\``).join(" ")} |`,
  );
  const closing = Object.entries(wire.closeCode).map(([name, code]) => `| ${code} | \`${name}\` |`);
  return [
    "### Requests",
    "",
    "Besides what the last column says, each may be answered `refused` or `slowDown`.",
    "",
    table(["type", "request", "fields", "answered with"], requestRows),
    "",
    "### Replies",
    "",
    table(["type", "reply", "fields"], objectRows(asObjects(wire.replies))),
    "",
    "### Pushes",
    "",
    table(["type", "push", "fields"], objectRows(asObjects(wire.pushes))),
    "",
    "### Close codes",
    "",
    table(["code", "name"], closing),
  ].join("\n");
}

/** The files of `spec/` that hold rules, with their letters and what they say they are about. */
export function ruleFilesTable(): string {
  const rows = ownFiles("spec/*.md").flatMap((file) => {
    const text = readOwn(file);
    const letters = [...new Set(rulesIn(text).map((id) => id.charAt(0)))].sort();
    const name = file.slice("spec/".length);
    return letters.length === 0
      ? []
      : [{ letters, row: `| ${letters.join(" ")} | [${name}](${name}) | ${/^# (.*)$/m.exec(text)?.[1] ?? ""} |` }];
  });
  rows.sort((a, b) => (a.letters[0] ?? "").localeCompare(b.letters[0] ?? ""));
  return table(
    ["letter", "file", "about"],
    rows.map(({ row }) => row),
  );
}

/** The decisions, by number and title. */
export function decisionsTable(): string {
  const rows = ownFiles("docs/decisions/[0-9]*.md").map((file) => {
    const name = file.split("/").at(-1) ?? "";
    const title = /^# (?:\d+[:.]?\s*)?(.*)$/m.exec(readOwn(file))?.[1] ?? "";
    return `| [${name.slice(0, 4)}](${name}) | ${title} |`;
  });
  return table(["number", "decision"], rows);
}

/** Types that are taken, and where they are declared. */
export function registryTable(): string {
  const sources = ownFiles("packages/wire/src/*.ts").filter((file) => !file.endsWith(".test.ts"));
  const home = (id: number): string => {
    const file = sources.find((each) => new RegExp(`object\\(\\s*"\\w+",\\s*${hex(id)},`, "i").test(readOwn(each)));
    return file === undefined ? "?" : `[\`${file.split("/").at(-1) ?? ""}\`](../${file})`;
  };
  const rows = registry().map((object) => `| ${hex(object.id)} | ${object.version} | \`${object.name}\` | ${home(object.id)} |`);
  return table(["type", "version", "object", "declared in"], rows);
}

export interface Seen {
  readonly message: string;
  readonly field: string;
  readonly exposure: Exposure | undefined;
  readonly shape: Shape;
}

/** Every field that crosses between browser and server. */
export function fieldsThatCross(): readonly Seen[] {
  return asObjects([...wire.requests, ...wire.replies, ...wire.pushes]).flatMap((object) =>
    leavesOf(object.name, "", object.shape),
  );
}

function leavesOf(message: string, path: string, shape: Shape): readonly Seen[] {
  if (shape.kind !== "struct" && shape.kind !== "object") return partsOf(shape).flatMap((part) => leavesOf(message, path, part));
  return shape.fields.flatMap((field): readonly Seen[] => {
    const at = path === "" ? field.name : `${path}.${field.name}`;
    const inner = field.exposure ? [] : leavesOf(message, at, field.shape);
    return inner.length > 0 ? inner : [{ message, field: at, exposure: field.exposure, shape: field.shape }];
  });
}

/** What the server can read, field by field; fields of one name and meaning share a row. */
export function serverView(): string {
  const grouped = new Map<
    string,
    { readonly field: string; readonly learns: string; readonly messages: string[]; readonly order: number }
  >();
  for (const { message, field, exposure, shape } of fieldsThatCross()) {
    const name = field.split(".").at(-1) ?? field;
    const { learns, order } = inWords(exposure, ` (${describe(shape)})`);
    const key = `${name}\n${learns}`;
    const row = grouped.get(key) ?? { field: name, learns, messages: [], order };
    if (!row.messages.includes(message)) row.messages.push(message);
    grouped.set(key, row);
  }
  const rows = [...grouped.values()]
    .sort((a, b) => a.order - b.order)
    .map(({ field, learns, messages }) => `| \`${field}\` | ${learns} | ${messages.map((name) => `\`${name}\``).join(" ")} |`);
  return table(["field", "what the server learns", "carried by"], rows);
}

function inWords(exposure: Exposure | undefined, size: string): { readonly learns: string; readonly order: number } {
  if (!exposure) return { learns: "**not declared**", order: 0 };
  switch (exposure.to) {
    case "public":
      return { learns: `**public**: ${exposure.why}`, order: 1 };
    case "id":
      return { learns: "**id**: names something, says nothing about it", order: 2 };
    case "sealed":
      return { learns: `**sealed**: its size only${size}`, order: 3 };
  }
}

/** What lies in the server's database, column by column. */
export function diskTable(): string {
  const rows = Object.entries(columns).flatMap(([name, of]) =>
    Object.entries(of).map(([column, exposure]) => `| \`${name}\` | \`${column}\` | ${inWords(exposure, "").learns} |`),
  );
  return table(["table", "column", "what the server holds"], rows);
}

function table(head: readonly string[], rows: readonly string[]): string {
  return [`| ${head.join(" | ")} |`, `|${head.map(() => " --- |").join("")}`, ...rows].join("\n");
}
