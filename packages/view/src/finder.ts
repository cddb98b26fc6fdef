/** Ranking for the finder: exact, then prefix, then the start of a word, then anywhere. */
export interface Findable {
  readonly name: string;
  /** Other words it answers to. */
  readonly also: readonly string[];
}

/** The candidates that match, best first; all of them, in their order, for an empty query. */
export function findIn<T extends Findable>(query: string, candidates: readonly T[], limit = 30): readonly T[] {
  const wanted = fold(query);
  if (wanted === "") return candidates.slice(0, limit);
  return candidates
    .map((candidate) => ({
      candidate,
      rank: Math.min(...[candidate.name, ...candidate.also].map((text) => rankOf(fold(text), wanted))),
    }))
    .filter(({ rank }) => rank < 4)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

function rankOf(text: string, wanted: string): 0 | 1 | 2 | 3 | 4 {
  if (text === wanted) return 0;
  if (text.startsWith(wanted)) return 1;
  const at = text.indexOf(wanted);
  if (at < 0) return 4;
  return /[\s._-]/u.test(text.charAt(at - 1)) ? 2 : 3;
}

const fold = (text: string): string => text.trim().normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
