/**
 * SQLite in a browser's worker, every page encrypted and authenticated under the account's database key. [V25–V28]
 *
 * In OPFS where the host has it; in IndexedDB, through an asynchronous build, where it does not (private windows of
 * Firefox). One connection per file: the leading worker's.
 */
import { Factory, SQLITE_ROW } from "@journeyapps/wa-sqlite";
import { err, ok, toHex, type Result, type Secret } from "@megachat/base";
import { exclusively } from "../driver/exclusively.ts";
import { faultOf, type Sql, type SqlStatement, type SqlValue, type StoreFault } from "./sql.ts";

export type Place = "opfs" | "indexedDb";

type Api = ReturnType<typeof Factory>;
interface Vfs {
  readonly name: string;
  readonly close: () => void | Promise<void>;
}
interface Opened {
  readonly api: Api;
  readonly database: number;
  readonly vfs: Vfs;
}

const FILE = "account.sqlite";

/** Opens, or makes, the database named `name`. The key is 32 bytes. */
export async function openEncryptedSql(place: Place, name: string, key: Secret<Uint8Array>): Promise<Result<Sql, StoreFault>> {
  const host = place === "opfs" ? await startOnOpfs(name) : await startOnIndexedDb(name);
  if (!host.ok) return host;
  const { api, vfs, vfsName } = host.value;
  try {
    const database = await api.open_v2(FILE, undefined, vfsName);
    const opened = { api, database, vfs };
    const sql = sqlOver(opened);
    const configured = await configure(sql, opened, place, key);
    if (configured.ok) return ok(sql);
    await sql.close();
    return configured;
  } catch (fault) {
    await vfs.close();
    return refuse(fault);
  }
}

/** Deletes a database with its journal. Nothing may have it open. */
export async function eraseDatabase(place: Place, name: string): Promise<void> {
  if (place === "opfs") {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(name, { recursive: true }).catch((fault: unknown) => {
      if (!(fault instanceof DOMException) || fault.name !== "NotFoundError") throw fault;
    });
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error ?? new Error("not deleted"));
  });
}

type Started = Result<{ readonly api: Api; readonly vfs: Vfs; readonly vfsName: string }, StoreFault>;
/** The part of the Emscripten module that is called by name. */
interface Module {
  readonly ccall: (name: string, returns: "number", takes: readonly string[], values: readonly unknown[]) => number;
}

async function startOnOpfs(directory: string): Promise<Started> {
  const [{ default: makeModule }, { AccessHandlePoolVFS }] = await Promise.all([
    import("@journeyapps/wa-sqlite/dist/mc-wa-sqlite.mjs"),
    import("@journeyapps/wa-sqlite/src/examples/AccessHandlePoolVFS.js"),
  ]);
  const module = (await makeModule()) as Module;
  try {
    return encrypting(module, await AccessHandlePoolVFS.create(directory, module));
  } catch (fault) {
    return refuse(fault);
  }
}

async function startOnIndexedDb(name: string): Promise<Started> {
  const [{ default: makeModule }, { IDBBatchAtomicVFS }] = await Promise.all([
    import("@journeyapps/wa-sqlite/dist/mc-wa-sqlite-async.mjs"),
    import("@journeyapps/wa-sqlite/src/examples/IDBBatchAtomicVFS.js"),
  ]);
  const module = (await makeModule()) as Module;
  try {
    // The declarations know an older constructor than the one that is there.
    const create = IDBBatchAtomicVFS as unknown as {
      readonly create: (idbName: string, wasm: unknown) => Promise<Vfs & SQLiteVFS>;
    };
    return encrypting(module, await create.create(name, module));
  } catch (fault) {
    return refuse(fault);
  }
}

/** Puts the layer that encrypts pages between SQLite and the file system. */
function encrypting(module: Module, vfs: Vfs & SQLiteVFS): Started {
  const api = Factory(module);
  api.vfs_register(vfs, false);
  const code = module.ccall("sqlite3mc_vfs_create", "number", ["string", "number"], [vfs.name, 0]);
  return code === 0 ? ok({ api, vfs, vfsName: `multipleciphers-${vfs.name}` }) : err({ type: "io" });
}

