/** Byte strings: joining, comparing and their text forms. Decoders are total and accept one spelling per value. */
import { err, ok, type Result } from "./result.ts";

const encoder = new TextEncoder();
// A BOM is data like any other: dropping it would give two encodings to one string.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 of `text`. Lone surrogates become U+FFFD, so callers check {@link String.prototype.isWellFormed} first. */
export const encodeUtf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** The text of well-formed UTF-8; anything else is an error. */
export function decodeUtf8(bytes: Uint8Array): Result<string, { readonly type: "notUtf8" }> {
  try {
    return ok(decoder.decode(bytes));
  } catch {
    return err({ type: "notUtf8" });
  }
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Equality whose time depends on the lengths only, as far as JavaScript allows. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Bytewise lexicographic order, shorter first among equals. Not for secrets. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Eight bytes, big-endian. `value` is a safe integer, not negative. */
export function u64(value: number): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("u64 takes a safe integer");
  const out = new Uint8Array(8);
  const view = new DataView(out.buffer);
  view.setUint32(0, Math.floor(value / 2 ** 32));
  view.setUint32(4, value >>> 0);
  return out;
}

const HEX = "0123456789abcdef";

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
  return text;
}

/** Lower-case hexadecimal only. */
export function fromHex(text: string): Result<Uint8Array<ArrayBuffer>, { readonly type: "notHex" }> {
  if (text.length % 2 !== 0) return err({ type: "notHex" });
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) {
    const high = HEX.indexOf(text.charAt(2 * i));
    const low = HEX.indexOf(text.charAt(2 * i + 1));
    if (high < 0 || low < 0) return err({ type: "notHex" });
    out[i] = high * 16 + low;
  }
  return ok(out);
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** RFC 4648 §5, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += BASE64URL.charAt(group >> 18) + BASE64URL.charAt((group >> 12) & 63);
    if (left > 1) text += BASE64URL.charAt((group >> 6) & 63);
    if (left > 2) text += BASE64URL.charAt(group & 63);
  }
  return text;
}

/** RFC 4648 §5, without padding; spare bits must be zero, so each value has one spelling. */
export function fromBase64Url(text: string): Result<Uint8Array<ArrayBuffer>, { readonly type: "notBase64Url" }> {
  const refused = err({ type: "notBase64Url" });
  if (text.length % 4 === 1) return refused;
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    const digit = BASE64URL.indexOf(letter);
    if (digit < 0 || letter.length !== 1) return refused;
    bits = ((bits << 6) | digit) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[at++] = (bits >> held) & 255;
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? ok(out) : refused;
}
