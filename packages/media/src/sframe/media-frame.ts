/**
 * An encoded media frame, sealed: clear codec bytes ‖ SFrame(media ‖ trailer type). [M12] [M13]
 *
 * The clear bytes are as few as receivers and servers can work with, and are authenticated together with the kind of
 * track, so that a frame of one track does not pass as one of another. There is no way through this file that returns
 * bytes which were not sealed or did not open.
 */
import { concatBytes, err, ok, type Result } from "@megachat/base";
import { aes256Gcm, openWith, parseFrame, sealWith } from "./cipher.ts";
import { MAX_COUNTER, type KeyRing } from "./key-ring.ts";

/** The suite of calls. */
export const callSuite = aes256Gcm;

/** What a frame is part of; the number is authenticated. 3 and 4 are for a shared screen and its sound. */
export const trackKinds = { microphone: 1, camera: 2 } as const;
export type TrackKind = keyof typeof trackKinds;

/** Ends each sealed plaintext. 1–255 are reserved, 1 of them for the signed list of frames that a conference will need. */
const TRAILER_NONE = 0;

export type SealRefusal = { readonly type: "noKey" } | { readonly type: "empty" };
export type OpenRefusal =
  | { readonly type: "malformed" }
  | { readonly type: "unknownKey" }
  | { readonly type: "replayed" }
  | { readonly type: "forged" }
  | { readonly type: "reservedTrailer" };

/**
 * How many bytes stay clear. VP8 (RFC 6386 §9.1): 10 of a key frame, 3 of another, told apart by bit 0; a receiver
 * reads them before it asks for the next key frame. Opus: none.
 */
export function clearBytes(kind: TrackKind, first: number): number {
  if (kind === "microphone") return 0;
  return (first & 1) === 0 ? 10 : 3;
}

export async function sealMediaFrame(
  subtle: SubtleCrypto,
  ring: KeyRing,
  kind: TrackKind,
  frame: Uint8Array,
): Promise<Result<Uint8Array<ArrayBuffer>, SealRefusal>> {
  const clear = clearBytes(kind, frame[0] ?? 0);
  if (frame.length <= clear) return err({ type: "empty" });
  const next = ring.nextToSend();
  if (!next) return err({ type: "noKey" });
  const prefix = frame.subarray(0, clear);
  const plaintext = concatBytes(frame.subarray(clear), Uint8Array.of(TRAILER_NONE));
  const sealed = await sealWith(subtle, next.cipher, next.counter, metadata(kind, prefix), plaintext);
  return ok(concatBytes(prefix, sealed));
}

export async function openMediaFrame(
  subtle: SubtleCrypto,
  ring: KeyRing,
  kind: TrackKind,
  frame: Uint8Array<ArrayBuffer>,
): Promise<Result<Uint8Array<ArrayBuffer>, OpenRefusal>> {
  const clear = clearBytes(kind, frame[0] ?? 0);
  const parsed = parseFrame(frame.subarray(clear));
  // A longer counter is no counter of ours, and beyond 2^53 it would no longer be told from its neighbours.
  if (!parsed.ok || parsed.value.header.counter >= BigInt(MAX_COUNTER)) return err({ type: "malformed" });
  const counter = Number(parsed.value.header.counter);
  const receiver = ring.receiverOf(parsed.value.header.kid);
  if (!receiver) return err({ type: "unknownKey" });
  if (!receiver.window.isFresh(counter)) return err({ type: "replayed" });
  const prefix = frame.subarray(0, clear);
  const opened = await openWith(subtle, receiver.cipher, parsed.value, metadata(kind, prefix));
  if (!opened.ok) return opened;
  // Asked again: a copy of this frame may have opened in the meantime.
  if (!receiver.window.isFresh(counter)) return err({ type: "replayed" });
  receiver.window.remember(counter);
  if (opened.value.at(-1) !== TRAILER_NONE) return err({ type: "reservedTrailer" });
  return ok(concatBytes(prefix, opened.value.subarray(0, -1)));
}

const metadata = (kind: TrackKind, prefix: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(trackKinds[kind]), prefix);
