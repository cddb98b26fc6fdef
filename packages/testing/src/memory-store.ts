/** A store in memory that keeps the contract: the double that fast tests use. Not durable, and says so by its name. */
import { compareBytes, ok, toHex, type Result } from "@megachat/base";
import type { PutLine, PutRow } from "@megachat/core";
import {
  MAX_PAGE,
  type LinePage,
  type LineWish,
  type Place,
  type Store,
  type StoredLine,
  type StoredRow,
  type StoreFault,
} from "@megachat/worker";

/** What a {@link MemoryStore} holds. Give the same object again and the store is "reopened". */
export interface MemoryDisk {
  rows: ReadonlyMap<string, StoredRow>;
  lines: readonly (StoredLine & { readonly conversation: Uint8Array })[];
  /** The next writes fail with this. */
  fault: StoreFault | null;
}
export const emptyDisk = (): MemoryDisk => ({ rows: new Map(), lines: [], fault: null });

export function memoryStore(disk: MemoryDisk): Store {
  const linesOf = (conversation: Uint8Array): readonly StoredLine[] =>
    disk.lines
      .filter((line) => same(line.conversation, conversation))
      .map(({ position, part, sender, messageId, body }) => ({ position, part, sender, messageId, body }))
      .toSorted(compare);
  return {
    write: async (changes) => write(disk, changes),
    rows: async (space) => ok([...disk.rows.values()].filter((row) => row.space === space).toSorted(byKey)),
    allRows: async (except) => ok([...disk.rows.values()].filter((row) => !except.includes(row.space)).toSorted(byKey)),
    lines: async (wish) => {
      const { hidden } = wish;
      const seen = ({ position, sender }: StoredLine): boolean =>
        hidden === null || position < hidden.from || sender === null || same(sender, hidden.but);
      return ok(page(linesOf(wish.conversation).filter(seen), wish));
    },
    placeOf: async (conversation, messageId) => {
      const line = linesOf(conversation).find((each) => each.messageId !== null && same(each.messageId, messageId));
      return ok(line ? { position: line.position, part: line.part } : null);
    },
    count: async ({ conversation, after, except }) =>
      ok(
        linesOf(conversation).filter(
          (line) => compare(line, after) > 0 && line.sender !== null && !(except !== null && same(line.sender, except)),
        ).length,
      ),
    close: async () => {},
  };
}

function write(disk: MemoryDisk, changes: readonly (PutRow | PutLine)[]): Result<null, StoreFault> {
  if (disk.fault) return { ok: false, error: disk.fault };
  const rows = new Map(disk.rows);
  const lines = [...disk.lines];
  for (const change of changes) {
    if (change.put === "row") {
      const id = `${change.space} ${toHex(change.key)}`;
      if (change.value === null) rows.delete(id);
      else rows.set(id, { space: change.space, key: change.key.slice(), value: change.value.slice() });
    } else if (!lines.some((line) => clashes(line, change))) {
      lines.push({ ...change, body: change.body.slice() });
    }
  }
  disk.rows = rows;
  disk.lines = lines;
  return ok(null);
}

const clashes = (line: MemoryDisk["lines"][number], put: PutLine): boolean =>
  same(line.conversation, put.conversation) &&
  ((line.position === put.position && line.part === put.part) ||
    (line.sender !== null &&
      put.sender !== null &&
      line.messageId !== null &&
      put.messageId !== null &&
      same(line.sender, put.sender) &&
      same(line.messageId, put.messageId)));

function page(lines: readonly StoredLine[], wish: LineWish): LinePage {
  const limit = Math.max(1, Math.min(MAX_PAGE, Math.trunc(wish.limit)));
  const [from, to] = rangeOf(lines, wish, limit);
  return { lines: lines.slice(from, to), hasOlder: from > 0, hasNewer: to < lines.length };
}

function rangeOf(lines: readonly StoredLine[], wish: LineWish, limit: number): readonly [number, number] {
  if (wish.from === "latest") return [Math.max(0, lines.length - limit), lines.length];
  const at = lines.filter((line) => compare(line, wish.place) < 0).length;
  const past = lines.filter((line) => compare(line, wish.place) <= 0).length;
  switch (wish.from) {
    case "before":
      return [Math.max(0, at - limit), at];
    case "after":
      return [past, Math.min(lines.length, past + limit)];
    case "around": {
      const half = Math.floor(limit / 2);
      return [Math.max(0, at - half), Math.min(lines.length, at + limit - half)];
    }
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => compareBytes(a, b) === 0;
const compare = (a: Place, b: Place): number => a.position - b.position || a.part - b.part;
const byKey = (a: StoredRow, b: StoredRow): number => (a.space < b.space ? -1 : a.space > b.space ? 1 : compareBytes(a.key, b.key));
