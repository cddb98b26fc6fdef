/** The core's home: its driver, connection, disk and the way tabs reach it. */
export { type Sql, type SqlStatement, type SqlValue, type StoreFault } from "./store/sql.ts";
export { openSqlStore } from "./store/sql-store.ts";
export {
  MAX_PAGE,
  START,
  type CountWish,
  type LinePage,
  type LineWish,
  type Place,
  type Store,
  type Stored,
  type StoredLine,
  type StoredRow,
} from "./store/store.ts";
