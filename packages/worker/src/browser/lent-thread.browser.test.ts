import { expect, test } from "vitest";
import { borrowThread, lendThread } from "./lent-thread.ts";

const source = (text: string): string => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
/** What stands between the core's worker and its page: a port delivers as a worker does. */
function page(start: () => Worker) {
  const { port1: core, port2: own } = new MessageChannel();
  const refused: unknown[] = [];
  own.onmessage = (event) => void (lendThread(event, start) || refused.push(event.data));
  return { post: (message: unknown, transfer: Transferable[] = []) => core.postMessage(message, transfer), refused };
}
const nextOf = async (listen: (to: (answer: unknown) => void) => void): Promise<unknown> => new Promise((done) => listen(done));
const serving = new URL("./lent-thread-test-worker.ts", import.meta.url);

test("[V61] a thread that the page lends answers what was asked before it came, and ends with the procedure", async () => {
  const { post } = page(() => new Worker(serving, { type: "module" }));
  const thread = borrowThread(post);
  thread.post({ add: [1, 2] });
  expect(await nextOf(thread.listen)).toEqual({ sum: 3 });
  thread.post({ add: "not numbers" });
  expect(await nextOf(thread.listen)).toBeNull();
  thread.post({ tellWhenGone: true });
  const { locked } = (await nextOf(thread.listen)) as { readonly locked: string };
  thread.end();
  // What the thread held until its end.
  await navigator.locks.request(locked, async () => {});
});

test("[V61] a thread that does not come is told to who waits for it", async () => {
  const { post, refused } = page(() => new Worker(source("throw new Error('no')"), { type: "module" }));
  const thread = borrowThread(post);
  thread.post({ add: [1, 2] });
  expect(await nextOf(thread.listen)).toBeNull();
  post({ type: "push" });
  await expect.poll(() => refused).toEqual([{ type: "push" }]);
});
