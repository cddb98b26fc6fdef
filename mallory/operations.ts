/**
 * What Mallory does to a field, and to a frame as a whole. A changed value comes well-formed where that is possible;
 * where it is not, the client's decoder has to refuse the frame.
 */
import type { Random } from "@megachat/base";
import { pushes, replies, requests, type Reply, type Shape } from "@megachat/wire";
import { mayAnswer } from "../packages/worker/src/link/replies.ts";
import { bytesOf, copyOf, placesOf, type Field, type Place, type Plain } from "./frame.ts";

export const operations = [
  "drop",
  "duplicate",
  "late",
  "bitFlip",
  "truncate",
  "extend",
  "swapType",
  "stale",
  "otherUser",
  "otherConversation",
  "otherEpoch",
  "min",
  "max",
  "negative",
  "huge",
] as const;
export type Operation = (typeof operations)[number];

/** A frame as the honest server sent it. */
export interface Sent {
  readonly to: string;
  readonly message: string;
  /** What it speaks of: a log, an account or a handle, in a word; empty where it is of nothing in particular. */
  readonly about: string;
  readonly isLog: boolean;
  readonly turn: number | null;
  readonly plain: Plain;
}

/** What goes out in place of a frame: each is a frame's bytes, and `late` ones follow the next frame. */
export interface Bent {
  readonly now: readonly Uint8Array<ArrayBuffer>[];
  readonly late: readonly Uint8Array<ArrayBuffer>[];
  /** What it has become; null for bytes that are no CBOR any more. */
  readonly plain: Plain | null;
}

export type Chance = Random & { readonly below: (bound: number) => number };

/** The operations that make sense for a field. A field × operation of these exists, whether a life reaches it or not. */
export function operationsOn({ name, message, shape }: Field): readonly Operation[] {
  const donors = donorsOf(message);
  if (name === message) return ["drop", "duplicate", "late", "bitFlip", "truncate", "extend", "swapType", ...donors];
  // What every frame of its kind opens with is the same everywhere.
  if (name.endsWith(")")) return ["drop", "duplicate", ...operationsOfShape(shape), "swapType"];
  return ["drop", "duplicate", ...operationsOfShape(shape), "swapType", ...donors];
}

const MESSAGES: ReadonlyMap<string, Shape> = new Map([...requests, ...replies, ...pushes].map(({ name, shape }) => [name, shape]));

/** Only what speaks of a log has one of another conversation, and only what knows its turn one of another epoch. */
function donorsOf(message: string): readonly Operation[] {
  const asked = requests.filter(
    ({ name }) => replies.some((reply) => reply.name === message) && mayAnswer(name, message as Reply["type"]),
  );
  const all = [MESSAGES.get(message), ...asked.map(({ shape }) => shape)];
  const has = (field: string): boolean => all.some((shape) => shape !== undefined && hasField(shape, field));
  return [
    "stale",
    "otherUser",
    ...(has("log") ? ["otherConversation" as const] : []),
    ...(has("turn") ? ["otherEpoch" as const] : []),
  ];
}

function hasField(shape: Shape, field: string): boolean {
  switch (shape.kind) {
    case "struct":
    case "object":
      return shape.fields.some(({ name, shape: inner }) => name === field || hasField(inner, field));
    case "list":
      return hasField(shape.item, field);
    case "nullable":
      return hasField(shape.inner, field);
    default:
      return false;
  }
}

function operationsOfShape(shape: Shape): readonly Operation[] {
  switch (shape.kind) {
    case "uint":
    case "choice":
      return ["bitFlip", "min", "max", "negative", "huge"];
    case "bool":
      return ["bitFlip"];
    case "bytes":
      return ["bitFlip", "truncate", "extend", "min", "max", "huge"];
    case "text":
      return ["bitFlip", "truncate", "extend", "min", "max", "huge"];
    case "list":
      return ["truncate", "extend", "min", "huge"];
    case "nullable":
      return [...new Set(["min" as const, ...operationsOfShape(shape.inner)])];
    case "map":
    case "struct":
    case "object":
    case "union":
    case "lazy":
      return [];
  }
}

/** The frame with one field bent, or undefined where the operation cannot be done to it, or changes nothing. */
export function bend(sent: Sent, field: Field, operation: Operation, history: readonly Sent[], chance: Chance): Bent | undefined {
  const honest = bytesOf(sent.plain);
  const bent =
    field.name === field.message
      ? bendFrame(sent, operation, history, chance, honest)
      : bendField(sent, field, operation, history, chance);
  const isSame = bent?.late.length === 0 && bent.now.length === 1 && Buffer.compare(bent.now[0] ?? honest, honest) === 0;
  return isSame ? undefined : bent;
}

