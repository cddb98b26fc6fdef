import fc from "fast-check";
import { expect, test } from "vitest";
import { fold } from "./fold.ts";
import { segmentsOf, type Segment } from "./links.ts";

const links = (text: string) =>
  segmentsOf(text).filter((segment): segment is Extract<Segment, { type: "link" }> => segment.type === "link");

test("[U18] the pieces of a text, put together, are the text", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.constantFrom("www.", "https://", "mailto:a@b", ")", "\u202e"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (parts) => {
      const text = parts.join(" ");
      expect(
        segmentsOf(text)
          .map((segment) => segment.text)
          .join(""),
      ).toBe(text);
      for (const link of links(text)) expect(new URL(link.href).protocol).toMatch(/^(?:https?|mailto):$/u);
    }),
  );
});

test("[U18] a sentence's marks are not the address's, but a bracket it opened is", () => {
  expect(links("See https://example.org/a. (or www.example.org/b_(c)), ok?").map((link) => link.text)).toEqual([
    "https://example.org/a",
    "www.example.org/b_(c)",
  ]);
  expect(links("www.example.org")[0]?.href).toBe("https://www.example.org/");
});

test("[U18] nothing but http, https and mailto is a link", () => {
  for (const text of [
    // oxlint-disable-next-line no-script-url -- the very thing that must not become a link
    "javascript:alert(1)",
    "data:text/html,x",
    "intent://x#Intent;end",
    "ms-word:x",
    "file:///etc/passwd",
    "https://",
    "vbscript:x",
  ]) {
    expect(links(text), text).toEqual([]);
  }
});

test("[U18] an address that can look like another is in doubt, and one with an override is none", () => {
  expect(links("https://аррӏе.com/x")[0]).toMatchObject({ doubt: "foreignLetters", href: "https://xn--80ak6aa92e.com/x" });
  expect(links("https://xn--80ak6aa92e.com")[0]?.doubt).toBe("foreignLetters");
  expect(links("https://bank.example@evil.example/")[0]?.doubt).toBe("userName");
  expect(links("https://example.org/Grüße")[0]?.doubt).toBeNull();
  expect(links("https://example.org/\u202egnp.exe")).toEqual([]);
});

test("[U18] a text that is too long to show at once begins with its beginning, and a short one is whole", () => {
  expect(fold("short")).toBeNull();
  expect(fold("x".repeat(3_100))).toBeNull();
  const lines = Array.from({ length: 100_000 }, (_, i) => `line ${String(i)}`).join("\n");
  expect(fold(lines)?.split("\n")).toHaveLength(40);
  const long = "word ".repeat(5_000);
  const short = fold(long) ?? "";
  expect(long.startsWith(short)).toBe(true);
  expect(short.length).toBeLessThanOrEqual(3_000);
  expect(fold("👍".repeat(5_000))?.isWellFormed()).toBe(true);
});
