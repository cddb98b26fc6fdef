/** A browser for tests of sign-up and sign-in: a vault in memory, the real OPAQUE client, a real engine. */
import { bytesEqual, instant, silentLog, toHex, type Random } from "@megachat/base";
import { ready } from "@megachat/auth";
import { createEngine, type RowChange } from "@megachat/group";
import type { HelloAnswer, Reply, Request, ValueOf } from "@megachat/wire";
import { mls } from "../../group/test-kit/people.ts";
import {
  opaqueHere,
  type AccountPorts,
  type AccountStage,
  type OpaquePort,
  type StoredRow,
  type VaultHeader,
  type VaultPort,
} from "../src/account/index.ts";
import type { PutRow } from "../src/step.ts";

/** The server, as a browser reaches it. Null is a connection that breaks before the reply. */
export type Ask = (request: Request) => Promise<Reply | null>;

export interface StoredDatabase {
  readonly key: Uint8Array;
  readonly rows: Map<string, StoredRow>;
  readonly engineRows: readonly RowChange[];
}
export interface TestVault extends VaultPort {
  readonly databases: Map<string, StoredDatabase>;
  readonly kept: Map<string, VaultHeader>;
  /** Account of the database that is open, in hexadecimal. */
  readonly opened: () => string | null;
}

export function memoryVault(): TestVault {
  const databases = new Map<string, StoredDatabase>();
  const kept = new Map<string, VaultHeader>();
  let opened: string | null = null;
  const rowsOf = (rows: readonly PutRow[]): Map<string, StoredRow> =>
    new Map(rows.flatMap(({ space, key, value }) => (value ? [[`${space}:${toHex(key)}`, { space, key, value }]] : [])));
  return {
    databases,
    kept,
    opened: () => opened,
    headers: async () => [...kept.values()],
    create: async (header, key, rows, engineRows) => {
      const hex = toHex(header.account);
      databases.set(hex, { key: key.open((bytes) => bytes.slice()), rows: rowsOf(rows), engineRows });
      kept.set(hex, header);
      opened = hex;
      return { ok: true, value: null };
    },
    putHeader: async (header) => {
      kept.set(toHex(header.account), header);
      return { ok: true, value: null };
    },
    open: async (account, key) => {
      const stored = databases.get(toHex(account));
      const self = stored?.rows.get("self:")?.value;
      if (!stored || !self || !key.open((bytes) => bytesEqual(bytes, stored.key))) return { ok: false, error: { type: "damaged" } };
      opened = toHex(account);
      return { ok: true, value: { self } };
    },
    erase: async (account) => {
      databases.delete(toHex(account));
      kept.delete(toHex(account));
    },
  };
}

export interface Browser {
  readonly ports: AccountPorts;
  readonly vault: TestVault;
  readonly stages: AccountStage[];
  /** Everything that was asked, in order. */
  readonly asked: Request[];
}

export async function newBrowser(
  random: Random,
  server: { readonly ask: Ask; readonly greeting: () => ValueOf<typeof HelloAnswer> | null },
  vault: TestVault = memoryVault(),
  dialogue?: OpaquePort,
): Promise<Browser> {
  const stages: AccountStage[] = [];
  const asked: Request[] = [];
  const opaque = dialogue ?? opaqueHere(await ready());
  const ports: AccountPorts = {
    server: {
      greeting: async () => {
        const greeting = server.greeting();
        return greeting ? { ok: true, value: greeting } : { ok: false, error: { type: "unanswered" } };
      },
      ask: async (request) => {
        asked.push(request);
        const reply = await server.ask(request);
        return reply ? { ok: true, value: reply } : { ok: false, error: { type: "unanswered" } };
      },
    },
    opaque,
    vault,
    isStrong: async (password) => password.length >= 10,
    engine: (device) => createEngine(mls(), device),
    random,
    clock: { now: () => instant(Date.now()) },
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    wait: (time) => new Promise((resolve) => setTimeout(resolve, time)),
    log: silentLog,
    onStage: (stage) => stages.push(stage),
  };
  return { ports, vault, stages, asked };
}