const whole = (plain: Plain): Bent => ({ now: [bytesOf(plain)], late: [], plain });
const raw = (bytes: Uint8Array<ArrayBuffer>): Bent => ({ now: [bytes], late: [], plain: null });

// —— Whole frames ————————————————————————————————————————————————————————————————————————————————————————

function bendFrame(
  sent: Sent,
  operation: Operation,
  history: readonly Sent[],
  chance: Chance,
  honest: Uint8Array<ArrayBuffer>,
): Bent | undefined {
  switch (operation) {
    case "drop":
      return { now: [], late: [], plain: sent.plain };
    case "duplicate":
      return { now: [honest, honest], late: [], plain: sent.plain };
    case "late":
      return { now: [], late: [honest], plain: sent.plain };
    case "bitFlip":
      return raw(flipped(honest, chance));
    case "truncate":
      return raw(honest.slice(0, chance.below(honest.length)));
    case "extend":
      return raw(Uint8Array.from([...honest, ...chance.bytes(1 + chance.below(4))]));
    case "swapType":
      return withMessage(
        sent,
        oneOf(
          history.filter((other) => other.message !== sent.message && other.plain[0] === sent.plain[0]),
          chance,
        )?.plain,
      );
    default:
      return withMessage(
        sent,
        donorOf({
          sent,
          operation,
          history,
          chance,
          honest: sent.plain.at(-1),
          valueOf: (other) => other.plain.at(-1),
          others: [],
        }),
      );
  }
}

/** Another message in this frame: a reply keeps the number that pairs it with its request. */
function withMessage(sent: Sent, other: unknown): Bent | undefined {
  if (!Array.isArray(other)) return undefined;
  const isFrame = Array.isArray(other.at(-1)) && other.length === sent.plain.length && other[0] === sent.plain[0];
  return whole([...sent.plain.slice(0, -1), copyOf(isFrame ? other.at(-1) : other)]);
}

// —— Fields ——————————————————————————————————————————————————————————————————————————————————————————————

function bendField(sent: Sent, field: Field, operation: Operation, history: readonly Sent[], chance: Chance): Bent | undefined {
  const plain = copyOf(sent.plain) as Plain;
  const place = oneOf(placesOf(plain, field), chance);
  if (!place) return undefined;
  const { parent, index } = place;
  if (operation === "drop") parent.splice(index, 1);
  else if (operation === "duplicate") parent.splice(index, 0, copyOf(parent[index]));
  else {
    const value = bentValue(place, { sent, field, operation, history, chance });
    if (value === undefined) return undefined;
    parent[index] = value;
  }
  return whole(plain);
}

interface Wanted {
  readonly sent: Sent;
  readonly field: Field;
  readonly operation: Operation;
  readonly history: readonly Sent[];
  readonly chance: Chance;
}

function bentValue({ parent, index }: Place, { sent, field, operation, history, chance }: Wanted): unknown {
  const honest = parent[index];
  switch (operation) {
    case "swapType":
      return typeof honest === "number" || typeof honest === "boolean" || honest === null ? new Uint8Array(8) : 1;
    case "stale":
    case "otherUser":
    case "otherConversation":
    case "otherEpoch":
      return copyOf(
        donorOf({
          sent,
          operation,
          history,
          chance,
          honest,
          valueOf: (other) => {
            const place = oneOf(placesOf(other.plain, field), chance);
            return place?.parent[place.index];
          },
          // One page of a list speaks of several conversations.
          others: operation === "otherConversation" ? placesOf(sent.plain, field).map((place) => place.parent[place.index]) : [],
        }),
      );
    default:
      return ofShape(field.shape, honest, operation, chance);
  }
}

function ofShape(shape: Shape, honest: unknown, operation: Operation, chance: Chance): unknown {
  switch (shape.kind) {
    case "nullable":
      return operation === "min" && honest !== null
        ? null
        : ofShape(shape.inner, honest ?? leastOf(shape.inner), operation, chance);
    case "uint":
      return number(honest as number, shape.max, operation);
    case "choice":
      return operation === "bitFlip"
        ? ((honest as number) + 1 + chance.below(Math.max(1, shape.values.length - 1))) % shape.values.length
        : number(honest as number, shape.values.length - 1, operation);
    case "bool":
      return operation === "bitFlip" ? honest !== true : undefined;
    case "bytes":
      return octets(honest as Uint8Array<ArrayBuffer>, shape, operation, chance);
    case "text":
      return words(honest as string, shape.max, operation);
    case "list":
      return items(honest as Plain, shape.max, operation);
    case "map":
    case "struct":
    case "object":
    case "union":
    case "lazy":
      return undefined;
  }
}

