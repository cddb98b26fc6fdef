import { expect, test } from "vitest";
import { citationsIn, commentsOf, rulesIn, titlesOf } from "./lib/rules.ts";

test("rules are found in tables, lists and headings, and nowhere else", () => {
  const page = [
    "| W1 | a rule |",
    "- **W2** a rule",
    "* W3: a rule",
    "### W4 A rule",
    "In W5 we said",
    "| id | rule |",
    "| word | W6 |",
  ].join("\n");
  expect(rulesIn(page)).toEqual(["W1", "W2", "W3", "W4"]);
});

test("citations are single, listed or a range", () => {
  expect(citationsIn("[W1] [W2, W4] [K7–K9] [A1-A3], not W5, not [a1], not [W], not [1]")).toEqual([
    "W1",
    "W2",
    "W4",
    "K7",
    "K8",
    "K9",
    "A1",
    "A2",
    "A3",
  ]);
});

test("titles are those of tests, with every way to write one", () => {
  const source = [
    'test("[W1] one", () => {});',
    'describe.each(all)("two", () => {',
    '  test.each([[1, 2]])("three", () => {});',
    "  it(`four`, () => {});",
    "});",
    '// test("five")',
    'const text = "[W9]";',
  ].join("\n");
  expect(titlesOf(source)).toEqual(['"[W1] one"', '"two"', '"three"', "`four`"]);
});

test("comments are all comments and nothing else", () => {
  const text = commentsOf('/** [W1] */ const a = "// [W2]"; // [W3]').join("");
  expect(citationsIn(text)).toEqual(["W1", "W3"]);
});
