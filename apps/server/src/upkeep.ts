/** What the server does by itself: removes what has served its time, and notices what the operator's command changed. */
import { instant, type Duration } from "@megachat/base";
import type { SocketServer } from "./net/socket-server.ts";
import type { Services } from "./services.ts";

/** Every second: a cheap counter in the file; more only when another process has written. */
const WATCH_MS = 1000;
/** Running time is written down this often: an idle server should not write every few seconds. */
const TELL_MS = 60_000;

export function startUpkeep({ store, steady, log }: Services, sockets: SocketServer, sweepEvery: Duration): AsyncDisposable {
  let busy: Promise<void> = Promise.resolve();
  let seen = -1;
  let told = steady.now();
  const inTurn = (work: () => Promise<void>): void => {
    busy = busy.then(work).catch(() => log.error("upkeepFailed"));
  };

  const sweep = async (): Promise<void> => {
    const ran = steady.now() - told;
    const ranMs = ran >= TELL_MS ? ran : 0;
    let more = await store.sweep({ ranMs });
    told = instant(told + ranMs);
    while (more) more = await store.sweep({ ranMs: 0 });
  };
  const watch = async (): Promise<void> => {
    const changes = await store.outsideChanges();
    if (changes === seen) return;
    seen = changes;
    await sockets.endAccounts(async (account) => (await store.loginFaces({ account: Uint8Array.from(account) }))?.disabled ?? true);
  };

  const timers = [setInterval(() => inTurn(sweep), sweepEvery), setInterval(() => inTurn(watch), WATCH_MS)];
  for (const timer of timers) timer.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearInterval(timer);
      await busy;
    },
  };
}
