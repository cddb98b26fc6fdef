/** Accounts of a Node client in a folder: headers as files, databases unencrypted beside them. See {@link openUnencryptedSql}. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, toHex } from "@megachat/base";
import { openSqlStore } from "../store/sql-store.ts";
import type { Databases, HeaderShelf } from "../vault/shelf.ts";
import { openUnencryptedSql } from "./node-sqlite.ts";

export function folderShelf(folder: string): HeaderShelf {
  const pathOf = (account: Uint8Array): string => join(folder, `${toHex(account)}.header`);
  return {
    all: async () => {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => name.endsWith(".header"));
      const found = await Promise.all(
        names.map(async (name) => ({
          at: (await stat(join(folder, name))).mtimeMs,
          bytes: new Uint8Array(await readFile(join(folder, name))),
        })),
      );
      return ok(found.toSorted((a, b) => b.at - a.at).map(({ bytes }) => bytes));
    },
    put: async (account, bytes) => {
      await mkdir(folder, { recursive: true });
      // Written beside and moved into place, so that no crash leaves half a header.
      const fresh = `${pathOf(account)}.new`;
      const file = await open(fresh, "w", 0o600);
      await file.writeFile(bytes);
      await file.sync();
      await file.close();
      await rename(fresh, pathOf(account));
      return ok(null);
    },
    remove: async (account) => rm(pathOf(account), { force: true }),
  };
}

export function unencryptedFolderDatabases(folder: string): Databases {
  const pathOf = (account: Uint8Array): string => join(folder, `${toHex(account)}.sqlite`);
  return {
    // The key protects nothing here; a test that mixes accounts up still gets another file.
    open: async (account) => {
      await mkdir(folder, { recursive: true });
      const sql = openUnencryptedSql(pathOf(account));
      return sql.ok ? openSqlStore(sql.value) : err(sql.error);
    },
    erase: async (account) => {
      for (const suffix of ["", "-wal", "-shm", "-journal"]) await rm(`${pathOf(account)}${suffix}`, { force: true });
    },
  };
}
