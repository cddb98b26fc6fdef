/**
 * Web addresses inside a text. They are found, never fetched; what is shown of the domain is what the browser would really ask for. [U18]
 * Only http, https and mailto become links: `javascript:` and its like stay text.
 */
export type Segment =
  | { readonly type: "text"; readonly text: string }
  | {
      readonly type: "link";
      /** As written. The text of the message stays what was sent. */
      readonly text: string;
      readonly href: string;
      /** Set when the address can look like another one: the full one in ASCII is then asked about before it opens. */
      readonly doubt: null | "foreignLetters" | "userName";
    };

const candidate =
  /\bhttps?:\/\/[^\s<>"'`{}|\\^]+|\bmailto:[^\s<>"'`{}|\\^]+@[^\s<>"'`{}|\\^]+|\bwww\.[^\s<>"'`{}|\\^/]+\.[^\s<>"'`{}|\\^]+/giu;
const trailing = /[.,;:!?'")\]}»”’…]+$/u;

/** `text` in pieces that, put together, are exactly `text`. */
export function segmentsOf(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  let done = 0;
  for (const match of text.matchAll(candidate)) {
    const written = withoutTrailing(match[0]);
    const link = linkOf(written);
    if (link === null) continue;
    if (match.index > done) segments.push({ type: "text", text: text.slice(done, match.index) });
    segments.push(link);
    done = match.index + written.length;
  }
  if (done < text.length) segments.push({ type: "text", text: text.slice(done) });
  return segments;
}

/** A sentence's last mark is not the address's; a bracket is when the address opened it. */
function withoutTrailing(written: string): string {
  let kept = written;
  for (;;) {
    const last = trailing.exec(kept)?.[0];
    if (last === undefined) return kept;
    if (last.endsWith(")") && kept.split("(").length === kept.split(")").length) return kept;
    kept = kept.slice(0, -1);
  }
}

function linkOf(written: string): Segment | null {
  const url = URL.parse(/^www\./iu.test(written) ? `https://${written}` : written);
  if (url === null || !["http:", "https:", "mailto:"].includes(url.protocol)) return null;
  // An override could turn the shown address round; such an address is no link at all.
  if (/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u.test(written)) return null;
  const foreign =
    /\P{ASCII}/u.test(written.split(/[/?#]/u, 3).join("")) || url.hostname.split(".").some((label) => label.startsWith("xn--"));
  return {
    type: "link",
    text: written,
    href: url.href,
    doubt: url.username !== "" || url.password !== "" ? "userName" : foreign ? "foreignLetters" : null,
  };
}
