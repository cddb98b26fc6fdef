/**
 * What an MLS message says in clear: RFC 9420 §6, the head of a PrivateMessage or PublicMessage. [S24]
 *
 * For whoever may not open it but must route it. Bounded and total; nothing after the authenticated data is read, since
 * nothing after it is readable without keys.
 */
import { err, ok, type Result } from "@megachat/base";

export interface MlsHeader {
  readonly wireFormat: "public" | "private";
  readonly groupId: Uint8Array;
  /** Below 2^53. */
  readonly epoch: number;
  readonly content: "application" | "proposal" | "commit";
  readonly authenticatedData: Uint8Array;
}
export interface MlsHeaderError {
  readonly type: "notMls";
}

const refused = err({ type: "notMls" } as const);
const contents: readonly (MlsHeader["content"] | undefined)[] = [undefined, "application", "proposal", "commit"];

/** Reads the head of an MLSMessage. The byte strings are views into `bytes`. */
export function readMlsHeader(bytes: Uint8Array): Result<MlsHeader, MlsHeaderError> {
  const input = reader(bytes);
  const version = input.uint(2);
  const format = input.uint(2);
  if (version !== 1 || (format !== 1 && format !== 2)) return refused;
  const groupId = input.vector();
  const epoch = input.uint(8);
  // PublicMessage puts the sender before the authenticated data, PrivateMessage the content type.
  if (format === 1 && !skipSender(input)) return refused;
  let content = format === 2 ? contents[input.uint(1)] : undefined;
  const authenticatedData = input.vector();
  if (format === 1) content = contents[input.uint(1)];
  if (input.failed() || content === undefined || !Number.isSafeInteger(epoch)) return refused;
  return ok({ wireFormat: format === 2 ? "private" : "public", groupId, epoch, content, authenticatedData });
}

/** Sender, RFC 9420 §6: a member and an external sender carry a number, the two kinds of newcomer nothing. */
function skipSender(input: Reader): boolean {
  const kind = input.uint(1);
  if (kind === 1 || kind === 2) input.uint(4);
  return kind >= 1 && kind <= 4;
}

interface Reader {
  readonly uint: (width: number) => number;
  readonly vector: () => Uint8Array;
  readonly failed: () => boolean;
}

/** After a failure every read gives zeros: the one check stands at the end, and nothing throws on the way. */
function reader(bytes: Uint8Array): Reader {
  let at = 0;
  let bad = false;
  const take = (count: number): Uint8Array => {
    if (bad || count > bytes.length - at) {
      bad = true;
      return new Uint8Array(0);
    }
    at += count;
    return bytes.subarray(at - count, at);
  };
  const uint = (width: number): number => take(width).reduce((value, byte) => value * 256 + byte, 0);
  return {
    uint,
    failed: () => bad,
    vector: () => {
      // Variable-size vectors, RFC 9420 §2.1.2: two bits of width, shortest form only.
      const first = uint(1);
      const width = 1 << (first >> 6);
      if (width === 8) bad = true;
      let length = first & 63;
      for (let i = 1; i < width && !bad; i++) length = length * 256 + uint(1);
      if ((width === 2 && length < 64) || (width === 4 && length < 16_384)) bad = true;
      return take(length);
    },
  };
}
