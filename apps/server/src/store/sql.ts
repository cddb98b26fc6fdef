/** Small words of the SQL files. */
import { bytesEqual } from "@megachat/base";
import type { Bytes } from "./port.ts";

export const sameBytes = (a: Bytes, b: Bytes): boolean => bytesEqual(a, b);

/** The first items whose sizes sum up to at most `maxBytes`, and one at least: a page never comes back empty for its size. */
export function takeBytes<T>(
  items: Iterable<T>,
  sizeOf: (item: T) => number,
  maxBytes: number,
): { readonly page: T[]; readonly more: boolean } {
  const page: T[] = [];
  let sum = 0;
  for (const item of items) {
    sum += sizeOf(item);
    if (page.length > 0 && sum > maxBytes) return { page, more: true };
    page.push(item);
  }
  return { page, more: false };
}
