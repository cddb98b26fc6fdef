import { encodeUtf8 } from "@megachat/base";
import type { PutRow } from "@megachat/core";
import { storeContract, type StorePlace } from "@megachat/testing/store-contract";
import { expect, test } from "vitest";
import type { Store } from "./store.ts";
import type { TestCall } from "./test-worker.ts";
import type { Place } from "./wa-sqlite.ts";

interface Remote {
  readonly worker: Worker;
  readonly ask: (call: TestCall) => Promise<unknown>;
  readonly kill: () => void;
}
function startWorker(): Remote {
  const worker = new Worker(new URL("./test-worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (fault: Error) => void }>();
  let id = 0;
  worker.onmessage = ({ data }: MessageEvent<{ readonly id: number; readonly value?: unknown; readonly fault?: string }>) => {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.fault === undefined) call?.resolve(data.value);
    else call?.reject(new Error(data.fault));
  };
  return {
    worker,
    ask: async (call) =>
      new Promise((resolve, reject) => {
        waiting.set(++id, { resolve, reject });
        worker.postMessage({ id, call });
      }),
    kill: () => worker.terminate(),
  };
}

const key = new Uint8Array(32).fill(5);
let names = 0;
const freshName = (): string => `megachat-test-${names++}-${crypto.randomUUID()}`;

const remotes = new WeakMap<Store, Remote>();
async function openStore(place: Place, name: string, withKey = key): Promise<Store> {
  const remote = startWorker();
  const opened = (await remote.ask({ call: "open", place, name, key: withKey })) as {
    readonly ok: boolean;
    readonly error?: { readonly type: string };
  };
  if (!opened.ok) {
    remote.kill();
    throw new Error(opened.error?.type);
  }
  const method =
    (name_: Exclude<keyof Store, "close">) =>
    async (argument: unknown, second?: unknown): Promise<never> =>
      (await remote.ask({ call: "method", method: name_, argument, second })) as never;
  const store: Store = {
    write: method("write"),
    rows: method("rows"),
    allRows: method("allRows"),
    lines: method("lines"),
    placeOf: method("placeOf"),
    count: method("count"),
    close: async () => {
      await remote.ask({ call: "close" });
      remote.kill();
    },
  };
  remotes.set(store, remote);
  return store;
}
/** A killed worker's handles are free only some moments later. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (fault) {
      if (tries === 50 || !(fault instanceof Error) || fault.message !== "refused") throw fault;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
const placeOn = (place: Place) => async (): Promise<StorePlace> => {
  const name = freshName();
  return {
    open: async () => patiently(async () => openStore(place, name)),
    crash: async (store) => remotes.get(store)?.kill(),
    remove: async () => {
      const remote = startWorker();
      await remote.ask({ call: "erase", place, name });
      remote.kill();
    },
  };
};

storeContract("SQLite on OPFS, encrypted", placeOn("opfs"), 10);
storeContract("SQLite on IndexedDB, encrypted", placeOn("indexedDb"), 5);

const canary = "CANARY-0123456789abcdef-CANARY";
const secretRow: PutRow = {
  type: "store",
  put: "row",
  space: "canarySpace",
  key: encodeUtf8(canary),
  value: encodeUtf8(canary.repeat(300)),
};
const contains = (bytes: Uint8Array, text: string): boolean => new TextDecoder("latin1").decode(bytes).includes(text);

for (const place of ["opfs", "indexedDb"] as const) {
  test(`[V25] ${place}: nothing readable lies on the disk, and another key opens nothing`, async () => {
    const name = freshName();
    const store = await openStore(place, name);
    await store.write(Array.from({ length: 30 }, (_, n) => ({ ...secretRow, key: encodeUtf8(`${canary} ${n}`) })));
    // Killed, not closed: the write-ahead log is still there and is searched as well.
    remotes.get(store)?.kill();
    const disk = place === "opfs" ? await readOpfs(name) : await readIndexedDb(name);
    expect(disk.length).toBeGreaterThan(30 * 9000);
    for (const needle of [canary, "canarySpace", "CREATE TABLE", "SQLite format 3"]) expect(contains(disk, needle)).toBe(false);
    await expect(patiently(async () => openStore(place, name, new Uint8Array(32).fill(6)))).rejects.toThrow("corrupt");
    const again = await patiently(async () => openStore(place, name));
    const rows = await again.rows("canarySpace");
    expect(rows.ok && rows.value.length).toBe(30);
    await again.close();
  });
}

for (const place of ["opfs", "indexedDb"] as const) {
  test(`[V20, V28] N03 ${place}: a worker killed while it writes loses nothing it has told, and leaves a sound database`, async () => {
    const name = freshName();
    let told = -1;
    for (let round = 0; round < 4; round++) {
      const store = await patiently(async () => openStore(place, name));
      const remote = remotes.get(store);
      if (!remote) throw new Error("no worker");
      const rows = await store.rows("flood");
      if (!rows.ok) throw new Error(rows.error.type);
      expect(rows.value.length).toBeGreaterThanOrEqual(told + 1);
      expect(await remote.ask({ call: "check" })).toEqual({ ok: true, value: [["ok"]] });
      const from = rows.value.length;
      await new Promise<void>((resolve) => {
        const goal = from + 20 + round * 7;
        remote.worker.addEventListener("message", ({ data }: MessageEvent<{ readonly flooded?: number }>) => {
          if (data.flooded === undefined) return;
          told = data.flooded;
          if (told >= goal) resolve();
        });
        void remote.ask({ call: "flood", from });
      });
      remote.kill();
    }
    const store = await patiently(async () => openStore(place, name));
    const rows = await store.rows("flood");
    expect(rows.ok && rows.value.length).toBeGreaterThanOrEqual(told + 1);
    expect(
      rows.ok && rows.value.every(({ key: [high = 0, low = 0], value }, n) => high * 256 + low === n && value[0] === n % 256),
    ).toBe(true);
    await store.close();
  });
}

test("[V24] OPFS: a page that was changed on the disk is told as corrupt, wherever it lies", async () => {
  const name = freshName();
  const store = await openStore("opfs", name);
  await store.write(Array.from({ length: 60 }, (_, n) => ({ ...secretRow, key: encodeUtf8(`${n}`) })));
  await store.close();
  await flipOpfs(name);
  const outcome = await patiently(async () => openStore("opfs", name)).then(
    async (opened) => {
      const rows = await opened.rows("canarySpace");
      await opened.close();
      return rows.ok ? "read" : rows.error.type;
    },
    (fault: unknown) => (fault instanceof Error ? fault.message : "?"),
  );
  expect(outcome).toBe("corrupt");
});

test("[V27] OPFS: a second opener is refused while the first lives", async () => {
  const name = freshName();
  const store = await openStore("opfs", name);
  await expect(openStore("opfs", name)).rejects.toThrow("refused");
  await store.close();
});

test("[V26] every row has a durable commit of its own; how long each takes is printed", async () => {
  for (const place of ["opfs", "indexedDb"] as const) {
    const store = await openStore(place, freshName());
    const started = performance.now();
    const rounds = 60;
    for (let n = 0; n < rounds; n++) await store.write([{ ...secretRow, key: encodeUtf8(`${n}`), value: new Uint8Array(400) }]);
    const each = (performance.now() - started) / rounds;
    console.log(`${navigator.userAgent.includes("Firefox") ? "Firefox" : "Chromium"} ${place}: ${each.toFixed(1)} ms per commit`);
    const rows = await store.rows("canarySpace");
    expect(rows.ok && rows.value.length).toBe(rounds);
    await store.close();
  }
});

async function opfsFiles(name: string): Promise<FileSystemFileHandle[]> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(name);
  const files: FileSystemFileHandle[] = [];
  for await (const handle of folder.values()) if (handle.kind === "file") files.push(handle);
  return files;
}
async function readOpfs(name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const file of await opfsFiles(name)) parts.push(new Uint8Array(await (await file.getFile()).arrayBuffer()));
  return joined(parts);
}
async function flipOpfs(name: string): Promise<void> {
  for (const file of await opfsFiles(name)) {
    const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
    if (bytes.length < 50_000) continue;
    const writable = await file.createWritable({ keepExistingData: true });
    for (let at = 4096 + 5000; at < bytes.length; at += 4096)
      await writable.write({ type: "write", position: at, data: new Uint8Array([(bytes[at] ?? 0) ^ 1]) });
    await writable.close();
  }
}
async function readIndexedDb(name: string): Promise<Uint8Array> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("not opened"));
  });
  const parts: Uint8Array[] = [];
  for (const store of database.objectStoreNames) {
    const all = await new Promise<unknown[]>((resolve) => {
      const request = database.transaction(store).objectStore(store).getAll();
      request.onsuccess = () => resolve(request.result);
    });
    const collect = (value: unknown): void => {
      if (value instanceof Uint8Array) parts.push(value);
      else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
      else if (typeof value === "string") parts.push(encodeUtf8(value));
    };
    all.forEach(collect);
  }
  database.close();
  return joined(parts);
}
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
