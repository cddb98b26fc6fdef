/** The storage's own thread: runs the SQLite store on what arrives, one message a call. See `threaded-store.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import { NotStored } from "./group-commit.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import type { Call, Outcome, Result } from "./threaded-store.ts";

if (!parentPort) throw new Error("the storage's thread was started as a program");
const port = parentPort;
const store = openSqliteStore(String(workerData));

const settle = (id: number, outcome: Outcome): void => port.postMessage({ id, outcome } satisfies Result);

port.on("message", ({ id, method, args }: Call) => {
  // The compiler cannot follow a method's name to its arguments; the port's type has paired them on the other side.
  const call = store[method] as (given: unknown) => Promise<unknown>;
  call(args).then(
    (value) => {
      settle(id, { type: "done", value });
      if (method === "close") port.close();
    },
    (fault: unknown) => settle(id, { type: fault instanceof NotStored ? "notStored" : "failed", fault }),
  );
});
port.postMessage("open");
