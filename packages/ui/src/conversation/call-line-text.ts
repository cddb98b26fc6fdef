/** A call in one line: what it was and how it ended. */
import type { CallLine } from "@megachat/view";
import type { Words } from "../words/en.ts";
import type { Format } from "../words/format.ts";

export function callLineText(words: Words, format: Format, call: CallLine): string {
  if (call.outcome.at === "missed") return call.media === "video" ? words.call.line.missedVideo : words.call.line.missed;
  return `${words.call[call.media]} · ${callOutcome(words, format, call)}`;
}

export function callOutcome({ call: { line } }: Words, format: Format, { outcome, direction }: CallLine): string {
  switch (outcome.at) {
    case "finished":
      return format.span(outcome.duration);
    case "declined":
      return direction === "incoming" ? line.declinedBySelf : line.declinedByPeer;
    case "missed":
    case "ringing":
    case "ongoing":
    case "cancelled":
    case "noAnswer":
    case "busy":
    case "failed":
      return line[outcome.at];
  }
}