/** Something to begin with where the honest server gave nothing. */
function leastOf(shape: Shape): unknown {
  if (shape.kind === "bytes") return new Uint8Array(Math.max(shape.min, 1));
  if (shape.kind === "text") return "a";
  if (shape.kind === "list") return [];
  return 0;
}

function number(honest: number, max: number, operation: Operation): number | bigint | undefined {
  switch (operation) {
    case "bitFlip":
      return honest % 2 === 0 ? honest + 1 : honest - 1;
    case "min":
      return 0;
    case "max":
      return max;
    case "negative":
      return -1;
    case "huge":
      return max < Number.MAX_SAFE_INTEGER ? max + 1 : 2n ** 64n - 1n;
    default:
      return undefined;
  }
}

function octets(
  honest: Uint8Array<ArrayBuffer>,
  { min, max }: { readonly min: number; readonly max: number },
  operation: Operation,
  chance: Chance,
) {
  switch (operation) {
    case "bitFlip":
      return honest.length === 0 ? undefined : flipped(honest, chance);
    case "truncate":
      return honest.length === 0 ? undefined : honest.slice(0, honest.length - 1 - chance.below(honest.length));
    case "extend":
      return Uint8Array.from([...honest, ...chance.bytes(1)]);
    case "min":
      return new Uint8Array(min);
    case "max":
      return new Uint8Array(max);
    case "huge":
      return new Uint8Array(max + 1);
    default:
      return undefined;
  }
}

function words(honest: string, max: number, operation: Operation): string | undefined {
  switch (operation) {
    case "bitFlip":
      return honest === "" ? undefined : String.fromCharCode((honest.codePointAt(0) ?? 0) ^ 1) + honest.slice(1);
    case "truncate":
      return honest === "" ? undefined : honest.slice(0, -1);
    case "extend":
      return `${honest}a`;
    case "min":
      return "";
    case "max":
      return "a".repeat(max);
    case "huge":
      return "a".repeat(max + 1);
    default:
      return undefined;
  }
}

function items(honest: Plain, max: number, operation: Operation): Plain | undefined {
  const last = honest.at(-1);
  switch (operation) {
    case "truncate":
      return last === undefined ? undefined : honest.slice(0, -1);
    case "extend":
      return last === undefined ? undefined : [...honest, copyOf(last)];
    case "min":
      return [];
    case "huge":
      return Array.from({ length: max + 1 }, () => copyOf(last ?? 0));
    default:
      return undefined;
  }
}

function flipped(honest: Uint8Array<ArrayBuffer>, chance: Chance): Uint8Array<ArrayBuffer> {
  const at = chance.below(honest.length);
  return honest.with(at, (honest[at] ?? 0) ^ (1 << chance.below(8)));
}

// —— Values that were true elsewhere —————————————————————————————————————————————————————————————————————

/** The newest value of another frame that the operation allows. Whoever has one device is told apart by their device too. */
interface Donors {
  readonly sent: Sent;
  readonly operation: Operation;
  readonly history: readonly Sent[];
  readonly chance: Chance;
  /** What stands there honestly: the same again would change nothing. */
  readonly honest: unknown;
  readonly valueOf: (other: Sent) => unknown;
  /** Of the same frame. */
  readonly others: readonly unknown[];
}

function donorOf({ sent, operation, history, chance, honest, valueOf, others }: Donors): unknown {
  const values = history
    .filter((other) => other.message === sent.message && isDonor(sent, other, operation))
    .map(valueOf)
    .concat(others)
    .filter((value) => value !== undefined && !isSame(value, honest));
  // The newest says most about what is going on now; an older one is tried now and then.
  return chance.below(3) === 0 ? oneOf(values, chance) : values.at(-1);
}

function isDonor(sent: Sent, other: Sent, operation: Operation): boolean {
  switch (operation) {
    case "stale":
      return other.to === sent.to && other.about === sent.about;
    case "otherUser":
      return other.to !== sent.to || (!sent.isLog && other.about !== sent.about);
    case "otherConversation":
      return sent.isLog && other.isLog && other.about !== sent.about;
    case "otherEpoch":
      return other.about === sent.about && sent.turn !== null && other.turn !== null && other.turn !== sent.turn;
    default:
      return false;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, i) => isSame(each, b[i]));
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;
}
const oneOf = <T>(all: readonly T[], chance: Chance): T | undefined => all[chance.below(Math.max(1, all.length))];
