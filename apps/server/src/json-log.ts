/**
 * The server's log: one JSON object a line, an event with plain fields. [S40]
 *
 * The port's type takes no bytes, and no caller passes text of a peer, so names, addresses and secrets have no way in.
 * JSON escapes control characters, so one event is one line whatever it holds.
 */
import type { Clock, Log, LogFields } from "@megachat/base";

export type Level = "error" | "warn" | "info" | "debug";
const order: readonly Level[] = ["error", "warn", "info", "debug"];

export interface JsonLog extends Log {
  /** Writes how often each event came since the last time, whatever the level, and begins anew. */
  readonly tellCounts: () => void;
}

/** Writes events up to `level` to `write`, and counts all of them. */
export function createJsonLog(write: (line: string) => void, clock: Clock, level: Level): JsonLog {
  const counts = new Map<string, number>();
  const line = (mine: Level, event: string, fields: LogFields): void =>
    write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), level: mine, event, ...fields })}\n`);
  const at =
    (mine: Level) =>
    (event: string, fields: LogFields = {}): void => {
      counts.set(event, (counts.get(event) ?? 0) + 1);
      if (order.indexOf(mine) <= order.indexOf(level)) line(mine, event, fields);
    };
  return {
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    tellCounts: () => {
      if (counts.size > 0) line("info", "counts", Object.fromEntries(counts));
      counts.clear();
    },
  };
}
