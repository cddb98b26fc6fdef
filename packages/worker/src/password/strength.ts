/** How guessable a password is, by zxcvbn with English and common dictionaries. Local and lazy: a megabyte of words. [V60] */
import type { PasswordStrength } from "@megachat/view";

/** `handle` in lower case, as handles are. */
export type Strength = (password: string, handle: string) => PasswordStrength;

/** Below this score a password is refused: fewer than 10^8 guesses, hours for who has the server's secret. */
const ENOUGH = 3;
const SHORTEST = 8;
/** More characters cost time and change nothing: what is judged good by its beginning is good. */
const JUDGED = 64;

/** Loads the estimator. */
export async function loadStrength(): Promise<Strength> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-en"),
  ]);
  const estimator = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    maxLength: JUDGED,
  });
  return (password, handle) => {
    if (characters(password) < SHORTEST) return { score: 0, accepted: false, weakness: "tooShort" };
    // The name is known to whoever guesses: only what is left of the password counts.
    const rest = without(password, [handle, ...handle.split(/[._-]/), "megachat"]);
    const named = rest.length < password.length;
    if (named && characters(rest) < SHORTEST) return { score: 1, accepted: false, weakness: "containsName" };
    const { score, sequence } = estimator.check(rest.slice(0, JUDGED));
    const accepted = score >= ENOUGH;
    return { score, accepted, weakness: accepted ? null : named ? "containsName" : weaknessOf(sequence) };
  };
}

const characters = (text: string): number => Array.from(text).length;

/** `password` without the parts that are `names` of three letters or more, however they are written. */
function without(password: string, names: readonly string[]): string {
  let rest = password;
  for (const name of names) {
    if (name.length < 3) continue;
    for (let at = rest.toLowerCase().indexOf(name); at >= 0; at = rest.toLowerCase().indexOf(name)) {
      rest = rest.slice(0, at) + rest.slice(at + name.length);
    }
  }
  return rest;
}

type Match = { readonly pattern: string; readonly token: string; readonly [more: string]: unknown };

/** The weakness of the longest part that was recognised. */
function weaknessOf(sequence: readonly Match[]): PasswordStrength["weakness"] {
  const known = sequence.filter(({ pattern }) => pattern !== "bruteforce" && pattern !== "separator");
  const longest = known.toSorted((a, b) => b.token.length - a.token.length)[0];
  if (!longest) return "guessable";
  if (longest.pattern !== "dictionary") return longest.pattern === "wordSequence" ? "guessable" : "pattern";
  const dictionary = longest["dictionaryName"];
  return typeof dictionary === "string" && dictionary.startsWith("passwords") ? "common" : "guessable";
}
