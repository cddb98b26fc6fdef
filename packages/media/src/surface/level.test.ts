import { expect, test } from "vitest";
import { createSpeechSense } from "./level.ts";

/** Levels fed every 100 ms; the answers. */
const sensed = (...levels: readonly number[]): readonly boolean[] => {
  const sense = createSpeechSense();
  return levels.map((level, i) => sense(level, 100 * i));
};

test("[M18] speaking into a muted microphone is noticed after a moment, not at a click of the tongue, and taken back after silence", () => {
  expect(sensed(0.6, 0, 0, 0, 0.6, 0, 0, 0)).not.toContain(true);
  const spoken = sensed(...Array.from({ length: 10 }, () => 0.5), ...Array.from({ length: 40 }, () => 0.1));
  expect(spoken.indexOf(true)).toBe(4);
  expect(spoken.slice(5, 35)).not.toContain(false);
  expect(spoken.at(-1)).toBe(false);
});
