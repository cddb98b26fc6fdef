/** What every store keeps, whatever it is made of. Run it against the double and each real one. [V20–V24] */
import type { PutLine, PutRow } from "@megachat/core";
import type { LinePage, LineWish, Place, Store, Stored } from "@megachat/worker";
import fc from "fast-check";
import { expect, test } from "vitest";
import { emptyDisk, memoryStore } from "./memory-store.ts";

/** One place on one disk: `open` may be called again after the store was closed. */
export interface StorePlace {
  readonly open: () => Promise<Store>;
  /** Ends the hold on the place without closing in order, as a crash does. */
  readonly crash: (store: Store) => Promise<void>;
  readonly remove: () => Promise<void>;
}

const id = (n: number): Uint8Array => new Uint8Array(16).fill(n);
const row = (space: string, key: number, value: number | null): PutRow => ({
  type: "store",
  put: "row",
  space,
  key: id(key),
  value: value === null ? null : new Uint8Array([value]),
});
interface LineOptions {
  readonly part?: number;
  readonly conversation?: number;
  readonly sender?: number | null;
  readonly messageId?: number | null;
  readonly body?: number;
}
const line = (position: number, options: LineOptions = {}): PutLine => ({
  type: "store",
  put: "line",
  conversation: id(options.conversation ?? 1),
  position,
  part: options.part ?? 0,
  sender: options.sender === undefined ? id(7) : options.sender === null ? null : id(options.sender),
  messageId: options.messageId === undefined || options.messageId === null ? null : new Uint8Array(32).fill(options.messageId),
  body: new Uint8Array([options.body ?? 0]),
});
async function good<T>(result: Stored<T>): Promise<T> {
  const settled = await result;
  if (!settled.ok) throw new Error(`store fault: ${settled.error.type}`);
  return settled.value;
}
const placesOf = ({ lines }: LinePage): readonly string[] => lines.map(({ position, part }) => `${position}.${part}`);

