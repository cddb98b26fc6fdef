/**
 * What signing up, signing in and resuming may use. They run before there is a core, so they are procedures over ports;
 * everything later is a step. [R27–R37]
 */
import type { Clock, Duration, Instant, Log, Random, Result, Secret } from "@megachat/base";
import type { LoggedIn, OpaqueClient, Password, Registered } from "@megachat/auth";
import type { Device, Engine, RowChange } from "@megachat/group";
import type { HelloAnswer, Reply, Request, ValueOf } from "@megachat/wire";
import type { PutRow } from "../step.ts";
import type { VaultHeader } from "./vault.ts";

type Refused = { readonly type: "refused" };

/** The connection broke before the reply came, or there was none. The request may have been carried out. */
export interface Unanswered {
  readonly type: "unanswered";
}

/** The server, over the one connection there is. */
export interface ServerPort {
  /** The answer to the connection's own hello. */
  readonly greeting: () => Promise<Result<ValueOf<typeof HelloAnswer>, Unanswered>>;
  readonly ask: (request: Request) => Promise<Result<Reply, Unanswered>>;
}

/** The password's half of OPAQUE. Slow and large, so it may live in a worker that ends afterwards. */
export interface OpaquePort {
  readonly register: (password: Secret<Password>) => Promise<OpaqueRegistration>;
  readonly login: (password: Secret<Password>) => Promise<OpaqueLogin>;
}
export interface OpaqueRegistration {
  readonly request: Uint8Array<ArrayBuffer>;
  readonly finish: (response: Uint8Array, serverKey: Uint8Array) => Promise<Result<Registered, Refused>>;
}
export interface OpaqueLogin {
  readonly request: Uint8Array<ArrayBuffer>;
  /** `pinned` is the server key that this browser knows for the account; null where it knows none. */
  readonly finish: (response: Uint8Array, pinned: Uint8Array | null) => Promise<Result<LoggedIn, Refused>>;
}

/** The port over the library in this very thread: for Node and for the throw-away worker itself. */
export const opaqueHere = (client: OpaqueClient): OpaquePort => ({
  register: async (password) => {
    const [started, request] = client.startRegistration(password);
    return { request, finish: async (response, serverKey) => client.finishRegistration(started, response, serverKey) };
  },
  login: async (password) => {
    const [started, request] = client.startLogin(password);
    return { request, finish: async (response, pinned) => client.finishLogin(started, response, pinned) };
  },
});

/** The browser gives no place to write. */
export type StorageError = { readonly type: "storageRefused" } | { readonly type: "storageFull" };

/** The encrypted databases of this browser, and the header of each, which lies beside it in clear. Durable when answered. */
export interface VaultPort {
  readonly headers: () => Promise<readonly VaultHeader[]>;
  /**
   * Makes an account's database, encrypted under `key`, with these rows, and its header; or nothing. The database is
   * open afterwards.
   */
  readonly create: (
    header: VaultHeader,
    key: Secret<Uint8Array>,
    rows: readonly PutRow[],
    engineRows: readonly RowChange[],
  ) => Promise<Result<null, StorageError>>;
  /** Replaces the header of the same account. */
  readonly putHeader: (header: VaultHeader) => Promise<Result<null, StorageError>>;
  /** Opens an account's database and leaves it open. `self` is the row of space "self". */
  readonly open: (
    account: Uint8Array,
    key: Secret<Uint8Array>,
  ) => Promise<Result<{ readonly self: Uint8Array }, { readonly type: "damaged" }>>;
  /** Deletes an account's database and header. */
  readonly erase: (account: Uint8Array) => Promise<void>;
}

/** What goes on, for a screen that says so. In this order; one that takes no time may be left out. */
export type AccountStage =
  | "loading"
  | "stretchingPassword"
  | "solvingPuzzle"
  | "makingKeys"
  | "askingServer"
  | "openingDatabase"
  | "catchingUp"
  | "closing";

export interface AccountPorts {
  readonly server: ServerPort;
  readonly opaque: OpaquePort;
  readonly vault: VaultPort;
  /** Whether an estimator finds the password good enough for a new account. */
  readonly isStrong: (password: string, handle: string) => Promise<boolean>;
  /** A new engine without rows. */
  readonly engine: (device: Device) => Engine;
  readonly random: Random;
  readonly clock: Clock;
  /** Lets other work of the thread in between. */
  readonly pause: () => Promise<void>;
  /** Lets this much time pass. */
  readonly wait: (time: Duration) => Promise<void>;
  readonly log: Log;
  /** `until` when it is known how long the stage takes at least. */
  readonly onStage: (stage: AccountStage, until?: Instant) => void;
}
