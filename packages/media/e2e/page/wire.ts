/** Values with bytes in them, as text: what passes between the test and a page. */
export const toText = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (each instanceof Uint8Array ? { $bytes: each.toBase64() } : each));

export const fromText = (text: string): unknown =>
  JSON.parse(text, (_, each: unknown) => {
    if (typeof each !== "object" || each === null || !("$bytes" in each)) return each;
    return Uint8Array.fromBase64(String(each.$bytes));
  });
