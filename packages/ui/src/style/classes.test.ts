import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: "utf8" });
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** The class names that a stylesheet declares. */
const classesOf = (sheet: string): ReadonlySet<string> =>
  new Set([...read(sheet).matchAll(/\.([A-Za-z][\w-]*)/gu)].map((match) => match[1] ?? ""));

test("[U21] every class that a component names stands in its stylesheet", () => {
  const missing: string[] = [];
  for (const file of files.filter((each) => each.endsWith(".tsx"))) {
    const source = read(file);
    for (const [, name = "", path = ""] of source.matchAll(/import (\w+) from "([^"]+\.module\.css)"/gu)) {
      const classes = classesOf(join(dirname(file), path));
      for (const [, used = ""] of source.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, "gu")))
        if (!classes.has(used)) missing.push(`${file}: ${used}`);
    }
  }
  expect(missing).toEqual([]);
});

test("[U21] every stylesheet names the order of the layers first, whichever is loaded first", () => {
  for (const file of files.filter((each) => each.endsWith(".css") && !each.endsWith("tokens.css"))) {
    expect(read(file).startsWith("@layer tokens, base, parts, screens;"), file).toBe(true);
  }
});

test("[U21] no component writes markup from text, and none has a text of its own", () => {
  const faults: string[] = [];
  for (const file of files.filter((each) => each.endsWith(".tsx"))) {
    const source = read(file);
    if (/dangerouslySetInnerHTML|innerHTML|<style|document\.write/u.test(source)) faults.push(`${file}: markup`);
    // Words between tags come from the catalogue.
    for (const [text] of source.matchAll(/>\s*[A-Z][a-z]+ [^<>{}=;()]*<\//gu)) faults.push(`${file}: ${text.trim()}`);
    for (const [text] of source.matchAll(/(?:aria-label|title|placeholder|alt)="[^"]+"/gu)) faults.push(`${file}: ${text}`);
  }
  expect(faults).toEqual([]);
});
