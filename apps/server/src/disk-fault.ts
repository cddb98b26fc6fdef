/** What is wrong with the data folder, in words for the operator. */
import { resolve } from "node:path";
import { sqliteReason } from "./store/sqlite.ts";

/** Undefined for a fault that is not the folder's. */
export function diskFault(fault: unknown, dataDir: string): string | undefined {
  const folder = resolve(dataDir);
  const elsewhere = "or choose another folder with --data";
  switch (sqliteReason(fault) ?? systemReason(fault)) {
    case "EEXIST":
    case "ENOTDIR":
      return `${folder} is no folder, or lies in something that is none. Choose another with --data.`;
    case "ENOENT":
      return `The folder ${folder} cannot be made there. Choose another with --data.`;
    case SQLITE.PERM:
    case "EPERM":
      return `Not allowed to use the folder ${folder}. Give this user the right to it, ${elsewhere}.`;
    case SQLITE.READONLY:
    case "EROFS":
      return `The folder ${folder} cannot be written to. Make it writable, ${elsewhere}.`;
    case SQLITE.FULL:
    case "ENOSPC":
    case "EDQUOT":
      return `The disk of ${folder} is full. Make room on it, ${elsewhere}.`;
    case SQLITE.BUSY:
      return `Another program holds the database in ${folder}. End it, then try again.`;
    case SQLITE.CANTOPEN:
      return `The database in ${folder} cannot be opened. See that this user may read and write there, ${elsewhere}.`;
    case SQLITE.IOERR:
    case "EIO":
      return `The disk of ${folder} does not work as it should: it may be full or failing. Make room or repair it, ${elsewhere}.`;
    case SQLITE.NOTADB:
    case SQLITE.CORRUPT:
      return `megachat.db in ${folder} is damaged or no database. Put back a good copy, ${elsewhere}.`;
    default:
      return undefined;
  }
}

/** https://www.sqlite.org/rescode.html */
const SQLITE = { PERM: 3, BUSY: 5, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

// Sockets have such codes, too: "EPERM" of a listening server is none of the folder's.
const systemReason = (fault: unknown): string | undefined => {
  const { code, syscall } = fault instanceof Error ? (fault as NodeJS.ErrnoException) : {};
  return syscall === "listen" || syscall === "bind" ? undefined : code;
};
