/** A few processes that run cases. One that says nothing for too long is ended, and its case is a hang. */
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Outcome } from "./case.ts";

/** A line of the raw log. */
export interface Entry extends Outcome {
  readonly case: string;
  /** Of the processor, not of the clock: others work on the same machine. */
  readonly ms: number;
  /** The defence that was missing; absent where none was. */
  readonly mutant?: string;
}

export const isWrong = ({ verdict }: Entry): boolean => verdict !== "refused" && verdict !== "alarmed" && verdict !== "notReached";

/** Real time: simulated hours pass in milliseconds, so this long is for ever. */
const FOR_EVER_MS = 120_000;

interface Job {
  readonly seed: string;
  readonly mutant: string | null;
  readonly workers: number;
  readonly onEntry: (entry: Entry) => void;
  /** Ends early when it has seen enough. */
  readonly enough?: (entry: Entry) => boolean;
}

export async function runCases(cases: readonly string[], job: Job): Promise<void> {
  const queue = [...cases];
  await Promise.all(Array.from({ length: Math.min(job.workers, cases.length) }, async () => runQueue(queue, job)));
}

async function runQueue(queue: string[], job: Job): Promise<void> {
  while (queue.length > 0) {
    const worker = fork(join(import.meta.dirname, "worker.ts"), [job.seed, job.mutant ?? ""]);
    try {
      await heardFrom(worker, job.mutant ?? "a worker");
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        worker.send(name);
        const entry = await outcomeOf(worker, name);
        job.onEntry({ ...entry, ...(job.mutant === null ? {} : { mutant: job.mutant }) });
        if (job.enough?.(entry)) queue.length = 0;
        if (entry.verdict === "hang" && entry.ms >= FOR_EVER_MS) break;
      }
    } finally {
      worker.kill("SIGKILL");
    }
  }
}

async function outcomeOf(worker: ChildProcess, name: string): Promise<Entry> {
  const said = await heardFrom(worker, name, FOR_EVER_MS);
  if (said !== undefined) return said as Entry;
  return {
    case: name,
    verdict: "hang",
    faults: ["real: the client did not come to an end"],
    alarms: [],
    bent: 1,
    late: true,
    ms: FOR_EVER_MS,
  };
}

/** The worker's next word; undefined when it stays silent. */
function heardFrom(worker: ChildProcess, what: string, withinMs?: number): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers();
  const died = (code: number | null): void => reject(new Error(`${what}: its process ended with ${code}`));
  const timer = withinMs === undefined ? undefined : setTimeout(() => resolve(undefined), withinMs);
  worker.once("message", resolve);
  worker.once("exit", died);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off("message", resolve);
    worker.off("exit", died);
  });
}
