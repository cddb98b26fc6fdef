/**
 * Names as they may be shown: a name is the other side's claim, so nothing in it may reorder, hide or overflow what stands around it. [U11] [U12]
 */
import type { Contact } from "./contact.ts";
import type { AccountRef } from "./refs.ts";

const maxNameLength = 80;
/**
 * Code points that reorder, hide or separate what stands around them, or look empty: controls, bidirectional marks and overrides, zero-width characters (but the joiners that
 * Persian, Indic scripts and emoji need), line separators, fillers, annotations, tags.
 */
const hiddenRanges: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
];
const isHidden = (point: string): boolean => {
  const code = point.codePointAt(0) ?? 0;
  return hiddenRanges.some(([from, to]) => code >= from && code <= to);
};
const loneSurrogate = /[\ud800-\udfff]/gu;
// Two marks carry every living orthography in NFC; more is drawing over the neighbours.
const stackedMarks = /(\p{M}{2})\p{M}+/gu;

/** A name without what could deceive or break the page, ≤ 80 characters; empty when nothing visible is left. */
export function visibleName(name: string): string {
  // Bounded first: a name may be 10 kB of marks.
  const bounded = name.slice(0, 2_000).normalize("NFC");
  const clean = Array.from(bounded, (point) => (isHidden(point) ? " " : point))
    .join("")
    .replace(loneSurrogate, "\ufffd")
    .replace(stackedMarks, "$1")
    .replace(/\s+/gu, " ")
    .replace(/^(?:\s|\p{M}|\u200c|\u200d)+|\s+$/gu, "");
  const points = Array.from(clean);
  return points.length > maxNameLength ? `${points.slice(0, maxNameLength - 1).join("")}…` : clean;
}

type Named = Pick<Contact, "displayName" | "handle">;

/** What a person is called on the screen: their own name, or else the handle. */
export function nameOf(person: Named): string {
  return (person.displayName === null ? "" : visibleName(person.displayName)) || visibleName(person.handle);
}

/** One or two letters for a picture that was not set. */
export function initialsOf(name: string): string {
  const words = visibleName(name)
    .split(/[\s._-]+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = firstLetter(words[0] ?? "");
  const last = words.length > 1 ? firstLetter(words.at(-1) ?? "") : "";
  return (first + last).toLocaleUpperCase("en") || "?";
}

const firstLetter = (word: string): string => Array.from(word).find((point) => /[\p{L}\p{N}]/u.test(point)) ?? "";

// Letters of other scripts, digits and forms that pass for a Latin letter at a glance. Compatibility forms (full width, mathematical) fall to NFKD.
const lookAlikes = new Map(
  Object.entries({
    a: "аαɑ",
    b: "ЬƄв",
    c: "сϲᴄ",
    d: "ԁ",
    e: "еєҽ℮",
    g: "ɡց",
    h: "һհ",
    i: "іιıɩ1lI|",
    j: "јϳ",
    k: "кκ",
    m: "м",
    n: "пηո",
    o: "оοօ0",
    p: "рρ",
    q: "ԛգ",
    r: "гᴦ",
    s: "ѕ",
    t: "тτ",
    u: "υսц",
    v: "νѵ",
    w: "ԝωѡ",
    x: "хχ",
    y: "уγү",
    z: "ᴢ",
  }).flatMap(([latin, others]) => Array.from(others).map((other) => [other, latin] as const)),
);

/** What a name looks like: names of equal looks are easily taken for each other. */
export function looksOf(name: string): string {
  const folded = visibleName(name).normalize("NFKD").replace(/\p{M}/gu, "");
  const letters = Array.from(folded).map(
    (point) => lookAlikes.get(point) ?? lookAlikes.get(point.toLowerCase()) ?? point.toLowerCase(),
  );
  return letters
    .join("")
    .replace(/rn/gu, "m")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** The contact that `person` could be mistaken for: same looks, another account. Null when there is none. */
export function mistakableFor(person: Named & { readonly account: AccountRef }, contacts: Iterable<Contact>): Contact | null {
  const looks = new Set([looksOf(nameOf(person)), looksOf(person.handle)]);
  for (const contact of contacts) {
    if (contact.account === person.account || contact.relation.at !== "contact") continue;
    if (looks.has(looksOf(nameOf(contact))) || looks.has(looksOf(contact.handle))) return contact;
  }
  return null;
}
