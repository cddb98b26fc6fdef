/** Pages of things of unequal size. [S28] */

/** The first items whose sizes sum up to at most `maxBytes`, and one at least: no page is empty only because its first item is large. */
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