/**
 * [Note: No rollback journal] Encrypted pages in a journal file do not come back: a rolled-back transaction stays, in
 * this build, on OPFS (docs/decisions/0071). The write-ahead log does not need them. The IndexedDB file system makes
 * each transaction atomic by itself, and needs a journal only for rolling back.
 */
const journal: { readonly [P in Place]: string } = { opfs: "wal", indexedDb: "memory" };

async function configure(
  sql: Sql,
  { api, database }: Opened,
  place: Place,
  key: Secret<Uint8Array>,
): Promise<Result<null, StoreFault>> {
  try {
    // A raw key: ours is random already, and stretching it would cost half a second at each opening.
    await api.exec(database, "PRAGMA cipher = 'chacha20'");
    await key.open(async (bytes) => api.exec(database, `PRAGMA key = 'raw:${toHex(bytes)}'`));
    // Temporary files would be written in clear.
    await api.exec(database, "PRAGMA temp_store = MEMORY");
    // Before the first access, so that the write-ahead log needs no shared memory.
    await api.exec(database, "PRAGMA locking_mode = EXCLUSIVE");
    // Acknowledged means on the disk.
    await api.exec(database, "PRAGMA synchronous = FULL");
    await api.exec(database, "PRAGMA cell_size_check = ON");
  } catch (fault) {
    return refuse(fault);
  }
  // The first access is what tells a wrong key.
  const mode = journal[place];
  const set = await sql.read({ sql: `PRAGMA journal_mode = ${mode}`, values: [] });
  if (!set.ok) return set;
  return set.value[0]?.[0] === mode ? ok(null) : err({ type: "io" });
}

function sqlOver({ api, database, vfs }: Opened): Sql {
  const prepared = new Map<string, number>();
  const prepare = async (sql: string): Promise<number> => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    for await (const statement of api.statements(database, sql, { unscoped: true })) {
      prepared.set(sql, statement);
      return statement;
    }
    throw new Error("a statement without a statement");
  };
  const run = async ({ sql, values }: SqlStatement): Promise<readonly (readonly SqlValue[])[]> => {
    const statement = await prepare(sql);
    try {
      api.bind_collection(statement, values.map(toSqlite));
      const rows: (readonly SqlValue[])[] = [];
      while ((await api.step(statement)) === SQLITE_ROW) rows.push(api.row(statement).map(fromSqlite));
      return rows;
    } finally {
      // Its code repeats the step's, which has been thrown already.
      await api.reset(statement).catch(() => {});
    }
  };
  // The asynchronous build must not be entered twice.
  const one = exclusively();

  return {
    read: async (statement) =>
      one(async () => {
        try {
          return ok(await run(statement));
        } catch (fault) {
          return refuse(fault);
        }
      }),
    write: async (statements) =>
      one(async () => {
        try {
          await run({ sql: "BEGIN IMMEDIATE", values: [] });
          for (const statement of statements) await run(statement);
          await run({ sql: "COMMIT", values: [] });
          return ok(null);
        } catch (fault) {
          // After some faults SQLite has rolled back by itself; then this one fails, and rightly.
          await run({ sql: "ROLLBACK", values: [] }).catch(() => {});
          return refuse(fault);
        }
      }),
    close: async () =>
      one(async () => {
        for (const statement of prepared.values()) await api.finalize(statement);
        prepared.clear();
        await api.close(database);
        await vfs.close();
      }),
  };
}

// The library binds integers above 2^31 as doubles, which STRICT columns take, but a comparison may not use the index.
const toSqlite = (value: SqlValue): SqlValue | bigint =>
  typeof value === "number" && Math.abs(value) > 0x7fff_ffff ? BigInt(value) : value;

function fromSqlite(value: SQLiteCompatibleType): SqlValue {
  if (typeof value === "bigint") return Number(value);
  return Array.isArray(value) ? new Uint8Array(value) : value;
}

function refuse(fault: unknown): Result<never, StoreFault> {
  if (fault instanceof DOMException) return err(fault.name === "QuotaExceededError" ? { type: "full" } : { type: "refused" });
  const code = fault instanceof Error && "code" in fault ? fault.code : undefined;
  // Anything but SQLite's own word, or the host's, is a bug of ours.
  if (typeof code !== "number") throw fault;
  return err(faultOf(code));
}
