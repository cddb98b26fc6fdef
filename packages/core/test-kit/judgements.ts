/** What must hold after any life of two who talk. */
import { expect } from "vitest";
import type { Talker } from "./talkers.ts";

/** All alarms of all of them, as `name: type`. */
export const conversationAlarms = (...talkers: readonly Talker[]): readonly string[] =>
  talkers.flatMap((one) => one.conversation().alarms.map(({ type }) => `${one.name}: ${type}`));

/** Everything that was said stands once in both histories, in one order, and nothing else does. */
export function exactlyOnce(said: readonly string[], ...talkers: readonly Talker[]): void {
  const [first, ...rest] = talkers;
  expect(first?.texts().toSorted()).toEqual(said.toSorted());
  for (const one of rest) expect(one.texts()).toEqual(first?.texts());
  for (const one of talkers) {
    const own = said.filter((text) => text.startsWith(one.name));
    expect(first?.texts().filter((text) => text.startsWith(one.name))).toEqual(own);
    expect(one.conversation().outbox.map(({ kind, state }) => `${kind} ${state.at}`)).toEqual([]);
  }
}
