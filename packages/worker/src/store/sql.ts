/** The little of SQL that the store needs from a host's SQLite: one connection, no other writer. */
import type { Result } from "@megachat/base";

export type SqlValue = null | number | string | Uint8Array;
export interface SqlStatement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Why the disk did not do as asked. After any of them nothing of the transaction is there. */
export type StoreFault =
  /** No room: the quota or the disk. */
  | { readonly type: "full" }
  /** Not a database, not under this key, or a page that fails its check. */
  | { readonly type: "corrupt" }
  /** Written by a newer version of this program. */
  | { readonly type: "newer" }
  /** The host gives no place to write. */
  | { readonly type: "refused" }
  /** Reading or writing failed for another reason. */
  | { readonly type: "io" };

export interface Sql {
  /** The rows of one reading statement, each as its columns in order. Integers above 2^53 do not occur. */
  readonly read: (statement: SqlStatement) => Promise<Result<readonly (readonly SqlValue[])[], StoreFault>>;
  /** All statements in one transaction: on disk when it resolves, or none of them. */
  readonly write: (statements: readonly SqlStatement[]) => Promise<Result<null, StoreFault>>;
  readonly close: () => Promise<void>;
}

/** The fault behind SQLite's result code (https://sqlite.org/rescode.html), extended or not. */
export function faultOf(code: number): StoreFault {
  switch (code & 0xff) {
    case 13:
      return { type: "full" };
    case 11:
    case 26:
      return { type: "corrupt" };
    case 14:
      return { type: "refused" };
    default:
      return { type: "io" };
  }
}
