/** For tests: a lent thread that adds, and whose lock tells that it has gone. */
import { serveLender } from "./lent-thread.ts";

declare const self: DedicatedWorkerGlobalScope;

const LOCK = "lent-thread-test";

serveLender(self, async (call) => {
  const { add, tellWhenGone } = call as { readonly add?: readonly number[]; readonly tellWhenGone?: true };
  if (tellWhenGone) {
    const { promise, resolve } = Promise.withResolvers<void>();
    void navigator.locks.request(LOCK, async () => {
      resolve();
      return new Promise<never>(() => {});
    });
    await promise;
    return { locked: LOCK };
  }
  return { sum: add?.map(Number).reduce((sum, each) => sum + each) };
});
