/**
 * Rules and tests find each other: each rule of `spec/` is cited by the title of a test, and each citation, in a title,
 * a comment or a page, names a rule that exists.
 */
import { isTest, ownFiles, readOwn, report } from "./lib/sources.ts";
import { citationsIn, commentsOf, rulesIn, titlesOf } from "./lib/rules.ts";

const rules = new Map<string, string>();
const faults: string[] = [];
for (const file of ownFiles("spec/*.md")) {
  for (const id of rulesIn(readOwn(file))) {
    const other = rules.get(id);
    if (other !== undefined) faults.push(`${file}: ${id} is a rule of ${other} too`);
    rules.set(id, file);
  }
}

const proved = new Set<string>();
for (const file of ownFiles("packages/**", "apps/**", "e2e/**", "tools/**").filter((each) => /\.(ts|tsx|rs)$/.test(each))) {
  const source = readOwn(file);
  const titles = isTest(file) ? titlesOf(source) : [];
  for (const id of titles.flatMap(citationsIn)) proved.add(id);
  const unknown = [...titles, ...commentsOf(source)].flatMap(citationsIn).filter((id) => !rules.has(id));
  if (unknown.length > 0) faults.push(`${file}: cites what is no rule: ${[...new Set(unknown)].join(" ")}`);
}
for (const file of ownFiles("*.md", "docs/*.md", "spec/*.md")) {
  const unknown = citationsIn(readOwn(file)).filter((id) => !rules.has(id));
  if (unknown.length > 0) faults.push(`${file}: cites what is no rule: ${[...new Set(unknown)].join(" ")}`);
}
for (const file of new Set(rules.values())) {
  const unproved = [...rules].filter(([id, home]) => home === file && !proved.has(id)).map(([id]) => id);
  if (unproved.length > 0) faults.push(`${file}: no test cites ${unproved.join(" ")}`);
}

report(`rules: ${rules.size} with a test each`, faults);
