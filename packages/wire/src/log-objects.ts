/** The envelope of a log row and the hash chain over envelopes. Design: conversations, formats. [C1–C4] */
import { encode, hash32, id16, object, u16, u53, type ValueOf } from "./codec.ts";
import { rowKind } from "./transport.ts";

/** Everything the server decides about a row, and the hash of what it may not read. */
export const Envelope = object("envelope", 0x0501, 1, {
  log: id16,
  generation: u16,
  position: u53,
  turn: u53,
  time: u53,
  kind: rowKind,
  device: id16,
  sequence: u53,
  bodyHash: hash32,
});
export type Envelope = ValueOf<typeof Envelope>;

export const envelopeBytes = (envelope: Envelope): Uint8Array<ArrayBuffer> => encode(Envelope, envelope);
