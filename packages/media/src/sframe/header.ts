/** SFrame's header (RFC 9605 §4.3): key id and counter in as few bytes as they take. [M6] */
import { err, ok, type Result } from "@megachat/base";

export interface SFrameHeader {
  readonly kid: bigint;
  readonly counter: bigint;
}

export type HeaderError = { readonly type: "malformed" };

/** `kid` and `counter` are below 2^64. */
export function encodeHeader({ kid, counter }: SFrameHeader): Uint8Array<ArrayBuffer> {
  const kidBytes = kid < 8n ? [] : bigEndian(kid);
  const counterBytes = counter < 8n ? [] : bigEndian(counter);
  // X KKK Y CCC: a set flag says that the three bits are a length less one, not the value itself.
  const k = kidBytes.length === 0 ? Number(kid) : 8 | (kidBytes.length - 1);
  const c = counterBytes.length === 0 ? Number(counter) : 8 | (counterBytes.length - 1);
  return Uint8Array.of((k << 4) | c, ...kidBytes, ...counterBytes);
}

/** Reads the header in front of `bytes`. One spelling per value: the RFC has senders use the shortest. Never throws. */
export function parseHeader(bytes: Uint8Array): Result<{ readonly header: SFrameHeader; readonly length: number }, HeaderError> {
  const malformed = err({ type: "malformed" });
  const config = bytes[0];
  if (config === undefined) return malformed;
  const kid = field(bytes, 1, config >> 4);
  if (!kid) return malformed;
  const counter = field(bytes, kid.end, config & 15);
  if (!counter) return malformed;
  return ok({ header: { kid: kid.value, counter: counter.value }, length: counter.end });
}

function field(bytes: Uint8Array, start: number, nibble: number): { readonly value: bigint; readonly end: number } | undefined {
  const bits = nibble & 7;
  if ((nibble & 8) === 0) return { value: BigInt(bits), end: start };
  const end = start + bits + 1;
  if (end > bytes.length) return undefined;
  let value = 0n;
  for (const byte of bytes.subarray(start, end)) value = (value << 8n) | BigInt(byte);
  const shortest = bits === 0 ? 8n : 1n << BigInt(8 * bits);
  return value < shortest ? undefined : { value, end };
}

function bigEndian(value: bigint): readonly number[] {
  const bytes: number[] = [];
  for (let left = value; left > 0n; left >>= 8n) bytes.unshift(Number(left & 255n));
  return bytes;
}
