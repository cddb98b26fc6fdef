/**
 * The accounts of this browser at rest: one encrypted database and one header in clear each; at most one database is
 * open. What the header holds, and how its keys are wrapped, is the core's business. [V50–V53]
 */
import { err, ok, type Log, type Result } from "@megachat/base";
import { account as accounts, type PutRow } from "@megachat/core";
import { ENGINE_SPACE } from "../driver/driver.ts";
import type { StoreFault } from "../store/sql.ts";
import type { Store } from "../store/store.ts";
import type { Databases, HeaderShelf } from "./shelf.ts";

export interface Vault extends accounts.VaultPort {
  /** The open database. */
  readonly store: () => Store | undefined;
  readonly close: () => Promise<void>;
  /** Why nothing can be read here at all; null where it can. */
  readonly trouble: () => Promise<accounts.StorageError | null>;
}

const SELF = "self";

export function createVault(shelf: HeaderShelf, databases: Databases, log: Log): Vault {
  let current: Store | undefined;

  const close = async (): Promise<void> => {
    const store = current;
    current = undefined;
    await store?.close();
  };
  const openStore = async (...[account, key]: Parameters<Databases["open"]>): Promise<Result<Store, StoreFault>> => {
    await close();
    const opened = await databases.open(account, key);
    if (opened.ok) current = opened.value;
    else log.warn("databaseNotOpened", { fault: opened.error.type });
    return opened;
  };

  return {
    store: () => current,
    close,
    trouble: async () => {
      const all = await shelf.all();
      return all.ok ? null : storageErrorOf(all.error);
    },
    headers: async () => {
      const all = await shelf.all();
      if (!all.ok) return [];
      const read = all.value.map(accounts.decodeHeader);
      if (read.includes(null)) log.warn("headerUnreadable");
      return read.filter((header) => header !== null);
    },
    create: async (header, key, rows, engineRows) => {
      const opened = await openStore(header.account, key);
      if (!opened.ok) return err(storageErrorOf(opened.error));
      const written = await opened.value.write([...rows, ...engineRows.map(toPut)]);
      // The header last: a database without one is nobody's, and is overwritten by the next sign-up under its name.
      const kept = written.ok ? await shelf.put(header.account, accounts.encodeHeader(header)) : written;
      if (kept.ok) return ok(null);
      log.warn("accountNotCreated", { step: written.ok ? "header" : "rows", fault: kept.error.type });
      await close();
      await databases.erase(header.account);
      return err(storageErrorOf(kept.error));
    },
    putHeader: async (header) => {
      const kept = await shelf.put(header.account, accounts.encodeHeader(header));
      return kept.ok ? ok(null) : err(storageErrorOf(kept.error));
    },
    open: async (account, key) => {
      const opened = await openStore(account, key);
      const rows = opened.ok ? await opened.value.rows(SELF) : opened;
      const self = rows.ok ? rows.value[0]?.value : undefined;
      if (self) return ok({ self });
      // Empty is as bad as unreadable: the host has thrown the file away, and an empty one was made just now.
      await close();
      return err({ type: "damaged" });
    },
    erase: async (account) => {
      await close();
      await shelf.remove(account);
      await databases.erase(account);
    },
  };
}

const toPut = ({ key, value }: { readonly key: Uint8Array; readonly value: Uint8Array | undefined }): PutRow => ({
  type: "store",
  put: "row",
  space: ENGINE_SPACE,
  key,
  value: value ?? null,
});

/** What a person can do about it. */
const storageErrorOf = (fault: StoreFault): accounts.StorageError => ({
  type: fault.type === "full" ? "storageFull" : "storageRefused",
});
