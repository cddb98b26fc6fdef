/** A simulated disk: what a store keeps, transaction by transaction, so that a test can crash between two of them. */
import { toHex } from "@megachat/base";
import type { RowChange } from "@megachat/group";
import type { Effect, PutLine, PutRow } from "@megachat/core";

export interface SimDisk {
  /** One transaction: all of it or, after `failNext`, none and a throw. */
  readonly write: (effects: readonly Effect[], engineRows: readonly RowChange[]) => void;
  readonly rows: (space: string) => readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];
  readonly engineRows: () => readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];
  /** Lines of a conversation in their order. */
  readonly lines: (conversation: Uint8Array) => readonly PutLine[];
  /** A copy, as a thief or a backup would have it. */
  readonly clone: () => SimDisk;
  readonly transactions: () => number;
}

type Rows = Map<string, { readonly space: string; readonly key: Uint8Array; readonly value: Uint8Array }>;

export function simDisk(from?: {
  readonly rows: Rows;
  readonly engine: Map<string, Uint8Array>;
  readonly lines: Map<string, PutLine>;
}): SimDisk {
  const rows: Rows = new Map(from?.rows);
  const engine = new Map(from?.engine);
  const lines = new Map(from?.lines);
  let count = 0;
  const putRow = ({ space, key, value }: PutRow): void => {
    const name = `${space}:${toHex(key)}`;
    if (value) rows.set(name, { space, key, value });
    else rows.delete(name);
  };
  const putLine = (line: PutLine): void => {
    const place = `${toHex(line.conversation)}:${line.position}:${line.part}`;
    const same = [...lines.values()].some(
      (other) => line.messageId && other.messageId && toHex(other.messageId) === toHex(line.messageId) && sameSender(other, line),
    );
    if (!lines.has(place) && !same) lines.set(place, line);
  };
  return {
    write: (effects, engineRows) => {
      count++;
      for (const effect of effects) {
        if (effect.type !== "store") continue;
        if (effect.put === "row") putRow(effect);
        else putLine(effect);
      }
      for (const { key, value } of engineRows) {
        if (value) engine.set(toHex(key), value);
        else engine.delete(toHex(key));
      }
    },
    rows: (space) => [...rows.values()].filter((row) => row.space === space),
    engineRows: () => [...engine].map(([key, value]) => ({ key: Uint8Array.from(Buffer.from(key, "hex")), value })),
    lines: (conversation) =>
      [...lines.values()]
        .filter((line) => toHex(line.conversation) === toHex(conversation))
        .toSorted((a, b) => a.position - b.position || a.part - b.part),
    clone: () => simDisk({ rows, engine, lines }),
    transactions: () => count,
  };
}

const sameSender = (a: PutLine, b: PutLine): boolean =>
  toHex(a.conversation) === toHex(b.conversation) && toHex(a.sender ?? new Uint8Array(0)) === toHex(b.sender ?? new Uint8Array(0));
