/** A real server for tests: a random port, a data folder of its own, and everything else as in production. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, type Clock, type Log } from "@megachat/base";
import type { Config } from "../config.ts";
import { standardLimits, type Limits } from "../limits.ts";
import { serve, type Running } from "../serve.ts";
import { steadyClock, systemRandom, wallClock } from "../system.ts";

export interface TestServer extends AsyncDisposable {
  /** `http://localhost:…`, where the page is. */
  readonly url: string;
  /** `ws://localhost:…/ws`, where the page dials. */
  readonly socketUrl: string;
  readonly port: number;
  readonly stunPort: number | null;
  readonly dataDir: string;
  readonly running: Running;
  /** Stops in good order and removes the data folder, if it was made here. */
  readonly stop: () => Promise<void>;
}

export interface TestServerOptions extends Partial<Omit<Config, "limits">> {
  readonly limits?: Partial<Limits>;
  readonly log?: Log;
  readonly clock?: Clock;
  readonly steady?: Clock;
}

/** `limits` default to the product's, with room for tests that make many accounts from one address. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { log = silentLog, clock = wallClock, steady = steadyClock, limits, ...given } = options;
  const dataDir = given.dataDir ?? mkdtempSync(join(tmpdir(), "megachat-server-"));
  const config: Config = {
    host: "127.0.0.1",
    port: 0,
    webDir: join(dataDir, "no-web-app"),
    reach: { type: "local" },
    origins: [],
    acceptNewOrigin: true,
    signUp: "open",
    stunHost: "127.0.0.1",
    stunPort: 0,
    turnUrls: [],
    turnSecret: "",
    metrics: null,
    logLevel: "warn",
    ...given,
    dataDir,
    limits: { ...standardLimits, ...roomForTests, ...limits },
  };
  const running = await serve(config, { clock, steady, random: systemRandom, log });
  const stop = async (): Promise<void> => {
    await running.stop();
    if (given.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  const { port, stunPort } = running;
  const url = `http://localhost:${port}`;
  return { url, socketUrl: `ws://127.0.0.1:${port}/ws`, port, stunPort, dataDir, running, stop, [Symbol.asyncDispose]: stop };
}

const plenty = { burst: 10_000, perSecond: 1000 };
const roomForTests: Partial<Limits> = {
  signUpsPerAddress: plenty,
  loginsPerAddress: plenty,
  dialsPerAddress: plenty,
  lookUpsPerAddress: plenty,
};
