/**
 * Canaries: secrets that are like no other bytes, put where a person's secrets go, and searched for where none may be.
 * The search knows the forms in which programs like to store and send a string. Attack catalogue O1.
 */
import { inflateRawSync, inflateSync } from "node:zlib";

/** A secret text of 32 letters and digits. Any 16 of them in a row count as found, so cut-off copies are seen, too. */
export interface Canary {
  readonly name: string;
  readonly text: string;
}
export interface Hit {
  readonly canary: string;
  readonly form: string;
  readonly place: string;
  readonly at: number;
}

const LENGTH = 32;
const SEEN = 16;
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** `bytes`: 32 random ones. */
export const canaryOf = (name: string, bytes: Uint8Array): Canary => ({
  name,
  text: Array.from(bytes.subarray(0, LENGTH), (byte) => LETTERS.charAt(byte % LETTERS.length)).join(""),
});

interface Needle {
  readonly canary: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** What each canary looks like in each form. */
function needlesOf(canaries: readonly Canary[]): readonly Needle[] {
  return canaries.flatMap(({ name, text }) => {
    // The first and the second half are looked for apart: whoever kept only one of them is found as well.
    return [text.slice(0, SEEN), text.slice(SEEN)].flatMap((half): readonly Needle[] => {
      const plain = Buffer.from(half, "utf8");
      const hex = plain.toString("hex");
      return [
        { canary: name, form: "plain", bytes: plain },
        { canary: name, form: "UTF-16", bytes: Buffer.from(half, "utf16le") },
        { canary: name, form: "UTF-16 big-endian", bytes: Buffer.from(half, "utf16le").swap16() },
        { canary: name, form: "hex", bytes: Buffer.from(hex) },
        { canary: name, form: "HEX", bytes: Buffer.from(hex.toUpperCase()) },
        { canary: name, form: "URL-encoded", bytes: Buffer.from(hex.replace(/../g, "%$&")) },
        { canary: name, form: "URL-ENCODED", bytes: Buffer.from(hex.toUpperCase().replace(/../g, "%$&")) },
        ...base64Forms(plain).map((bytes) => ({ canary: name, form: "base64", bytes })),
      ];
    });
  });
}

/** Base64 shifts with what stands before: three alignments, without the letters that neighbours have a part in. */
function base64Forms(bytes: Buffer): readonly Buffer[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const inner = text.slice(shift === 0 ? 0 : shift + 1, -2);
    return [Buffer.from(inner), Buffer.from(inner.replaceAll("+", "-").replaceAll("/", "_"))];
  });
}

export interface Search {
  /** Looks through one place, as it is and inflated wherever something deflated may begin. */
  readonly in: (place: string, bytes: Uint8Array) => readonly Hit[];
  /** As it is only: for memory, where too much looks like the start of something deflated. */
  readonly plainlyIn: (place: string, bytes: Uint8Array) => readonly Hit[];
}

export function searchFor(canaries: readonly Canary[]): Search {
  const plainly = finderOf(needlesOf(canaries));
  const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    plainlyIn: (place, bytes) => plainly(place, asBuffer(bytes)),
    in: (place, bytes) => {
      const whole = asBuffer(bytes);
      return [...plainly(place, whole), ...inflated(whole).flatMap((inner) => plainly(`${place}, inflated`, inner))];
    },
  };
}

/**
 * Looks for all needles in one pass: a process holds hundreds of megabytes, and there are hundreds of needles. The first
 * two bytes choose those that are compared.
 */
function finderOf(needles: readonly Needle[]): (place: string, bytes: Buffer) => readonly Hit[] {
  const starting = new Map<number, Needle[]>();
  const begins = new Uint8Array(1 << 16);
  for (const needle of needles) {
    const start = needle.bytes.readUInt16LE(0);
    begins[start] = 1;
    starting.set(start, [...(starting.get(start) ?? []), needle]);
  }
  return (place, bytes) => {
    const hits = new Map<Needle, Hit>();
    for (let at = 0; at + 1 < bytes.length; at++) {
      const start = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
      if (begins[start] === 0) continue;
      for (const needle of starting.get(start) ?? []) {
        const end = at + needle.bytes.length;
        if (hits.has(needle) || end > bytes.length || bytes.compare(needle.bytes, 0, needle.bytes.length, at, end) !== 0) continue;
        hits.set(needle, { canary: needle.canary, form: needle.form, place, at });
      }
    }
    return [...hits.values()];
  };
}

const MAX_INFLATED = 1 << 22;
/** Enough for one HTTP answer; who deflates more keeps the start of it within. */
const MAX_DEFLATED = 1 << 20;

/** The second byte of zlib's head for each level of compression, without a preset dictionary (RFC 1950 §2.2). */
const ZLIB_FLAGS: readonly number[] = [0x01, 0x5e, 0x9c, 0xda];

/** What inflates, from every place that looks like the start of gzip or zlib. */
function inflated(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(0x1f); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (bytes[at + 1] === 0x8b && bytes[at + 2] === 8)
      keep(() => inflateRawSync(afterGzipHead(bytes.subarray(at, at + MAX_DEFLATED)), options));
  }
  for (let at = bytes.indexOf(0x78); at >= 0; at = bytes.indexOf(0x78, at + 1)) {
    if (ZLIB_FLAGS.includes(bytes[at + 1] ?? 0)) keep(() => inflateSync(bytes.subarray(at, at + MAX_DEFLATED), options));
  }
  // permessage-deflate and other headless streams, when that is all there is.
  if (bytes.length < MAX_DEFLATED) keep(() => inflateRawSync(bytes, options));
  return found;

  function keep(inflate: () => Buffer): void {
    try {
      const inner = inflate();
      if (inner.length > 0) found.push(inner);
    } catch {
      // It only looked like a start.
    }
  }
}
/** RFC 1952 §2.3. Read by hand, because gunzip gives nothing when other bytes follow the stream. */
function afterGzipHead(bytes: Buffer): Buffer {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  if (flags & 8) at = bytes.indexOf(0, at) + 1;
  if (flags & 16) at = bytes.indexOf(0, at) + 1;
  if (flags & 2) at += 2;
  return bytes.subarray(at);
}

// A stream that is cut off, or followed by other bytes, still gives what it holds.
const options = { finishFlush: 2, maxOutputLength: MAX_INFLATED };
