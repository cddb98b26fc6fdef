/**
 * How rules and citations are written. A rule is a letter and a number that open a table row or list item of `spec/`; a
 * citation stands in brackets.
 */
import { withoutComments } from "./imports.ts";

const RULE = /^(?:\|\s*|[-*]\s+|#+\s+)(?:\*\*|`)?([A-Z]\d{1,3})(?:\*\*|`)?(?=[\s|:.])/gm;
const CITATION = /\[([A-Z]\d{1,3}(?:\s*[,–-]\s*[A-Z]\d{1,3})*)\]/g;
const TITLE = /\b(?:test|it|describe)(?:\.\w+)*(?:\([^()]*\))?\(\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)/g;

/** The rules that a file of `spec/` declares. */
export const rulesIn = (markdown: string): readonly string[] => [...markdown.matchAll(RULE)].map((match) => match[1] ?? "");

/** Titles of tests and their groups. */
export const titlesOf = (source: string): readonly string[] =>
  [...withoutComments(source).matchAll(TITLE)].map((match) => match[1] ?? "");

/** Everything that is comment. */
export function commentsOf(source: string): readonly string[] {
  const code = withoutComments(source);
  let text = "";
  for (let i = 0; i < source.length; i++) text += source[i] === code[i] ? " " : (source[i] ?? "");
  return [text];
}

/** `[W1]`, `[W1, W4]` and `[W1–W3]`, the last meaning all three. */
export function citationsIn(text: string): readonly string[] {
  return [...text.matchAll(CITATION)].flatMap((match) =>
    (match[1] ?? "").split(",").flatMap((part) => {
      const [first = "", last] = part.trim().split(/\s*[–-]\s*/);
      return last === undefined ? [first] : between(first, last);
    }),
  );
}

function between(first: string, last: string): readonly string[] {
  const letters = first.replace(/\d+/, "");
  const from = Number(first.slice(letters.length));
  const to = Number(last.slice(letters.length));
  if (!last.startsWith(letters) || !(from < to)) return [first, last];
  return Array.from({ length: to - from + 1 }, (_, i) => `${letters}${from + i}`);
}
