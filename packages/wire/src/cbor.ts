/** CBOR's heads and bytes (RFC 8949 §3), the deterministic subset only. {@link Input} never reads past its end. */
/** Thrown inside a decoder and caught by `decode`; never leaves this package. */
export class Malformed extends Error {
  readonly reason: string;
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.reason = reason;
    this.offset = offset;
  }
}

/** Collects the pieces of an encoding. */
export class Output {
  readonly #parts: Uint8Array[] = [];

  byte(value: number): void {
    this.#parts.push(Uint8Array.of(value));
  }
  bytes(value: Uint8Array): void {
    this.#parts.push(value);
  }
  /** A major type with its argument in the shortest form. */
  head(major: number, argument: number): void {
    if (!Number.isSafeInteger(argument) || argument < 0) throw new RangeError("not a CBOR argument");
    const top = major << 5;
    if (argument < 24) return this.byte(top | argument);
    if (argument < 0x100) return this.bytes(Uint8Array.of(top | 24, argument));
    if (argument < 0x1_0000) return this.bytes(Uint8Array.of(top | 25, argument >> 8, argument & 255));
    const wide = argument >= 0x1_0000_0000;
    const head = new Uint8Array(wide ? 9 : 5);
    const view = new DataView(head.buffer);
    head[0] = top | (wide ? 27 : 26);
    if (wide) view.setUint32(1, Math.floor(argument / 2 ** 32));
    view.setUint32(wide ? 5 : 1, argument >>> 0);
    this.bytes(head);
  }
  finish(): Uint8Array<ArrayBuffer> {
    // Not concatBytes: a long list has more parts than a call takes arguments.
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** Reads an encoding from front to back. */
export class Input {
  readonly #bytes: Uint8Array;
  #at = 0;
  #depth = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#at;
  }
  get left(): number {
    return this.#bytes.length - this.#at;
  }
  atEnd(): boolean {
    return this.left === 0;
  }
  fail(reason: string): never {
    throw new Malformed(reason, this.#at);
  }
  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) return this.fail("ends early");
    this.#at++;
    return value;
  }
  /** A copy, so that a value does not keep a whole message alive. */
  take(count: number): Uint8Array<ArrayBuffer> {
    // Bounded before allocation: the length is the sender's claim. [W3]
    if (count > this.left) this.fail("ends early");
    this.#at += count;
    return new Uint8Array(this.#bytes.subarray(this.#at - count, this.#at));
  }
  /** The bytes read since `start`. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#at);
  }
  skipIf(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }
  peekMajor(): number {
    return (this.#bytes[this.#at] ?? this.fail("ends early")) >> 5;
  }
  /** The argument of a head of this major type, refused unless in its shortest form. [W4] */
  head(major: number): number {
    const first = this.byte();
    if (first >> 5 !== major) this.fail("another kind of value");
    const short = first & 31;
    if (short < 24) return short;
    if (short > 27) this.fail("indefinite or reserved length");
    const width = 1 << (short - 24);
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + this.byte();
    const least = short === 24 ? 24 : 2 ** (8 * (width / 2));
    if (value < least) this.fail("head not in its shortest form");
    if (!Number.isSafeInteger(value)) this.fail("integer beyond 2^53");
    return value;
  }
  /** The type that opens the object ahead, without moving. */
  peekType(): number {
    const start = this.#at;
    if (this.head(4) < 2) this.fail("not an object");
    const id = this.head(0);
    this.#at = start;
    return id;
  }
  nested<T>(maxDepth: number, read: () => T): T {
    if (++this.#depth > maxDepth) this.fail("nested too deeply");
    const value = read();
    this.#depth--;
    return value;
  }
}
