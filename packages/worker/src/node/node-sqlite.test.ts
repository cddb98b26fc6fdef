import { copyFile, mkdir, mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "@megachat/testing/store-contract";
import { describe, expect, test } from "vitest";
import { openSqlStore } from "../store/sql-store.ts";
import type { Store } from "../store/store.ts";
import { openUnencryptedSql } from "./node-sqlite.ts";

async function place() {
  const folder = await mkdtemp(join(tmpdir(), "megachat-store-"));
  let path = join(folder, "account.sqlite");
  const openStore = async (): Promise<Store> => {
    const sql = openUnencryptedSql(path);
    if (!sql.ok) throw new Error(sql.error.type);
    const store = await openSqlStore(sql.value);
    if (!store.ok) throw new Error(store.error.type);
    return store.value;
  };
  // The files as they lie, the write-ahead log unmerged: what a process leaves that dies now.
  const crash = async (store: Store): Promise<void> => {
    const after = join(folder, "after");
    await mkdir(after);
    for (const name of await readdir(folder)) if (name !== "after") await copyFile(join(folder, name), join(after, name));
    await store.close();
    path = join(after, "account.sqlite");
  };
  return { open: openStore, crash, path, remove: async () => rm(folder, { recursive: true }) };
}

describe("[V20–V23] the store's contract, on Node's SQLite", () => storeContract("node:sqlite", place, 200));

const putRow = (n: number) =>
  ({ type: "store", put: "row", space: "a", key: new Uint8Array([n]), value: new Uint8Array(5000).fill(n) }) as const;

test("[V24] a damaged file is told as corrupt, and a newer one as newer; neither is touched", async () => {
  const { open: openStore, path, remove } = await place();
  const store = await openStore();
  await store.write(Array.from({ length: 50 }, (_, n) => putRow(n)));
  await store.close();
  const { size } = await stat(path);

  const file = await open(path, "r+");
  for (let at = 100; at < size; at += 997) await file.write(new Uint8Array(64).fill(0xa5), 0, 64, at);
  await file.close();
  const sql = openUnencryptedSql(path);
  const opened = sql.ok ? await openSqlStore(sql.value) : sql;
  const outcome = opened.ok ? await opened.value.rows("a") : opened;
  expect(outcome).toEqual({ ok: false, error: { type: "corrupt" } });
  await remove();

  const newer = await place();
  const fresh = openUnencryptedSql(newer.path);
  if (!fresh.ok) throw new Error("not opened");
  await fresh.value.write([{ sql: "PRAGMA user_version = 99", values: [] }]);
  expect(await openSqlStore(fresh.value)).toEqual({ ok: false, error: { type: "newer" } });
  await newer.remove();
});

test("[V24] a database of another program is refused", async () => {
  const { path, remove } = await place();
  const sql = openUnencryptedSql(path);
  if (!sql.ok) throw new Error("not opened");
  await sql.value.write([{ sql: "CREATE TABLE other (x)", values: [] }]);
  expect(await openSqlStore(sql.value)).toEqual({ ok: false, error: { type: "corrupt" } });
  await remove();
});
