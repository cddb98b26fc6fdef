/** Parts of documents that are made from the sources. Each stands between two marks and is checked to be current. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOwn, root } from "./sources.ts";
import { decisionsTable, diskTable, registryTable, ruleFilesTable, serverView, wireTables } from "./tables.ts";

export interface Generated {
  readonly file: string;
  readonly name: string;
  readonly make: () => string;
}

export const generated: readonly Generated[] = [
  { file: "spec/wire.md", name: "wire-tables", make: wireTables },
  { file: "spec/README.md", name: "rule-files", make: ruleFilesTable },
  { file: "spec/README.md", name: "registry", make: registryTable },
  { file: "docs/decisions/README.md", name: "decisions", make: decisionsTable },
  { file: "SECURITY.md", name: "server-view", make: serverView },
  { file: "SECURITY.md", name: "server-disk", make: diskTable },
];

const opening = (name: string): string => `<!-- ${name}: written by tools/write-tables.ts -->`;
const closing = (name: string): string => `<!-- end of ${name} -->`;

/** The document as it should be. */
export function withPart({ file, name, make }: Generated): string {
  const text = readOwn(file);
  const start = text.indexOf(opening(name));
  const end = text.indexOf(closing(name));
  if (start < 0 || end < start) throw new Error(`${file} has no marks for ${name}`);
  return `${text.slice(0, start + opening(name).length)}\n\n${make()}\n\n${text.slice(end)}`;
}

export function writePart(part: Generated): void {
  writeFileSync(join(root, part.file), withPart(part));
}
