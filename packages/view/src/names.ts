/**
 * Names as they may be shown: a name is the other side's claim, so nothing in it may reorder, hide or overflow what stands around it. [U11] [U12]
 */
import type { Contact } from "./contact.ts";
import type { AccountRef } from "./refs.ts";

const maxNameLength = 80;
// Bidirectional controls, zero-width characters (but the joiners that Persian, Indic scripts and emoji need), line separators, tags, fillers that look empty.
const hidden =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;
const loneSurrogate = /[\ud800-\udfff]/gu;
// Two marks carry every living orthography in NFC; more is drawing over the neighbours.
const stackedMarks = /(\p{M}{2})\p{M}+/gu;

/** A name without what could deceive or break the page, ≤ 80 characters; empty when nothing visible is left. */
export function visibleName(name: string): string {
  // Bounded first: a name may be 10 kB of marks.
  const bounded = name.slice(0, 2_000).normalize("NFC");
  const clean = bounded
    .replace(hidden, " ")
    .replace(loneSurrogate, "\ufffd")
    .replace(stackedMarks, "$1")
    .replace(/\s+/gu, " ")
    .replace(/^[\s\p{M}\u200c\u200d]+|\s+$/gu, "");
  const points = [...clean];
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

const firstLetter = (word: string): string => [...word].find((point) => /[\p{L}\p{N}]/u.test(point)) ?? "";

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
  }).flatMap(([latin, others]) => [...others].map((other) => [other, latin] as const)),
);

/** What a name looks like: names of equal looks are easily taken for each other. */
export function looksOf(name: string): string {
  const folded = visibleName(name).normalize("NFKD").replace(/\p{M}/gu, "");
  const letters = [...folded].map((point) => lookAlikes.get(point) ?? lookAlikes.get(point.toLowerCase()) ?? point.toLowerCase());
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