/** Registers the contract's tests. `rounds` scales the random ones to the speed of the place. */
export function storeContract(name: string, make: () => Promise<StorePlace>, rounds = 40): void {
  const withStore = async (use: (store: Store, place: StorePlace) => Promise<Store | void>): Promise<void> => {
    const place = await make();
    const store = await place.open();
    const last = (await use(store, place)) ?? store;
    await last.close();
    await place.remove();
  };

  test(`[V20] ${name}: what was written is there after closing and opening again`, async () => {
    await withStore(async (store, place) => {
      await good(store.write([row("self", 1, 11), row("mls", 2, 22), line(3, { messageId: 1, body: 5 })]));
      await store.close();
      const again = await place.open();
      expect(await good(again.rows("self"))).toEqual([{ space: "self", key: id(1), value: new Uint8Array([11]) }]);
      expect((await good(again.allRows(["mls"]))).map((each) => each.space)).toEqual(["self"]);
      expect(await good(again.lines({ conversation: id(1), from: "latest", limit: 9, hidden: null }))).toEqual({
        lines: [{ position: 3, part: 0, sender: id(7), messageId: new Uint8Array(32).fill(1), body: new Uint8Array([5]) }],
        hasOlder: false,
        hasNewer: false,
      });
      return again;
    });
  });

  test(`[V21] ${name}: a row put again replaces, null deletes, spaces are apart, keys come in order`, async () => {
    await withStore(async (store) => {
      await good(store.write([row("a", 2, 1), row("a", 1, 2), row("b", 1, 3), row("a", 2, 4)]));
      await good(store.write([row("b", 1, null), row("b", 9, null)]));
      expect((await good(store.rows("a"))).map(({ key, value }) => [key[0], value[0]])).toEqual([
        [1, 2],
        [2, 4],
      ]);
      expect(await good(store.rows("b"))).toEqual([]);
      expect(await good(store.write([]))).toBeNull();
    });
  });

  test(`[V21] ${name}: empty keys, values and bodies are values like others`, async () => {
    await withStore(async (store) => {
      const empty = new Uint8Array();
      const nothing: PutRow = { type: "store", put: "row", space: "a", key: empty, value: empty };
      await good(store.write([nothing, { ...line(1), body: empty }]));
      await good(store.write([nothing]));
      expect(await good(store.rows("a"))).toEqual([{ space: "a", key: empty, value: empty }]);
      expect((await good(store.lines({ conversation: id(1), from: "latest", limit: 9, hidden: null }))).lines[0]?.body).toEqual(
        empty,
      );
      await good(store.write([{ ...nothing, value: null }]));
      expect(await good(store.rows("a"))).toEqual([]);
    });
  });

  test(`[V22] ${name}: a line is never rewritten: its place and its (sender, message) are taken once`, async () => {
    await withStore(async (store) => {
      await good(store.write([line(1, { messageId: 1, body: 1 })]));
      await good(
        store.write([
          line(1, { messageId: 2, body: 2 }),
          line(2, { messageId: 1, body: 3 }),
          line(3, { messageId: 1, sender: 8, body: 4 }),
          line(1, { messageId: 1, conversation: 2, body: 5 }),
          line(4, { sender: null, body: 6 }),
          line(4, { sender: null, part: 1, body: 7 }),
          line(5, { body: 8 }),
          line(6, { body: 9 }),
        ]),
      );
      const page = await good(store.lines({ conversation: id(1), from: "latest", limit: 100, hidden: null }));
      expect(page.lines.map((each) => each.body[0])).toEqual([1, 4, 6, 7, 8, 9]);
      expect((await good(store.lines({ conversation: id(2), from: "latest", limit: 100, hidden: null }))).lines).toHaveLength(1);
    });
  });

  test(`[V23] ${name}: a message is found by its id, and lines of others are counted from a place on`, async () => {
    await withStore(async (store) => {
      await good(
        store.write([
          line(1, { messageId: 1 }),
          line(2, { messageId: 2, sender: 8 }),
          line(4_294_967_400, { messageId: 1, sender: 8 }),
          line(5, { sender: null }),
          line(5, { part: 1 }),
        ]),
      );
      expect(await good(store.placeOf(id(1), new Uint8Array(32).fill(1)))).toEqual({ position: 1, part: 0 });
      expect(await good(store.placeOf(id(1), new Uint8Array(32).fill(9)))).toBeNull();
      expect(await good(store.placeOf(id(2), new Uint8Array(32).fill(1)))).toBeNull();
      const count = async (after: Place, except: number | null): Promise<number> =>
        good(store.count({ conversation: id(1), after, except: except === null ? null : id(except) }));
      expect(await count({ position: -1, part: 0 }, null)).toBe(4);
      expect(await count({ position: -1, part: 0 }, 7)).toBe(2);
      expect(await count({ position: 5, part: 0 }, 8)).toBe(1);
      expect(await count({ position: 5, part: 1 }, null)).toBe(1);
    });
  });

  test(`[V23] ${name}: pages are what the double says, for random lines and wishes`, async () => {
    const place = fc.record({ position: fc.nat(12), part: fc.nat(2) });
    const hidden = fc.option(fc.record({ from: fc.nat(12), but: fc.constantFrom(id(7), id(8)) }));
    const wish: fc.Arbitrary<LineWish> = fc.oneof(
      fc.record({ conversation: fc.constant(id(1)), from: fc.constant("latest" as const), limit: fc.nat(9), hidden }),
      fc.record({
        conversation: fc.constantFrom(id(1), id(2)),
        from: fc.constantFrom("before" as const, "after" as const, "around" as const),
        place,
        limit: fc.nat(9),
        hidden,
      }),
    );
    const puts = fc.array(
      fc.tuple(place, fc.integer({ min: 1, max: 2 }), fc.nat(3), fc.nat(255)).map(([at, conversation, messageId, body]) =>
        line(at.position, {
          part: at.part,
          conversation,
          messageId: messageId === 0 ? null : messageId,
          sender: 7 + (body % 2),
          body,
        }),
      ),
      { maxLength: 25 },
    );
    await withStore(async (store) => {
      const double = memoryStore(emptyDisk());
      let base = 0;
      await fc.assert(
        fc.asyncProperty(puts, fc.array(wish, { minLength: 1, maxLength: 6 }), async (lines, wishes) => {
          // A fresh pair of conversations each round, in one database.
          base += 2;
          const moved = (conversation: Uint8Array): Uint8Array =>
            new Uint8Array([...conversation.subarray(0, 12), ...new Uint8Array(new Uint32Array([base]).buffer)]);
          const writes = lines.map((each) => ({ ...each, conversation: moved(each.conversation) }));
          await good(store.write(writes));
          await good(double.write(writes));
          for (const each of wishes) {
            const asked = { ...each, conversation: moved(each.conversation) };
            const page = await good(store.lines(asked));
            const expected = await good(double.lines(asked));
            expect(placesOf(page)).toEqual(placesOf(expected));
            expect(page).toEqual(expected);
          }
        }),
        { numRuns: rounds },
      );
    });
  });

  test(`[V20] ${name}: a transaction that fails leaves nothing of itself`, async () => {
    await withStore(async (store) => {
      await good(store.write([row("a", 1, 1)]));
      const bad = { ...row("a", 2, 2), space: null as unknown as string };
      const outcome = await store.write([row("a", 1, 9), bad]).then(
        (result) => result.ok,
        () => false,
      );
      expect(outcome).toBe(false);
      expect((await good(store.rows("a"))).map(({ value }) => value[0])).toEqual([1]);
      await good(store.write([row("a", 3, 3)]));
      expect(await good(store.rows("a"))).toHaveLength(2);
    });
  });

  test(`[V20] ${name}: what was answered as written is there after a crash`, async () => {
    await withStore(async (store, place) => {
      for (let i = 0; i < 20; i++) await good(store.write([row("a", i, i), line(i)]));
      await place.crash(store);
      const again = await place.open();
      expect(await good(again.rows("a"))).toHaveLength(20);
      expect((await good(again.lines({ conversation: id(1), from: "latest", limit: 50, hidden: null }))).lines).toHaveLength(20);
      return again;
    });
  });
}
