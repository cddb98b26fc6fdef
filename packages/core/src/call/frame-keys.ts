/**
 * Keys and code of a call, out of the conversation's epoch. Design: keys of the exporter. [L8] [M10] [M11]
 *
 * base key = HKDF(exporter(epoch, call), leaf ‖ join bytes): every device that joins, and every epoch, has its own. They
 * leave this worker sealed to the media worker's one-time key only.
 */
import { bytesEqual, concatBytes, Secret, toHex, u64, type Random } from "@megachat/base";
import { callCode, derive, labels, sealToX25519 } from "@megachat/crypto";
import type { Engine } from "@megachat/group";
import { CallAccept, CallStart, encode, FrameKey, type SealedToWorker } from "@megachat/wire";
import { idBytes } from "./ending.ts";
import type { CallEffect } from "./types.ts";

const EXPORTER = "megachat/call/v1";

type Keys = Extract<CallEffect, { type: "frameKeys" }>;

/** The frame keys of the present epoch: ours to send with, theirs to receive with. Empty when one of us is no longer in the conversation. */
export function sealFrameKeys(engine: Engine, random: Random, wanted: Keys): readonly SealedToWorker[] {
  const state = engine.state(idBytes(wanted.conversation));
  const peer = state?.members.find(({ certificate }) => toHex(certificate.device) === wanted.peer.device);
  if (!state || !peer) return [];
  using exported = exportFor(engine, wanted.conversation, wanted.call);
  if (!exported) return [];
  const of = (direction: FrameKey["direction"], leaf: number, join: Uint8Array<ArrayBuffer>): SealedToWorker | null => {
    using baseKey = derive(labels.frameBaseKey, exported, concatBytes(u64(leaf), join));
    const { call, removal } = wanted;
    const plaintext = baseKey.open((bytes) =>
      encode(FrameKey, { type: "frameKey", call, direction, join, epoch: state.epoch, baseKey: bytes, removal }),
    );
    const sealed = sealToX25519(random, labels.frameKeys, wanted.workerKey, call, plaintext);
    plaintext.fill(0);
    return sealed.ok ? sealed.value : null;
  };
  const keys = [of("receive", peer.leaf, wanted.peer.join), of("send", state.ownLeaf, wanted.join)];
  return keys.filter((key) => key !== null);
}

/** 8 digits over the exporter and both joins as they travelled, the fingerprints in them included. */
export function securityCode(
  engine: Engine,
  { conversation, start, accept }: Extract<CallEffect, { type: "code" }>,
): string | null {
  using exported = exportFor(engine, conversation, start.call);
  return exported?.open((bytes) => callCode(bytes, encode(CallStart, start), encode(CallAccept, accept))) ?? null;
}

function exportFor(engine: Engine, conversation: string, call: Uint8Array): Secret<Uint8Array<ArrayBuffer>> | null {
  const exported = engine.exportSecret({ conversation: idBytes(conversation), label: EXPORTER, context: call, length: 32 });
  return exported.ok ? new Secret(Uint8Array.from(exported.value)) : null;
}

/** 16 fresh bytes. Who finds its 32 bits of the KID taken draws again. */
export function drawJoin(random: Random, taken?: Uint8Array): Uint8Array<ArrayBuffer> {
  for (;;) {
    const join = random.bytes(16);
    if (!taken || !bytesEqual(join.subarray(0, 4), taken.subarray(0, 4))) return join;
  }
}
