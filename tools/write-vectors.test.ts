import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { vectorFiles } from "./write-vectors.ts";

test("[K23] the vectors in spec are what the product makes today", () => {
  for (const [name, text] of Object.entries(vectorFiles())) {
    expect(readFileSync(new URL(`../spec/vectors/${name}`, import.meta.url), "utf8"), name).toBe(text);
  }
});
