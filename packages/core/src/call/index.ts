/**
 * One-to-one calls in the core. Rules: spec/call.md. [Note: How the core feeds a call]
 *
 * `part.ts` is what the core uses; `step.ts` is the table. In each core step, in the order in which things are learned:
 * - an intent of a tab: {@link startIntent}, {@link acceptIntent}, or an `intent` input as it is;
 * - each call event of the log, own ones included, in the log's order: {@link fromEvent}. `mayRing` says that the sender
 *   is a contact who is not blocked; `thisDevice` that the row came out of our own outbox;
 * - each call signal that opened: {@link fromSignal}. The sender is who signed it;
 * - each new epoch of a conversation, with the devices that stand in it afterwards: `epoch`;
 * - replies to requests whose key begins with `call:`: {@link fromReply}; what media says: {@link fromMedia};
 * - `link` when the session is resumed or lost, `timeIs`, `pageGone` when a tab closes or reloads, and `pageHas` when a
 *   tab says, after the core has started anew, which call its media has;
 * - `refused` when the outbox has given up on a call event.
 * A `media` effect carries a {@link MediaMessage} for one tab; its media answers with `{ page, call, event }`.
 */
export {
  acceptIntent,
  CALL_SPACE,
  conversationInCall,
  fromEvent,
  fromMedia,
  fromReply,
  fromSignal,
  restoreCalls,
  startIntent,
  stepCalls,
  type CallsStep,
  type MediaMessage,
} from "./part.ts";
export {
  newPhone,
  type Call,
  type CallInput,
  type CallIntent,
  type CallMedia,
  type CallRecord,
  type Failure,
  type Outcome,
  type Phone,
  type Sender,
  type Side,
} from "./types.ts";
