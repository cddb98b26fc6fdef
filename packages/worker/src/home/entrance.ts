/**
 * Coming in and going out: by the server's share, by a password, by a new account; by the user's wish, by the server's,
 * by a disk that fails. One procedure at a time. [V46–V49, V55, V61]
 */
import { err, ok, type Instant, type Result } from "@megachat/base";
import { account as accounts } from "@megachat/core";
import { createEngine } from "@megachat/group";
import type { Broken, RecoveryError, SignInError, SignUp, SignUpError, SignedOutBecause, WorkStage } from "@megachat/view";
import type { DriverFailure } from "../driver/driver.ts";
import { sleep } from "../driver/timer.ts";
import type { Connection } from "../link/connection.ts";
import { isUp, type LinkEvent } from "../link/link.ts";
import { ThreadDied } from "../password/opaque-remote.ts";
import { Cancelled, createCancelling, type Cancelling } from "./cancelling.ts";
import { recoveryError, signInError, signUpError } from "./errors.ts";
import { bringToLife, type LifeHooks, type RecoveryKey } from "./life.ts";
import type { HomePorts } from "./ports.ts";
import type { AskingPort } from "./server-port.ts";
import type { Header, Inside, Stage } from "./stage.ts";

export interface EntrancePorts {
  readonly ports: HomePorts;
  readonly server: AskingPort;
  readonly connection: Connection;
  readonly hooks: LifeHooks;
  readonly stage: () => Stage;
  readonly become: (next: Stage) => void;
}
export interface Entrance {
  /** What `resume` presents, if somebody's session stands. */
  readonly token: () => Header["session"];
  readonly start: () => Promise<void>;
  /** The server knows the session and has given its share. */
  readonly resumed: (reply: Extract<LinkEvent, { readonly type: "resumed" }>["resumed"]) => Promise<void>;
  readonly refused: (reason: Extract<LinkEvent, { readonly type: "sessionRefused" }>["reason"]) => Promise<void>;
  readonly signUp: (ask: SignUp) => Promise<Result<null, SignUpError>>;
  readonly signIn: (ask: { readonly handle: string; readonly password: string }) => Promise<Result<null, SignInError>>;
  /** Calls off a sign-up or sign-in while nothing of it has been written; later it runs to its end. */
  readonly cancel: () => void;
  /** The recovery key, for who knows the password. */
  readonly reveal: (inside: Inside, password: string) => Promise<Result<RecoveryKey, RecoveryError>>;
  /** Nobody is signed in any more. `forget` deletes what lies here. */
  readonly leave: (because: SignedOutBecause, options: { readonly forget: boolean }) => Promise<void>;
  /** Deletes all that lies in this browser, where nobody is signed in. */
  readonly forgetAll: () => Promise<void>;
  readonly died: (why: DriverFailure) => Promise<void>;
  readonly breakDown: (reason: Broken) => Promise<void>;
}

