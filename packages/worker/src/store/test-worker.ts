/** For tests: a store in a worker of its own, since access handles exist nowhere else. */
import { Secret } from "@megachat/base";
import { openSqlStore } from "./sql-store.ts";
import type { Sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { eraseDatabase, openEncryptedSql, type Place } from "./wa-sqlite.ts";

export type TestCall =
  | { readonly call: "open"; readonly place: Place; readonly name: string; readonly key: Uint8Array }
  | { readonly call: "erase"; readonly place: Place; readonly name: string }
  | {
      readonly call: "method";
      readonly method: Exclude<keyof Store, "close">;
      readonly argument: unknown;
      readonly second?: unknown;
    }
  /** Writes rows of space "flood" one by one, telling each, until the worker is killed. */
  | { readonly call: "flood"; readonly from: number }
  | { readonly call: "check" }
  | { readonly call: "close" };

let store: Store | undefined;
let raw: Sql | undefined;

async function answer(call: TestCall): Promise<unknown> {
  switch (call.call) {
    case "open": {
      const sql = await openEncryptedSql(call.place, call.name, new Secret(call.key));
      if (!sql.ok) return sql;
      const opened = await openSqlStore(sql.value);
      if (!opened.ok) return opened;
      store = opened.value;
      raw = sql.value;
      return { ok: true, value: null };
    }
    case "erase":
      return eraseDatabase(call.place, call.name);
    case "close":
      return store?.close();
    case "flood":
      for (let n = call.from; ; n++) {
        // Large enough that the log is merged into the database now and then.
        const value = new Uint8Array(20_000).fill(n);
        await store?.write([{ type: "store", put: "row", space: "flood", key: new Uint8Array([n >> 8, n]), value }]);
        self.postMessage({ flooded: n });
        // A worker whose promises never let its events in is killed only after seconds.
        await new Promise((resolve) => setTimeout(resolve));
      }
    case "check":
      return raw?.read({ sql: "PRAGMA integrity_check", values: [] });
    case "method": {
      const method = store?.[call.method] as ((argument: unknown, second: unknown) => Promise<unknown>) | undefined;
      return method?.(call.argument, call.second);
    }
  }
}

self.onmessage = ({ data }: MessageEvent<{ readonly id: number; readonly call: TestCall }>) => {
  answer(data.call).then(
    (value) => self.postMessage({ id: data.id, value }),
    (fault: unknown) => self.postMessage({ id: data.id, fault: String(fault) }),
  );
};
