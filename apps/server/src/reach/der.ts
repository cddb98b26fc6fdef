/** As much of DER (ITU-T X.690) as a certificate needs. Writes only. */
import { concatBytes, encodeUtf8 } from "@megachat/base";

export type Der = Uint8Array<ArrayBuffer>;

export function tlv(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = concatBytes(...content);
  return concatBytes(Uint8Array.of(tag), lengthOf(body.length), body);
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 255);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

export const sequence = (...items: readonly Uint8Array[]): Der => tlv(0x30, ...items);
export const set = (...items: readonly Uint8Array[]): Der => tlv(0x31, ...items);
export const bool = (value: boolean): Der => tlv(0x01, Uint8Array.of(value ? 0xff : 0));
export const utf8 = (text: string): Der => tlv(0x0c, encodeUtf8(text));
export const octets = (bytes: Uint8Array): Der => tlv(0x04, bytes);
export const bits = (bytes: Uint8Array, unused = 0): Der => tlv(0x03, Uint8Array.of(unused), bytes);
/** Context-specific: `[n]`, constructed or primitive. */
export const explicit = (n: number, ...content: readonly Uint8Array[]): Der => tlv(0xa0 | n, ...content);
export const implicit = (n: number, content: Uint8Array): Der => tlv(0x80 | n, content);

/** A non-negative integer, big-endian, in its shortest form. */
export function integer(bytes: Uint8Array): Der {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = start < 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return tlv(0x02, (short[0] ?? 0) >= 0x80 ? concatBytes(Uint8Array.of(0), short) : short);
}

export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest.flatMap(base128)];
  return tlv(0x06, Uint8Array.from(bytes));
}

function base128(value: number): number[] {
  const digits = [value & 127];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 127) | 128);
  return digits;
}

/** UTCTime until 2049, GeneralizedTime after it (RFC 5280 §4.1.2.5). `at` is in milliseconds since 1970. */
export function time(at: number): Der {
  const digits = new Date(at).toISOString().replace(/[-:T]|\.\d{3}/g, "");
  return digits < "2050" ? tlv(0x17, encodeUtf8(digits.slice(2))) : tlv(0x18, encodeUtf8(digits));
}