export function createEntrance({ ports, server, connection, hooks, stage, become }: EntrancePorts): Entrance {
  const { vault, log, clock } = ports;
  let current: Header | null = null;
  /** Of the sign-up or sign-in that can still be called off. */
  let cancelling: Cancelling | null = null;

  const start = async (): Promise<void> => {
    const trouble = await vault.trouble();
    if (trouble) return breakDown(trouble);
    const headers = await vault.headers();
    const standing = headers.find((header) => header.session !== null && header.byShare !== null) ?? null;
    const last = headers.find((header) => header.knownSecret !== null);
    current = standing;
    // First the line: what waits for this stage may ask the server at once, and must find it being dialed.
    connection.give({ type: "session", has: standing !== null });
    connection.give({ type: "start" });
    if (standing) {
      become({ at: "opening", header: standing });
      // It takes as long as dialing: both at once.
      ports.mls().catch(() => {});
    } else {
      become({ at: "signedOut", lastHandle: last?.handle ?? null, because: null });
    }
  };

  const resumed: Entrance["resumed"] = async (reply) => {
    const now = stage();
    if (now.at !== "opening") return;
    const { header } = now;
    const result = await accounts.resumed({ vault, onStage: () => {} }, header, reply);
    if (result.ok) return enter(header, null);
    if (result.error.type === "damaged") return outside({ type: "damaged" }, header);
    // The share is the server's, and does not fit: the password does.
    become({ at: "locked", header });
  };

  const refused: Entrance["refused"] = async (reason) => {
    const now = stage();
    if (now.at !== "opening" && now.at !== "signedIn") return;
    await leave({ type: reason === "accountDisabled" ? "disabled" : "fromElsewhere" }, { forget: false });
  };

  /** The database is open: the core comes to life. */
  const enter = async (header: Header, recoveryKey: RecoveryKey | null): Promise<void> => {
    if (!(await isLoaded())) {
      // The server is there, the program is not: the next connection tries again.
      await vault.close();
      current = header;
      become({ at: "opening", header });
      connection.give({ type: "session", has: true });
      return connection.give({ type: "reset" });
    }
    const core = await bringToLife(ports, hooks, recoveryKey);
    if (!core.ok) {
      log.error("coreNotAlive", { fault: core.error.type });
      await vault.close();
      return outside({ type: "damaged" }, header);
    }
    current = header;
    become({ at: "signedIn", header, ...core.value, storage: await ports.storage() });
    const { at: link } = connection.link();
    if (!isUp(link) || link.step !== "open") return;
    if (link.signedIn) return core.value.driver.give({ type: "link", online: true });
    // A break in the middle of signing in has left the connection without the session.
    connection.give({ type: "session", has: true });
    connection.give({ type: "reset" });
  };

  const isLoaded = async (): Promise<boolean> =>
    ports.mls().then(
      () => true,
      () => {
        log.warn("programNotLoaded");
        return false;
      },
    );

  /** Null where the program behind the form cannot be fetched. */
  const procedure = async (onStage: accounts.AccountPorts["onStage"]): Promise<(accounts.AccountPorts & Disposable) | null> => {
    onStage("loading");
    const strength = await ports.strength().catch(() => null);
    if (!strength || !(await isLoaded())) return null;
    const [mls, opaque] = [await ports.mls(), await ports.opaque()];
    return {
      server,
      opaque,
      vault,
      isStrong: async (password, handle) => strength(password, handle).accepted,
      engine: (device) => createEngine(mls, device),
      random: ports.random,
      clock,
      pause: ports.pause,
      wait: async (time) => sleep(ports.timer, ports.steady, time),
      log,
      onStage,
      [Symbol.dispose]: () => opaque[Symbol.dispose](),
    };
  };

  const failed = async (before: Stage, why: string): Promise<void> => {
    log.warn("notSignedIn", { why });
    await vault.close();
    become(before);
  };

  /** Runs a sign-up or sign-in, which can be called off until it writes. [V55] */
  const run = async <R, E>(
    work: "signUp" | "signIn",
    steps: (own: accounts.AccountPorts) => Promise<Result<R, E>>,
  ): Promise<Result<R, E | Refused>> => {
    const own = createCancelling();
    let wrote = false;
    const onStage = (at: WorkStage, until?: Instant): void => {
      wrote ||= writes.has(at);
      // Who is asked in between depends on what came before. What was written once may stand, whatever comes after.
      if (at !== "askingServer") cancelling = waits.has(at) && !wrote ? own : null;
      become({ at: "working", work, stage: at, until: until ?? null, cancellable: cancelling !== null });
    };
    try {
      using made = await procedure(onStage);
      return made ? await unlessDied(steps(own.around(made))) : offline;
    } catch (fault) {
      if (fault instanceof Cancelled) return cancelled;
      throw fault;
    } finally {
      cancelling = null;
    }
  };

  const signUp: Entrance["signUp"] = async (ask) => {
    const before = stage();
    if (!isOutside(before)) return notOutside(before);
    const result = await run("signUp", async (own) => accounts.signUp(own, ask));
    if (!result.ok) {
      await failed(before, result.error.type);
      return err(signUpError(result.error, clock.now()));
    }
    await enter(result.value.header, result.value.recoveryKey);
    return ok(null);
  };

  const signIn: Entrance["signIn"] = async (ask) => {
    const before = stage();
    if (!isOutside(before)) return notOutside(before);
    const result = await run("signIn", async (own) => accounts.signIn(own, ask));
    if (!result.ok) {
      await failed(before, result.error.type);
      return err(signInError(result.error, clock.now()));
    }
    await enter(result.value.header, null);
    return ok(null);
  };

  const reveal: Entrance["reveal"] = async ({ header }, password) => {
    using own = await procedure(() => {});
    const key = own ? await unlessDied(accounts.revealRecoveryKey(own, header, password)) : offline;
    return key.ok ? key : err(recoveryError(key.error, clock.now()));
  };

  const leave: Entrance["leave"] = async (because, { forget }) => {
    const now = stage();
    if (now.at !== "signedIn" && now.at !== "opening") return;
    if (now.at === "signedIn") await now.driver.stop();
    await vault.close();
    if (forget) await vault.erase(now.header.account);
    else await vault.putHeader(accounts.headerSignedOut(now.header));
    outside(because, forget ? null : now.header);
  };

  /** Keys have left the memory. */
  const outside = (because: SignedOutBecause, header: Header | null): void => {
    current = null;
    connection.give({ type: "session", has: false });
    become({ at: "signedOut", lastHandle: header?.handle ?? null, because });
  };

  const forgetAll = async (): Promise<void> => {
    for (const header of await vault.headers()) await vault.erase(header.account);
    outside({ type: "asked" }, null);
  };

  const died: Entrance["died"] = async (why) => {
    const now = stage();
    if (now.at !== "signedIn") return;
    await vault.close();
    if (why.type === "unstable") return breakDown({ type: "workerCrashed" });
    if (why.fault.type === "corrupt") return outside({ type: "damaged" }, now.header);
    return breakDown({ type: why.fault.type === "full" ? "storageFull" : "storageRefused" });
  };

  const breakDown: Entrance["breakDown"] = async (reason) => {
    const now = stage();
    if (now.at === "broken") return;
    log.error("broken", { reason: reason.type });
    become({ at: "broken", reason });
    connection.give({ type: "stop" });
    if (now.at === "signedIn") await now.driver.stop();
    await vault.close();
  };

  return {
    token: () => current?.session ?? null,
    start,
    resumed,
    refused,
    signUp,
    signIn,
    cancel: () => cancelling?.cancel(),
    reveal,
    leave,
    forgetAll,
    died,
    breakDown,
  };
}

const offline = err({ type: "offline" } as const);
const cancelled = err({ type: "cancelled" } as const);
type Refused = { readonly type: "offline" | "cancelled" };

/** From here on something of it may stay, here or at the server. */
const writes: ReadonlySet<WorkStage> = new Set<WorkStage>(["openingDatabase"]);
/** Stages that write nothing. */
const waits: ReadonlySet<WorkStage> = new Set<WorkStage>(["stretchingPassword", "solvingPuzzle"]);

/** A thread that did not come is a part of the program that could not be fetched. */
const unlessDied = async <R>(work: Promise<R>): Promise<R | typeof offline> =>
  work.catch((fault: unknown) => {
    if (fault instanceof ThreadDied) return offline;
    throw fault;
  });

const isOutside = (stage: Stage): boolean => stage.at === "signedOut" || stage.at === "locked";
const notOutside = (stage: Stage) =>
  err(
    stage.at === "opening" || stage.at === "starting" || stage.at === "broken"
      ? ({ type: "offline" } as const)
      : ({ type: "alreadySignedIn" } as const),
  );
