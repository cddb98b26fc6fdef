import type { SystemGist } from "@megachat/view";
import { expect, test } from "vitest";
import { en } from "../words/en.ts";
import { systemGistText } from "./system-gist-text.ts";

test("[U26] each change has one short sentence of its own, and says who did it", () => {
  const gists: readonly SystemGist[] = [
    { type: "started" },
    ...(["deviceAdded", "deviceRemoved", "rejoined"] as const).flatMap((type) => [
      { type, who: "self" } as const,
      { type, who: "peer" } as const,
    ]),
    { type: "keysChanged" },
    { type: "junkSkipped" },
    { type: "missing" },
    ...(["verified", "blocked"] as const).flatMap((type) => [{ type, on: true } as const, { type, on: false } as const]),
  ];
  const said = gists.map((gist) => systemGistText(en, gist, "Alice"));
  expect(new Set(said).size).toBe(gists.length);
  expect(said).not.toContain(en.chats.systemLine);
  for (const sentence of said) expect(sentence.length).toBeLessThan(50);
  gists.forEach((gist, at) => {
    if ("who" in gist) expect(said[at]).toMatch(gist.who === "self" ? /^You / : /^Alice /);
  });
});
