/** Where the headers of the accounts of this browser lie: in clear, one per account. */
import type { Result } from "@megachat/base";
import type { StoreFault } from "../store/sql.ts";
import type { Store } from "../store/store.ts";
import type { Secret } from "@megachat/base";

export interface HeaderShelf {
  /** The encoded headers, the one put last first. */
  readonly all: () => Promise<Result<readonly Uint8Array[], StoreFault>>;
  /** Durable when answered. `account` is 16 bytes. */
  readonly put: (account: Uint8Array, header: Uint8Array) => Promise<Result<null, StoreFault>>;
  readonly remove: (account: Uint8Array) => Promise<void>;
}

/** The databases of this browser, one per account. */
export interface Databases {
  /** Opens it; makes an empty one where there is none. */
  readonly open: (account: Uint8Array, key: Secret<Uint8Array>) => Promise<Result<Store, StoreFault>>;
  /** Nothing may have it open. */
  readonly erase: (account: Uint8Array) => Promise<void>;
}
