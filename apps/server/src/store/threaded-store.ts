/**
 * The SQLite store in a thread of its own, behind the same port. [S3]
 *
 * While a commit waits for the disk, connections go on, and what they ask meanwhile waits together for the next commit.
 * Messages keep their order, so requests do. The thread's end by a fault is the program's end: nothing could be stored.
 */
import { Worker } from "node:worker_threads";
import { NotStored } from "./group-commit.ts";
import type { Store } from "./port.ts";

export type Method = keyof Store;
export interface Call {
  readonly id: number;
  readonly method: Method;
  readonly args: unknown;
}
export type Outcome =
  | { readonly type: "done"; readonly value: unknown }
  | { readonly type: "notStored"; readonly fault: unknown }
  | { readonly type: "failed"; readonly fault: unknown };
export interface Result {
  readonly id: number;
  readonly outcome: Outcome;
}

/** Every method of the port. One that is missing, or that the port has not, does not compile. */
const methods: { readonly [M in Method]: true } = {
  signUp: true,
  isHandleTaken: true,
  isInvitationGood: true,
  loginRecord: true,
  loginFaces: true,
  isKnownBrowser: true,
  deviceKey: true,
  openSession: true,
  session: true,
  touchSession: true,
  endSession: true,
  facesByHandle: true,
  facesByIdentity: true,
  facesByAccount: true,
  sendRequest: true,
  inbox: true,
  clearInbox: true,
  publishKeyPackages: true,
  takeKeyPackages: true,
  found: true,
  append: true,
  rows: true,
  acknowledge: true,
  heads: true,
  membersOf: true,
  postGroupInfo: true,
  groupInfos: true,
  sweep: true,
  outsideChanges: true,
  fact: true,
  setFact: true,
  createInvitation: true,
  invitations: true,
  revokeInvitation: true,
  setDisabled: true,
  totals: true,
  faults: true,
  close: true,
};

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: unknown) => void;
}

/** Opens the file in a new thread. Rejects if it cannot be opened. */
export async function openThreadedStore(path: string): Promise<Store> {
  const thread = new Worker(new URL("store-thread.ts", import.meta.url), { workerData: path });
  await new Promise<void>((resolve, reject) => {
    thread.once("message", () => resolve());
    thread.once("error", reject);
  });
  thread.removeAllListeners("error");

  const waiting = new Map<number, Waiting>();
  let last = 0;
  let closed = false;
  const exited = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
  thread.on("error", (fault) => {
    throw new Error("the storage's thread ended", { cause: fault });
  });
  thread.on("message", ({ id, outcome }: Result) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (outcome.type === "done") call?.resolve(outcome.value);
    else call?.reject(outcome.type === "notStored" ? new NotStored("nothing was stored", { cause: outcome.fault }) : outcome.fault);
  });

  const ask = (method: Method, args: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new NotStored("the store is closed"));
      waiting.set(++last, { resolve, reject });
      thread.postMessage({ id: last, method, args } satisfies Call);
    });
  const calls = Object.keys(methods).map((method) => [method, (args: unknown) => ask(method as Method, args)] as const);
  // Each method passes its arguments and its answer through unchanged: what they are, the port says on both sides.
  const store = Object.fromEntries(calls) as unknown as Store;
  return {
    ...store,
    close: async () => {
      const done = ask("close", undefined);
      closed = true;
      await done;
      await exited;
    },
  };
}
