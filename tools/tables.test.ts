import * as wire from "@megachat/wire";
import { expect, test } from "vitest";
import { generated, withPart } from "./lib/generated.ts";
import { readOwn } from "./lib/sources.ts";
import { fieldsThatCross, registry, repliesByRequest } from "./lib/tables.ts";

test.each(generated.map((part) => [part.name, part] as const))(
  "the table %s is current (node tools/write-tables.ts)",
  (_name, part) => {
    expect(withPart(part)).toBe(readOwn(part.file));
  },
);

test("[W7] every field that crosses to or from the server says what the server learns from it", () => {
  const silent = fieldsThatCross().filter(({ exposure }) => !exposure);
  expect(silent.map(({ message, field }) => `${message}.${field}`)).toEqual([]);
});

test("[W7] a public field gives a reason", () => {
  const bare = fieldsThatCross().filter(({ exposure }) => exposure?.to === "public" && exposure.why.length < 3);
  expect(bare.map(({ message, field }) => `${message}.${field}`)).toEqual([]);
});

test("[W5] a type belongs to one object", () => {
  const declared = registry();
  expect(new Set(declared.map(({ name }) => name)).size).toBe(declared.length);
});

test("[W10] every request says how it may be answered, and every answer is a reply", () => {
  const replies = repliesByRequest();
  expect([...replies.keys()].sort()).toEqual(wire.requests.map(({ name }) => name).sort());
  const known: readonly string[] = wire.replies.map(({ name }) => name);
  for (const [request, answers] of replies) {
    expect(answers.length, request).toBeGreaterThan(0);
    expect(answers.filter((answer) => !known.includes(answer))).toEqual([]);
  }
});
