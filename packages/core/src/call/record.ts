/**
 * What the conversation's history says of a call: a fold of its durable events, the same on every device. [L17]
 *
 * The start is the missed-call line; what comes after it in the log makes more of it.
 */
import { after, since, toHex, type Instant } from "@megachat/base";
import type { CallEndReason, CallEvent } from "@megachat/wire";
import { ANSWER_WITHIN, MAX_RECORDS, RING_LASTS } from "./timing.ts";
import type { CallEffect, CallInput, CallRecord, Phone } from "./types.ts";

/** The phone with the event in its records, and the line to show for it, if the event changes what is shown. */
export function record(
  phone: Phone,
  now: Instant,
  input: Extract<CallInput, { type: "durable" }>,
): readonly [Phone, readonly CallEffect[]] {
  const { event, from, conversation, position, at } = input;
  const id = toHex(event.call);
  const known = phone.records.find((each) => each.id === id);
  if (event.type === "callStart") {
    if (known) return [phone, []];
    const outgoing = from.account === "own";
    const old = since(at, now) >= ANSWER_WITHIN + RING_LASTS;
    const outcome = !outgoing && (old || !input.mayRing) ? "missed" : "ringing";
    return put(
      phone,
      {
        id,
        conversation,
        position,
        at,
        outgoing,
        video: event.media === "video",
        acceptedAt: null,
        closed: false,
        outcome,
        duration: null,
      },
      position,
    );
  }
  if (!known || known.conversation !== conversation) return [phone, []];
  const byCaller = (from.account === "own") === known.outgoing;
  const next = fold(known, event, at, byCaller);
  return next === known ? [phone, []] : put(phone, next, position);
}

/** A call that rang for nobody's answer and was never ended is a missed one. */
export function overdue(phone: Phone, now: Instant): readonly [Phone, readonly CallEffect[]] {
  const late = phone.records.find((each) => isLate(each, now));
  if (!late) return [phone, []];
  const [next, effects] = put(phone, { ...late, outcome: late.outgoing ? "noAnswer" : "missed" }, late.position);
  const [last, more] = overdue(next, now);
  return [last, [...effects, ...more]];
}

/** When {@link overdue} has something to do; null when never. */
export const nextOverdue = ({ records }: Phone): Instant | null =>
  records
    .filter(({ outcome }) => outcome === "ringing")
    .reduce<Instant | null>((first, each) => {
      const time = deadline(each);
      return first === null || time < first ? time : first;
    }, null);

const deadline = ({ at }: CallRecord): Instant => after(after(at, ANSWER_WITHIN), RING_LASTS);
const isLate = (each: CallRecord, now: Instant): boolean => each.outcome === "ringing" && now >= deadline(each);

function fold(known: CallRecord, event: Exclude<CallEvent, { type: "callStart" }>, at: Instant, byCaller: boolean): CallRecord {
  if (known.closed) return known;
  const { acceptedAt, outgoing } = known;
  switch (event.type) {
    case "callAccept":
      return acceptedAt === null && !byCaller ? { ...known, acceptedAt: at, outcome: "ongoing" } : known;
    case "callDecline": {
      if (acceptedAt !== null || byCaller) return known;
      const busy = outgoing ? "busy" : "missed";
      return { ...known, closed: true, outcome: event.reason === "busy" ? busy : "declined" };
    }
    case "callEnd": {
      if (acceptedAt === null) return byCaller ? { ...known, closed: true, outcome: unanswered(known, event.reason) } : known;
      const failed = event.reason === "noPath" || event.reason === "failed";
      if (failed) return { ...known, closed: true, outcome: "failed" };
      return { ...known, closed: true, outcome: "finished", duration: Math.max(0, since(acceptedAt, at)) };
    }
  }
}

function unanswered({ outgoing }: CallRecord, reason: CallEndReason): CallRecord["outcome"] {
  if (reason === "replaced") return "cancelled";
  if (!outgoing) return "missed";
  if (reason === "noAnswer") return "noAnswer";
  return reason === "cancelled" || reason === "hungUp" ? "cancelled" : "failed";
}

function put(phone: Phone, entry: CallRecord, position: number): readonly [Phone, readonly CallEffect[]] {
  const known = phone.records.some(({ id }) => id === entry.id);
  const records = known
    ? phone.records.map((each) => (each.id === entry.id ? entry : each))
    : [...phone.records, entry].slice(-MAX_RECORDS);
  return [{ ...phone, records }, [{ type: "line", conversation: entry.conversation, position, line: entry }]];
}
