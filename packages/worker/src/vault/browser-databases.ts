/** The databases of a browser: on OPFS, or on IndexedDB where OPFS is refused. [V51] */
import { err, toHex, type Result } from "@megachat/base";
import type { StoreFault } from "../store/sql.ts";
import { openSqlStore } from "../store/sql-store.ts";
import type { Store } from "../store/store.ts";
import { eraseDatabase, openEncryptedSql, type Place } from "../store/wa-sqlite.ts";
import type { Databases } from "./shelf.ts";

const nameOf = (account: Uint8Array): string => `megachat-account-${toHex(account)}`;

// A dead leader's file handles are free some moments after its lock: Chromium takes up to two seconds to end a worker
// that computes.
const TRIES = 60;
const WAIT_MS = 50;

export interface BrowserDatabases extends Databases {
  readonly place: () => Promise<Place>;
}

export function browserDatabases(): BrowserDatabases {
  let place: Promise<Place> | undefined;
  const where = async (): Promise<Place> => (place ??= findPlace());
  return {
    place: where,
    open: async (account, key) => {
      for (let tries = 0; ; tries++) {
        const opened = await openOnce(await where(), nameOf(account), key);
        if (opened.ok || opened.error.type !== "refused" || tries === TRIES) return opened;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      }
    },
    erase: async (account) => eraseDatabase(await where(), nameOf(account)),
  };
}

async function openOnce(place: Place, name: string, key: Parameters<Databases["open"]>[1]): Promise<Result<Store, StoreFault>> {
  const sql = await openEncryptedSql(place, name, key);
  return sql.ok ? openSqlStore(sql.value) : err(sql.error);
}

/** OPFS if it can really be written here: Firefox refuses it in private windows, and only when asked. */
async function findPlace(): Promise<Place> {
  if (typeof FileSystemSyncAccessHandle === "undefined") return "indexedDb";
  try {
    await navigator.storage.getDirectory();
    return "opfs";
  } catch {
    return "indexedDb";
  }
}
