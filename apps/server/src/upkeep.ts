/** What the server does by itself: removes what has served its time, and notices what the operator's command changed. */
import { instant, type Duration } from "@megachat/base";
import type { SocketServer } from "./net/socket-server.ts";
import type { Services } from "./services.ts";

/** Every second: a cheap counter in the file; more only when another process has written. */
const WATCH_MS = 1000;

export function startUpkeep({ store, clock, log }: Services, sockets: SocketServer, sweepEvery: Duration): AsyncDisposable {
  let busy: Promise<void> = Promise.resolve();
  let seen = -1;
  const inTurn = (work: () => Promise<void>): void => {
    busy = busy.then(work).catch(() => log.error("upkeepFailed"));
  };

  const sweep = async (): Promise<void> => {
    while (await store.sweep({ now: instant(clock.now()) })) log.debug("swept");
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
