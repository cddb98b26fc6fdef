/** Why the server did not start, in words for the operator. */
import type { Config } from "./config.ts";
import { diskFault } from "./disk-fault.ts";
import { isRefusal } from "./reach/start-refused.ts";

export function startFault(fault: unknown, config: Config): string {
  if (isRefusal(fault)) return fault.message;
  const disk = diskFault(fault, config.dataDir);
  if (disk !== undefined) return disk;
  const code = fault instanceof Error ? (fault as NodeJS.ErrnoException).code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return `Port ${config.port} is taken. Stop what uses it, or choose another with --port.`;
    case "EACCES":
      return `Not allowed to use port ${config.port} or the folder ${config.dataDir}. Choose others with --port or --data.`;
    case "EADDRNOTAVAIL":
    case "EINVAL":
      return `This machine has no address ${config.host}. Choose another with --host.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${config.host} is no address, and no name of this machine either. Choose another with --host.`;
    default:
      return `The server could not start: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`;
  }
}
