/**
 * A procedure that the person may call off. Once it is, each port that it uses throws, so that it unwinds from wherever it
 * stands and disposes of its secrets on the way, exactly as in a crash; what is being written is written to the end. [V55]
 */
import type { account as accounts } from "@megachat/core";

/** Thrown into a procedure that was called off. Caught where procedures are started, and nowhere else. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

export interface Cancelling {
  readonly cancel: () => void;
  /** The same ports, which end with the procedure. */
  readonly around: (ports: accounts.AccountPorts) => accounts.AccountPorts;
}

type Act<A extends readonly unknown[], R> = (...args: A) => Promise<R>;

export function createCancelling(): Cancelling {
  const { promise: cancelled, reject } = Promise.withResolvers<never>();
  let isCancelled = false;
  // Nobody may be waiting when it comes.
  cancelled.catch(() => {});

  const stopIfCancelled = (): void => {
    if (isCancelled) throw new Cancelled();
  };
  /** What only takes time is left at once. */
  const left =
    <A extends readonly unknown[], R>(act: Act<A, R>): Act<A, R> =>
    async (...args) => {
      stopIfCancelled();
      return Promise.race([act(...args), cancelled]);
    };
  /** What writes is waited for. */
  const finished =
    <A extends readonly unknown[], R>(act: Act<A, R>): Act<A, R> =>
    async (...args) => {
      stopIfCancelled();
      return act(...args);
    };

  return {
    cancel: () => {
      isCancelled = true;
      reject(new Cancelled());
    },
    around: (ports) => ({
      ...ports,
      server: { greeting: left(ports.server.greeting), ask: left(ports.server.ask) },
      opaque: {
        register: left(async (password) => {
          const { request, finish } = await ports.opaque.register(password);
          return { request, finish: left(finish) };
        }),
        login: left(async (password) => {
          const { request, finish } = await ports.opaque.login(password);
          return { request, finish: left(finish) };
        }),
      },
      vault: {
        headers: finished(ports.vault.headers),
        create: finished(ports.vault.create),
        putHeader: finished(ports.vault.putHeader),
        open: finished(ports.vault.open),
        erase: finished(ports.vault.erase),
      },
      isStrong: left(ports.isStrong),
      pause: async () => {
        await ports.pause();
        stopIfCancelled();
      },
      wait: left(ports.wait),
    }),
  };
}
