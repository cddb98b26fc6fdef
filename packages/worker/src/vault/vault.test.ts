import { err, ok, Secret, silentLog, toHex, type Result } from "@megachat/base";
import type { account as accounts, PutRow } from "@megachat/core";
import { emptyDisk, memoryStore, type MemoryDisk } from "@megachat/testing/memory-store";
import { expect, test } from "vitest";
import type { StoreFault } from "../store/sql.ts";
import type { Databases, HeaderShelf } from "./shelf.ts";
import { createVault } from "./vault.ts";

const bytes = (length: number, value: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(value);
const header = (account: number, handle: string): accounts.VaultHeader => ({
  type: "vaultHeader",
  account: bytes(16, account),
  handle,
  device: bytes(16, 2),
  serverKey: bytes(32, 3),
  identity: { n: 0, identityKey: bytes(32, 4), recordHash: bytes(32, 5) },
  list: { version: 0, hash: bytes(32, 13) },
  wrapVersion: 0,
  byShare: { deviceSecret: bytes(32, 6), wrapped: bytes(64, 7) },
  byLogin: bytes(64, 8),
  session: { id: bytes(16, 9), token: bytes(32, 10) },
  knownSecret: bytes(32, 11),
});
const selfRow: PutRow = { type: "store", put: "row", space: "self", key: new Uint8Array(), value: bytes(3, 1) };
const key = (): Secret<Uint8Array> => new Secret(bytes(32, 12));

/** A host whose every call can be made to fail, and which remembers the order of things. */
function host() {
  const done: string[] = [];
  const shelf = new Map<string, Uint8Array>();
  const disks = new Map<string, MemoryDisk>();
  const failing = new Set<string>();
  const fault: StoreFault = { type: "full" };
  const step = <T>(name: string, value: T): Result<T, StoreFault> => {
    done.push(name);
    return failing.has(name) ? err(fault) : ok(value);
  };
  const headers: HeaderShelf = {
    all: async () => step("all", Array.from(shelf.values()).toReversed()),
    put: async (account, each) => {
      const outcome = step("putHeader", null);
      if (outcome.ok) shelf.set(toHex(account), each);
      return outcome;
    },
    remove: async (account) => void shelf.delete(toHex(account)),
  };
  const databases: Databases = {
    open: async (account) => {
      const disk = disks.get(toHex(account)) ?? emptyDisk();
      disks.set(toHex(account), disk);
      disk.fault = failing.has("write") ? fault : null;
      const store = memoryStore(disk);
      return step("open", {
        ...store,
        write: async (changes: Parameters<typeof store.write>[0]) => {
          done.push("write");
          return store.write(changes);
        },
        close: async () => void done.push("close"),
      });
    },
    erase: async (account) => void disks.delete(toHex(account)),
  };
  return { done, shelf, disks, failing, vault: createVault(headers, databases, silentLog) };
}

test("[V50] an account is made database first, header last; whatever fails, nothing of it is left", async () => {
  const good = host();
  expect(await good.vault.create(header(1, "alice"), key(), [selfRow], [])).toEqual(ok(null));
  expect(good.done).toEqual(["open", "write", "putHeader"]);
  expect(good.vault.store()).toBeDefined();

  for (const failing of ["open", "write", "putHeader"]) {
    const it = host();
    it.failing.add(failing);
    expect(await it.vault.create(header(1, "alice"), key(), [selfRow], [])).toEqual(err({ type: "storageFull" }));
    expect(it.shelf.size).toBe(0);
    if (failing !== "open") expect(it.disks.size).toBe(0);
    expect(it.vault.store()).toBeUndefined();
  }
});

test("[V52] a database that lacks what it should hold is damaged, and is left as it is", async () => {
  const it = host();
  await it.vault.create(header(1, "alice"), key(), [selfRow], []);
  await it.vault.close();
  expect(await it.vault.open(bytes(16, 1), key())).toEqual(ok({ self: bytes(3, 1) }));
  await it.vault.close();
  // The host has thrown it away: opening makes an empty one.
  it.disks.clear();
  expect(await it.vault.open(bytes(16, 1), key())).toEqual(err({ type: "damaged" }));
  expect(it.vault.store()).toBeUndefined();
  expect(it.shelf.size).toBe(1);
});

test("[V53] erasing leaves neither header nor database, and closes what is open", async () => {
  const it = host();
  await it.vault.create(header(1, "alice"), key(), [selfRow], []);
  await it.vault.create(header(2, "bob"), key(), [selfRow], []);
  expect(it.done.filter((each) => each === "close")).toHaveLength(1);
  await it.vault.erase(bytes(16, 2));
  expect([it.shelf.size, it.disks.size, it.vault.store()]).toEqual([1, 1, undefined]);
  expect((await it.vault.headers()).map(({ handle }) => handle)).toEqual(["alice"]);
});

test("[V52] a header that cannot be read is passed over", async () => {
  const it = host();
  await it.vault.putHeader(header(1, "alice"));
  it.shelf.set("00", bytes(9, 1));
  expect((await it.vault.headers()).map(({ handle }) => handle)).toEqual(["alice"]);
});

test("[V51] a host that lets nothing be read is told, and so is why", async () => {
  const it = host();
  expect(await it.vault.trouble()).toBeNull();
  it.failing.add("all");
  expect(await it.vault.trouble()).toEqual({ type: "storageFull" });
  expect(await it.vault.headers()).toEqual([]);
});
