/** The lines of a conversation as they lie on the disk, and the short form that the chat list shows. [C9] */
import { instant, type Instant } from "@megachat/base";
import {
  bool,
  bytes,
  choice,
  decode,
  encode,
  id16,
  MAX_BODY,
  MAX_TEXT,
  messageId,
  nullable,
  object,
  oneOf,
  text,
  u53,
  type ValueOf,
} from "@megachat/wire";
import { callOutcomes, type LastLine } from "./state.ts";

/** Text from us or from another. `sentAt` is the sender's clock, kept within what the log's time allows. */
export const TextLine = object("textLine", 0x0c11, 1, {
  sender: id16,
  own: bool,
  messageId,
  sentAt: u53,
  text: text(MAX_TEXT),
  /** The salt of its MIMI content, where this device said it: with it the same message can be said again. */
  salt: nullable(id16),
});
/** Content that this version cannot show: kept whole, opened after an update. */
export const UpdateNeededLine = object("updateNeededLine", 0x0c12, 1, {
  sender: id16,
  own: bool,
  messageId,
  sentAt: u53,
  /** Whatever a row may hold: the sender decides how much of it is no message at all. */
  content: bytes(MAX_BODY),
});
/** What happened to people and devices. */
export const SystemLine = object("systemLine", 0x0c13, 1, {
  at: u53,
  what: choice([
    "started",
    "deviceAdded",
    "deviceRemoved",
    "keysChanged",
    "verified",
    "unverified",
    "blocked",
    "unblocked",
    "rejoined",
    "junkSkipped",
    "missing",
    "keysRenewed",
  ]),
  /** Whose devices or keys are meant; null where it is nobody's. */
  who: nullable(id16),
  own: bool,
  device: nullable(id16),
  count: u53,
});
/** A call, as it ended or as it stands: the newest line of one call id counts. */
export const CallLine = object("callLine", 0x0c14, 1, {
  call: id16,
  at: u53,
  outgoing: bool,
  video: bool,
  outcome: choice(callOutcomes),
  /** Milliseconds; null where nobody spoke. */
  duration: nullable(u53),
});

export const Line = oneOf([TextLine, UpdateNeededLine, SystemLine, CallLine]);
export type Line = ValueOf<typeof Line>;
export type CallLine = ValueOf<typeof CallLine>;
export type SystemEvent = ValueOf<typeof SystemLine>["what"];

export const encodeLine = (line: Line): Uint8Array<ArrayBuffer> => encode(Line, line);
/** Null for a line of a newer version, or a damaged one: shown as "update needed", never dropped. */
export function decodeLine(stored: Uint8Array): Line | null {
  const line = decode(Line, stored);
  return line.ok ? line.value : null;
}

const CUT = 200;

/** What the chat list says of a line. */
export function shorten(line: Line, position: number): LastLine {
  switch (line.type) {
    case "textLine":
      return { position, own: line.own, at: instant(line.sentAt), text: cut(line.text), kind: "text", call: null };
    case "updateNeededLine":
      return { position, own: line.own, at: instant(line.sentAt), text: "", kind: "updateNeeded", call: null };
    case "systemLine":
      return { position, own: line.own, at: instant(line.at), text: line.what, kind: "system", call: null };
    case "callLine":
      return {
        position,
        own: line.outgoing,
        at: instant(line.at),
        text: "",
        kind: "call",
        call: { video: line.video, outcome: line.outcome, duration: line.duration },
      };
  }
}

/** The first characters, never half of one. */
const cut = (whole: string): string => {
  const head = whole.slice(0, CUT);
  return head.isWellFormed() ? head : head.slice(0, -1);
};

const DAY = 86_400_000;

/**
 * The time shown for a message: the sender's, unless it lies more than a day off the server's, which also lies at will.
 * Order never depends on it.
 */
export function plausibleTime(sentAt: number, storedAt: number): Instant {
  const off = Math.abs(sentAt - storedAt);
  return instant(off > DAY ? storedAt : sentAt);
}

/**
 * The time shown for what is said again: the sender's, unless it lies more than a day before the first row that was
 * missed, or after it was said again.
 */
export const earlierTime = (sentAt: number, missedAt: number, storedAt: number): Instant =>
  instant(Math.min(Math.max(sentAt, missedAt - DAY), storedAt));
