/**
 * Secrets as words of BIP 39's English list: the recovery key, and passwords we suggest. [K20] [K21]
 */
import { err, ok, Secret, type Random, type Result } from "@megachat/base";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { sha256 } from "./hash.ts";

/** 16 random bytes: with 128 bits it needs no stretching. */
export type RecoveryKey = Secret<Uint8Array<ArrayBuffer>>;

export type WordsError =
  /** There are 12. */
  | { readonly type: "wordCount"; readonly count: number }
  /** `position` counts from 1. */
  | { readonly type: "unknownWord"; readonly position: number; readonly word: string }
  /** Every word is one, but not these in this order. */
  | { readonly type: "checksum" };

const WORDS = 12;
const BITS = 11;

export const newRecoveryKey = (random: Random): RecoveryKey => new Secret(random.bytes(16));

/** 12 words: 128 bits and 4 of their SHA-256. */
export function recoveryKeyToWords(key: Secret<Uint8Array>): readonly string[] {
  return key.open((bytes) => {
    const bits = toBits(bytes) + checksum(bytes);
    return Array.from({ length: WORDS }, (_, i) => wordlist[Number.parseInt(bits.slice(BITS * i, BITS * (i + 1)), 2)] ?? "");
  });
}

/** Words as a person types them: any case, any white space. */
export function wordsToRecoveryKey(text: string): Result<RecoveryKey, WordsError> {
  const words = text.normalize("NFKD").toLowerCase().split(/\s+/u).filter(Boolean);
  const strange = words.findIndex((word) => !wordlist.includes(word));
  if (strange >= 0) return err({ type: "unknownWord", position: strange + 1, word: words[strange] ?? "" });
  if (words.length !== WORDS) return err({ type: "wordCount", count: words.length });
  const bits = words.map((word) => wordlist.indexOf(word).toString(2).padStart(BITS, "0")).join("");
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2));
  return checksum(bytes) === bits.slice(128) ? ok(new Secret(bytes)) : err({ type: "checksum" });
}

/** Five random words, 55 bits: a password that a person can keep. */
export function suggestPassword(random: Random): string {
  const chance = random.bytes(10);
  // The list has 2,048 words, so eleven bits of two bytes choose one evenly.
  const word = (i: number) => wordlist[(((chance[2 * i] ?? 0) << 8) | (chance[2 * i + 1] ?? 0)) & 2047] ?? "";
  return [0, 1, 2, 3, 4].map(word).join(" ");
}

const toBits = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
/** BIP 39: the first bit of SHA-256 per four bytes. */
const checksum = (bytes: Uint8Array): string => toBits(sha256(bytes).subarray(0, 1)).slice(0, bytes.length / 4);
