import { expect, test } from "vitest";
import { indexedDbShelf } from "./indexed-db-shelf.ts";

const bytes = (value: number): Uint8Array => new Uint8Array(16).fill(value);

test("[V50] headers in IndexedDB: the one put last comes first, over a restart; removed ones are gone", async () => {
  const name = `megachat-test-shelf-${crypto.randomUUID()}`;
  const shelf = indexedDbShelf(name);
  expect(await shelf.all()).toEqual({ ok: true, value: [] });
  await shelf.put(bytes(1), new Uint8Array([1]));
  await shelf.put(bytes(2), new Uint8Array([2]));
  await shelf.put(bytes(1), new Uint8Array([3]));
  const again = indexedDbShelf(name);
  expect(await again.all()).toEqual({ ok: true, value: [new Uint8Array([3]), new Uint8Array([2])] });
  await again.remove(bytes(1));
  expect(await shelf.all()).toEqual({ ok: true, value: [new Uint8Array([2])] });
});

test("[V51] a host that refuses IndexedDB is told as refused", async () => {
  const open = Object.getOwnPropertyDescriptor(IDBFactory.prototype, "open");
  if (!open) throw new Error("no IndexedDB");
  const denied = (): never => {
    throw new DOMException("denied", "SecurityError");
  };
  Object.defineProperty(IDBFactory.prototype, "open", { ...open, value: denied });
  try {
    const shelf = indexedDbShelf("megachat-test-refused");
    expect(await shelf.all()).toEqual({ ok: false, error: { type: "refused" } });
    expect(await shelf.put(bytes(1), bytes(1))).toEqual({ ok: false, error: { type: "refused" } });
  } finally {
    Object.defineProperty(IDBFactory.prototype, "open", open);
  }
});
