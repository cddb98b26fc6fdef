/** A core that comes to life from the open database, and its driver. */
import { err, ok, type Result } from "@megachat/base";
import { deviceOf, holdRecoveryKey, restoreCore, stepCore, type CoreState, type CoreWish } from "@megachat/core";
import { restoreEngine, type Engine } from "@megachat/group";
import { ENGINE_SPACE, startDriver, type Driver, type DriverPorts, type Life } from "../driver/driver.ts";
import type { StoreFault } from "../store/sql.ts";
import type { HomePorts } from "./ports.ts";

export type RecoveryKey = NonNullable<Parameters<typeof holdRecoveryKey>[1]>;
/** What the driver tells the home. */
export type LifeHooks = Pick<DriverPorts<CoreState, CoreWish>, "ask" | "show" | "out" | "reset" | "lost" | "failed">;

export interface LivingCore {
  readonly driver: Driver<CoreState, CoreWish>;
  readonly engine: () => Engine;
}

/** `recoveryKey` is there right after a sign-up: this life, and no later one, shows it without the password. */
export async function bringToLife(
  ports: HomePorts,
  hooks: LifeHooks,
  recoveryKey: RecoveryKey | null,
): Promise<Result<LivingCore, StoreFault>> {
  const store = ports.vault.store();
  if (!store) throw new Error("no database is open");
  let engine: Engine | undefined;
  let fresh = recoveryKey;

  const revive = async (): Promise<Result<Life<CoreState>, StoreFault>> => {
    const rows = await store.allRows([ENGINE_SPACE]);
    if (!rows.ok) return rows;
    const engineRows = await store.rows(ENGINE_SPACE);
    if (!engineRows.ok) return engineRows;
    const restored = restoreCore(rows.value, ports.random);
    if (!restored) return err({ type: "corrupt" });
    const living = restoreEngine(await ports.mls(), deviceOf(restored), engineRows.value);
    engine = living;
    const state = fresh ? holdRecoveryKey(restored, fresh) : restored;
    fresh = null;
    return ok({ engine: living, state });
  };

  const { clock, timer, pause, random, log } = ports;
  const driver = await startDriver<CoreState, CoreWish>({
    mind: { step: stepCore },
    store,
    revive,
    clock,
    timer,
    pause,
    random,
    log,
    ...hooks,
  });
  if (!driver.ok) return driver;
  return ok({
    driver: driver.value,
    engine: () => {
      if (!engine) throw new Error("a driver without an engine");
      return engine;
    },
  });
}
