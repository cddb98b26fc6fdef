/** Headers in IndexedDB. Each write is flushed: a session whose token is lost costs its owner a password. */
import { err, ok, toHex, type Result } from "@megachat/base";
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { StoreFault } from "../store/sql.ts";
import type { HeaderShelf } from "./shelf.ts";

interface Shelf extends DBSchema {
  readonly headers: { readonly key: string; readonly value: { readonly bytes: Uint8Array; readonly at: number } };
}

/** `order` rises with each put: the header put last is the account used last. */
export function indexedDbShelf(name: string): HeaderShelf {
  let opening: Promise<IDBPDatabase<Shelf>> | undefined;
  const open = async (): Promise<IDBPDatabase<Shelf>> => {
    opening ??= openDB<Shelf>(name, 1, {
      upgrade: (database) => void database.createObjectStore("headers"),
      // Another tab wants to erase it: hold nobody up.
      blocking: (_old, _next, event) => (event.target as IDBDatabase).close(),
      terminated: () => (opening = undefined),
    }).catch((fault: unknown) => {
      // Site data may be allowed a moment later.
      opening = undefined;
      throw fault;
    });
    return opening;
  };

  return {
    all: async () =>
      attempt(async () => {
        const rows = await (await open()).getAll("headers");
        return rows.toSorted((a, b) => b.at - a.at).map(({ bytes }) => bytes);
      }),
    put: async (account, bytes) =>
      attempt(async () => {
        const transaction = (await open()).transaction("headers", "readwrite", { durability: "strict" });
        const all = await transaction.store.getAll();
        const at = 1 + Math.max(0, ...all.map((row) => row.at));
        await transaction.store.put({ bytes: bytes.slice(), at }, toHex(account));
        await transaction.done;
        return null;
      }),
    remove: async (account) => {
      await (await open()).delete("headers", toHex(account));
    },
  };
}

async function attempt<T>(work: () => Promise<T>): Promise<Result<T, StoreFault>> {
  try {
    return ok(await work());
  } catch (fault) {
    if (!(fault instanceof DOMException)) throw fault;
    return err({ type: fault.name === "QuotaExceededError" ? "full" : "refused" });
  }
}
