/**
 * Padding inside a plaintext, so that the length of a ciphertext says little about the length of the text. [K10] [K11]
 *
 * version (u8) ‖ type (u16) ‖ length (u32) ‖ bytes ‖ zeros, integers big-endian, in all 256, 512, 1,024, 2,048 or 4,096
 * bytes, and above that the next length of Padmé (Nikitin et al., PoPETs 2019: at most 12 % more, O(log log n) bits
 * told). Nothing is compressed before it is sealed: lengths would tell of contents.
 */
import { err, ok, type Result } from "@megachat/base";

const VERSION = 1;
const HEADER = 7;
const BUCKETS = [256, 512, 1024, 2048, 4096] as const;

export interface PaddingError {
  readonly type: "badPadding";
}
const bad = err({ type: "badPadding" });

/** The length that `length` bytes, header included, are padded to. */
export function paddedLength(length: number): number {
  const bucket = BUCKETS.find((each) => length <= each);
  if (bucket !== undefined) return bucket;
  const exponent = Math.floor(Math.log2(length));
  const free = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return Math.ceil(length / free) * free;
}

/** Pads `content`. `type` is the number of what it is, checked again by {@link unpad}. */
export function pad(type: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(paddedLength(HEADER + content.length));
  const view = new DataView(padded.buffer);
  view.setUint8(0, VERSION);
  view.setUint16(1, type);
  view.setUint32(3, content.length);
  padded.set(content, HEADER);
  return padded;
}

/** The content again. Total; refuses another type or version, a length that does not fit, and zeros that are not. */
export function unpad(type: number, padded: Uint8Array): Result<Uint8Array<ArrayBuffer>, PaddingError> {
  if (padded.length < HEADER) return bad;
  const view = new DataView(padded.buffer, padded.byteOffset, padded.length);
  if (view.getUint8(0) !== VERSION || view.getUint16(1) !== type) return bad;
  const end = HEADER + view.getUint32(3);
  if (paddedLength(end) !== padded.length) return bad;
  for (let at = end; at < padded.length; at++) if (padded[at] !== 0) return bad;
  return ok(padded.slice(HEADER, end));
}
