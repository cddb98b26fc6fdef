import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { en } from "./en.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/u.test(file) && !/\.test\.|words\/en\.ts|testing\//u.test(file))
  .map((file) => readFileSync(join(root, file), "utf8"))
  .join("\n");

/** Every text of the catalogue with its way there. */
function textsOf(words: object, path = ""): readonly (readonly [string, unknown])[] {
  return Object.entries(words).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? textsOf(value, `${path}${key}.`)
      : [[`${path}${key}`, value] as const],
  );
}

test("[U4] the texts blame nobody, promise nothing and hide behind no code", () => {
  const phrases = /something went wrong|military|unbreakable|oops|error \d|invalid input|user error|please try again later/iu;
  for (const [path, value] of textsOf(en)) {
    const said = typeof value === "function" ? String(value) : JSON.stringify(value);
    expect(said, path).not.toMatch(phrases);
  }
});

test("[U4] [S11] who is refused a name is told all that decides over it", () => {
  const said = en.errors.handleInvalid;
  for (const rule of ["3 to 32", "a–z", "digits", "dots", "dashes", "underscores"]) expect(said).toContain(rule);
  expect(said).toMatch(/a letter first/u);
  expect(said).toMatch(/a letter or digit last/u);
  expect(said).toMatch(/no two marks side by side/u);
});

test("[U4] every group of texts is used", () => {
  // A text may be reached by a computed key, so the last step may be missing; the step before it may not.
  const unused = textsOf(en).filter(([path]) => {
    const keys = path.split(".");
    const last = keys.at(-1) ?? "";
    const group = keys.at(-2) ?? last;
    return !new RegExp(`\\b${last}\\b`, "u").test(sources) && !new RegExp(`\\.${group}\\[|\\b${group}\\[`, "u").test(sources);
  });
  expect(unused.map(([path]) => path)).toEqual([]);
});
