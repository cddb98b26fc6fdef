/** How {@link Kept} lies on the disk: one row of the space `call`. [L16] */
import { instant, toHex } from "@megachat/base";
import {
  bool,
  CallAccept,
  CallStart,
  choice,
  decode,
  encode,
  fixed,
  id16,
  list,
  nullable,
  object,
  struct,
  text,
  u16,
  u53,
  type ValueOf,
} from "@megachat/wire";
import { idBytes } from "./ending.ts";
import { MAX_OFFERS, MAX_RECORDS } from "./timing.ts";
import type { Kept as KeptCalls } from "./types.ts";

export const Kept = object("calls", 0x0c80, 1, {
  offers: list(struct({ conversation: id16, device: id16, position: u53, notedAt: u53, start: CallStart }), MAX_OFFERS + 1),
  records: list(
    struct({
      id: id16,
      conversation: id16,
      position: u53,
      at: u53,
      outgoing: bool,
      video: bool,
      acceptedAt: nullable(u53),
      closed: bool,
      outcome: choice(["ringing", "ongoing", "finished", "missed", "declined", "cancelled", "noAnswer", "busy", "failed"]),
      duration: nullable(u53),
    }),
    MAX_RECORDS,
  ),
  call: nullable(
    struct({
      conversation: id16,
      call: id16,
      running: nullable(
        struct({
          role: choice(["caller", "callee"]),
          device: id16,
          start: CallStart,
          accept: CallAccept,
          workerKey: fixed(32),
          generation: u16,
          since: u53,
          connectedAt: nullable(u53),
          code: nullable(text(8)),
        }),
      ),
    }),
  ),
});
type Row = ValueOf<typeof Kept>;

export function keptToRow({ offers, records, call }: KeptCalls): Uint8Array<ArrayBuffer> {
  const row: Row = {
    type: "calls",
    offers: offers.map(({ conversation, device, position, notedAt, start }) => ({
      conversation: idBytes(conversation),
      device: idBytes(device),
      position,
      notedAt,
      start,
    })),
    records: records.map((each) => ({ ...each, id: idBytes(each.id), conversation: idBytes(each.conversation) })),
    call: call && {
      conversation: idBytes(call.conversation),
      call: call.call,
      running: call.running && { ...call.running, device: idBytes(call.running.device) },
    },
  };
  return encode(Kept, row);
}

/** Null for a row of another version, or a damaged one: then no call is known. */
export function keptFromRow(bytes: Uint8Array): KeptCalls | null {
  const row = decode(Kept, bytes);
  if (!row.ok) return null;
  const { offers, records, call } = row.value;
  const time = (ms: number | null) => (ms === null ? null : instant(ms));
  return {
    offers: offers.map((each) => ({
      ...each,
      conversation: toHex(each.conversation),
      device: toHex(each.device),
      notedAt: instant(each.notedAt),
    })),
    records: records.map((each) => ({
      ...each,
      id: toHex(each.id),
      conversation: toHex(each.conversation),
      at: instant(each.at),
      acceptedAt: time(each.acceptedAt),
    })),
    call: call && {
      conversation: toHex(call.conversation),
      call: call.call,
      running: call.running && {
        ...call.running,
        device: toHex(call.running.device),
        since: instant(call.running.since),
        connectedAt: time(call.running.connectedAt),
      },
    },
  };
}
