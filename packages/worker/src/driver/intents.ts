/**
 * Which intents have been carried out, so that one asked again after a change of leader is not done twice. [V14]
 *
 * An intent's id is written in the same transaction as what its step decided; its answer with it, or later. One whose
 * step wrote nothing may be stepped again: nothing of it has outlived the first time.
 */
import { decodeUtf8, encodeUtf8, fromBase64Url, ok, toBase64Url, type Instant, type Result } from "@megachat/base";
import type { Effect, Input, PutRow } from "@megachat/core";
import type { StoreFault } from "../store/sql.ts";
import type { Store } from "../store/store.ts";

export interface Remembered {
  readonly has: (intent: string) => boolean;
  /** The answer it had; none yet where it is still under way. */
  readonly again: (intent: string) => readonly Effect[];
  /** After a step: what is remembered now, and the rows that say so on the disk. */
  readonly note: (
    input: Input<unknown>,
    decided: readonly Effect[],
    now: Instant,
  ) => { readonly remembered: Remembered; readonly rows: readonly PutRow[] };
}

export const INTENT_SPACE = "intent";
/** More than tabs can have under way. */
const KEPT = 256;

/** Insertion order is age. `answer` is null while there is none. */
type Known = ReadonlyMap<string, { readonly at: number; readonly answer: { readonly result: unknown } | null }>;

export async function rememberIntents(store: Store): Promise<Result<Remembered, StoreFault>> {
  const rows = await store.rows(INTENT_SPACE);
  if (!rows.ok) return rows;
  const known = rows.value.flatMap(({ key, value }) => {
    const intent = decodeUtf8(key);
    const entry = readEntry(value);
    return intent.ok && entry ? [[intent.value, entry] as const] : [];
  });
  return ok(rememberedOf(new Map(known.toSorted(([, a], [, b]) => a.at - b.at))));
}

const rememberedOf = (known: Known): Remembered => ({
  has: (intent) => known.has(intent),
  again: (intent) => {
    const answer = known.get(intent)?.answer;
    return answer ? [{ type: "answer", intent, result: answer.result }] : [];
  },
  note: (input, decided, now) => {
    const done = input.type === "intent" && !isForMemoryOnly(input.wish) && decided.some((effect) => effect.type === "store");
    const answers = decided.filter((effect) => effect.type === "answer").filter(({ intent }) => known.has(intent));
    if (!done && answers.length === 0) return { remembered: rememberedOf(known), rows: [] };
    const next = new Map(known);
    const rows: PutRow[] = [];
    const put = (intent: string, answer: { readonly result: unknown } | null): void => {
      const at = next.get(intent)?.at ?? now;
      next.set(intent, { at, answer });
      rows.push(rowOf(intent, encodeUtf8(JSON.stringify({ at, ...answer }, writeBytes))));
    };
    if (done) put(input.intent, null);
    for (const effect of decided) {
      if (effect.type === "answer" && next.has(effect.intent)) put(effect.intent, { result: effect.result ?? null });
    }
    for (const intent of next.keys()) {
      if (next.size <= KEPT) break;
      next.delete(intent);
      rows.push(rowOf(intent, null));
    }
    return { remembered: rememberedOf(next), rows };
  },
});

/** Recovery words are never written down by us, not even for the sake of an answer asked for twice. [V14] */
const isForMemoryOnly = (wish: unknown): boolean =>
  typeof wish === "object" && wish !== null && "type" in wish && wish.type === "showRecoveryKey";

const rowOf = (intent: string, value: Uint8Array | null): PutRow => ({
  type: "store",
  put: "row",
  space: INTENT_SPACE,
  key: encodeUtf8(intent),
  value,
});

// Answers name things by their ids, which JSON has no way to write.
const writeBytes = (_name: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { $bytes: toBase64Url(value) } : value;
function readBytes(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$bytes" in value) || typeof value.$bytes !== "string") return value;
  const bytes = fromBase64Url(value.$bytes);
  return bytes.ok ? bytes.value : null;
}

function readEntry(value: Uint8Array): { readonly at: number; readonly answer: { readonly result: unknown } | null } | undefined {
  const text = decodeUtf8(value);
  if (!text.ok) return undefined;
  try {
    const entry: unknown = JSON.parse(text.value, readBytes);
    if (typeof entry !== "object" || entry === null || !("at" in entry) || typeof entry.at !== "number") return undefined;
    return { at: entry.at, answer: "result" in entry ? { result: entry.result } : null };
  } catch {
    return undefined;
  }
}
