/**
 * The truth of one conversation, written down by those who wrote it: what was sent, what the server said is stored, and
 * up to where each has read. Afterwards the server is judged by it, over the wire, as either of the two sees it.
 */
import { createHash } from "node:crypto";
import { toHex } from "@megachat/base";
import type { Row } from "@megachat/wire";
import type { DraftOf, Online } from "../apps/server/src/testing/people.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Truth {
  readonly log: Bytes;
  /** Sent and not refused: each may be there once, or not at all. */
  readonly sent: Set<string>;
  /** By position: what somebody was told is there, by an answer or a push. Every one must be. */
  readonly told: Map<number, { readonly row: string; readonly time: number | null; readonly at: number }>;
  /** How far the server said it has noted that a device has read. */
  readonly noted: { readonly device: string; readonly position: number; readonly at: number }[];
  /** By device: how far it was asked to note. */
  readonly asked: Map<string, number>;
}

export const newTruth = (log: Bytes): Truth => ({ log, sent: new Set(), told: new Map(), noted: [], asked: new Map() });

/** Everything about a row that must come back as it was: equal names are equal bytes. */
const nameOf = (device: Uint8Array, { turn, kind, sequence, body }: Pick<DraftOf, "turn" | "kind" | "sequence" | "body">): string =>
  `${toHex(device)} ${turn} ${kind} ${sequence} ${createHash("sha256").update(body).digest("hex")}`;

export const send = (truth: Truth, device: Uint8Array, draft: DraftOf): void => void truth.sent.add(nameOf(device, draft));
export const takeBack = (truth: Truth, device: Uint8Array, draft: DraftOf): void => void truth.sent.delete(nameOf(device, draft));

/** Somebody was told: two who are told different things of one position are a fault at once. */
export function tell(
  truth: Truth,
  device: Uint8Array,
  row: Pick<Row, "turn" | "kind" | "sequence" | "body" | "position">,
  time: number | null,
): void {
  const before = truth.told.get(row.position);
  const name = nameOf(device, row);
  if (before && before.row !== name) throw new Error(`two rows were told of at position ${row.position}`);
  truth.told.set(row.position, { row: name, time: before?.time ?? time, at: before?.at ?? Date.now() });
}

/** What is wrong with the conversation as this one of the two sees it, by what was told before a moment. */
export async function judge(truth: Truth, { client, device }: Online, before = Infinity): Promise<readonly string[]> {
  const heads = await client.ask({ type: "fetchHeads", after: null });
  const mine = heads.type === "heads" ? heads.heads.find(({ log }) => toHex(log) === toHex(truth.log)) : undefined;
  if (!mine) return ["the conversation is gone"];
  const rows = await allRows(truth.log, client);
  const wrong: string[] = [];
  // What everybody has read may be swept away, and nothing else.
  const swept = truth.asked.size < 2 ? 0 : Math.min(...truth.asked.values());
  const first = rows[0]?.position ?? mine.head + 1;
  if (first > 1 && first - 1 > swept) wrong.push(`rows up to ${first - 1} are gone, and nobody has read further than ${swept}`);
  if (rows.some(({ position }, at) => position !== first + at)) wrong.push("positions have gaps or are not in order");
  if (rows.some(({ time }, at) => time < (rows[at - 1]?.time ?? 0))) wrong.push("times go backwards");
  if (mine.head !== (rows.at(-1)?.position ?? mine.head))
    wrong.push(`the head is ${mine.head}, the last row ${rows.at(-1)?.position}`);

  const seen = new Set<string>();
  for (const row of rows) {
    const name = nameOf(row.device, row);
    if (seen.has(name)) wrong.push(`row ${row.position} is there twice`);
    seen.add(name);
    if (!truth.sent.has(name)) wrong.push(`row ${row.position} was never sent, or was refused`);
    const promised = truth.told.get(row.position);
    if (promised && promised.at < before && promised.row !== name) wrong.push(`row ${row.position} is another than was told`);
    if (promised && promised.at < before && promised.time !== null && promised.time !== row.time)
      wrong.push(`row ${row.position} has another time`);
  }
  const lost = [...truth.told].filter(([position, { at }]) => position > mine.head && at < before).length;
  if (lost > 0) wrong.push(`${lost} rows are lost that somebody was told of`);

  const mineNoted = truth.noted.filter((each) => each.device === toHex(device) && each.at < before);
  const noted = Math.max(0, ...mineNoted.map(({ position }) => position));
  if (mine.cursor < noted) wrong.push(`the cursor is ${mine.cursor}, and was noted at ${noted}`);
  if (mine.cursor > Math.max(truth.asked.get(toHex(device)) ?? 0, 1))
    wrong.push(`the cursor is ${mine.cursor}, which nobody asked for`);
  if (mine.cursor > mine.head) wrong.push("the cursor is beyond the head");
  const own = rows.filter((row) => toHex(row.device) === toHex(device)).map(({ sequence }) => sequence);
  if (own.some((sequence, at) => sequence !== (own[0] ?? 0) + at)) wrong.push("sequences have gaps");
  if (own.length > 0 && mine.sequence !== own.at(-1)) wrong.push(`the sequence is ${mine.sequence}, the last row's ${own.at(-1)}`);
  const turn = rows.at(-1) && (rows.at(-1)?.turn ?? 0) + (rows.at(-1)?.kind === "commit" ? 1 : 0);
  if (turn !== undefined && turn !== mine.turn) wrong.push(`the turn is ${mine.turn}, and the rows make it ${turn}`);
  return wrong;
}

async function allRows(log: Bytes, client: Online["client"]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await client.ask({ type: "fetchRows", log, after: rows.at(-1)?.position ?? 0, maxBytes: 1 << 20 });
    if (page.type !== "rows") throw new Error(`no rows: ${JSON.stringify(page)}`);
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.at(-1)?.position === page.head) return rows;
  }
}
