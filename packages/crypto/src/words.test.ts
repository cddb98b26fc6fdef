import { Secret } from "@megachat/base";
import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { newRecoveryKey, recoveryKeyToWords, suggestPassword, wordsToRecoveryKey } from "./words.ts";

const key16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const wordsOf = (bytes: Uint8Array): readonly string[] => recoveryKeyToWords(new Secret(Uint8Array.from(bytes)));

test("[K20] words are BIP 39's, as another implementation writes them, and give the key back", () => {
  fc.assert(
    fc.property(key16, (bytes) => {
      const words = wordsOf(bytes);
      expect(words.join(" ")).toBe(entropyToMnemonic(bytes, wordlist));
      const key = wordsToRecoveryKey(words.join(" "));
      expect(key.ok && key.value.open((value) => value.slice())).toEqual(bytes);
    }),
  );
});

test("[K20] case and white space do not matter", () => {
  const words = wordsOf(new Uint8Array(16).fill(7));
  expect(wordsToRecoveryKey(`  ${words.join("\n\t ").toUpperCase()} `).ok).toBe(true);
});

test("[K20] a word that is none is named with its place", () => {
  fc.assert(
    fc.property(key16, fc.nat(11), (bytes, at) => {
      const typed = wordsOf(bytes).with(at, "zzzz").join(" ");
      expect(wordsToRecoveryKey(typed)).toEqual({ ok: false, error: { type: "unknownWord", position: at + 1, word: "zzzz" } });
    }),
  );
});

test("[K20] a missing or added word, and a sum that does not fit, are errors of their own", () => {
  const words = wordsOf(new Uint8Array(16));
  expect(words.join(" ")).toBe(`${"abandon ".repeat(11)}about`);
  expect(wordsToRecoveryKey(words.slice(1).join(" "))).toEqual({ ok: false, error: { type: "wordCount", count: 11 } });
  expect(wordsToRecoveryKey([...words, "about"].join(" "))).toEqual({ ok: false, error: { type: "wordCount", count: 13 } });
  expect(wordsToRecoveryKey("")).toEqual({ ok: false, error: { type: "wordCount", count: 0 } });
  expect(wordsToRecoveryKey(words.with(11, "abandon").join(" "))).toEqual({ ok: false, error: { type: "checksum" } });
});

test("[K20] any text gets an answer", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(wordsToRecoveryKey(text).ok).toBe(false);
    }),
  );
});

test("[K21] a suggested password is five words of the list, drawn evenly", () => {
  const random = seededRandom("suggestions");
  const counts = new Map<string, number>();
  for (let i = 0; i < 4000; i++) {
    const words = suggestPassword(random).split(" ");
    expect(words).toHaveLength(5);
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  expect([...counts.keys()].every((word) => wordlist.includes(word))).toBe(true);
  // 20,000 draws over 2,048 words: chi-squared with 2,047 degrees of freedom exceeds 2,400 once in ten million.
  const mean = 20_000 / 2048;
  const chiSquared = wordlist.reduce((sum, word) => sum + ((counts.get(word) ?? 0) - mean) ** 2 / mean, 0);
  expect(chiSquared).toBeLessThan(2400);
});

test("[K22] A19 a recovery key takes its chance from what it is given", () => {
  const draw = (seed: string) => recoveryKeyToWords(newRecoveryKey(seededRandom(seed))).join(" ");
  expect(draw("one")).toBe(draw("one"));
  expect(draw("one")).not.toBe(draw("two"));
});
