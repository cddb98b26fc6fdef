/**
 * Builds the server from its parts and starts it. The powers come from the composition root. [S1] [S42]
 *
 * Opened last, closed first: on a stop no new work comes in, everyone is told, what was begun is on the disk, and only
 * then the store closes.
 */
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ready as opaqueReady } from "@megachat/auth/server";
import { seconds, type Clock, type Log, type Random } from "@megachat/base";
import type { FastifyInstance } from "fastify";
import { createBus } from "./bus.ts";
import type { Config } from "./config.ts";
import { lockDataFolder, makeDataFolder } from "./data-folder.ts";
import { createGuesses } from "./guesses.ts";
import { createHolds } from "./holds.ts";
import { buildHttp } from "./http/app.ts";
import { createMetrics, serveMetrics } from "./metrics.ts";
import { createSocketServer } from "./net/socket-server.ts";
import { loadOpaqueSetups } from "./opaque-setups.ts";
import { createPuzzles } from "./puzzles.ts";
import { listenBoth } from "./net/front.ts";
import { prepareReach, type PreparedReach } from "./reach/reach.ts";
import { StartRefused } from "./reach/start-refused.ts";
import { createAllBuckets, type Services } from "./services.ts";
import type { Store } from "./store/port.ts";
import { openThreadedStore } from "./store/threaded-store.ts";
import { startStun } from "./stun.ts";
import { startUpkeep } from "./upkeep.ts";

export interface Powers {
  readonly clock: Clock;
  readonly steady: Clock;
  readonly random: Random;
  readonly log: Log;
}
export interface Running {
  readonly port: number;
  /** Where users go; the first is the one their storage lives under. */
  readonly origins: readonly string[];
  readonly stunPort: number | null;
  readonly metricsPort: number | null;
  /** Lines for the operator: certificates and how to install them. */
  readonly notes: readonly string[];
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
}

export async function serve(config: Config, powers: Powers): Promise<Running> {
  const { clock, steady, random, log } = powers;
  await using opened = new AsyncDisposableStack();
  makeDataFolder(config.dataDir);
  opened.use(lockDataFolder(config.dataDir));
  const store = opened.adopt(await openThreadedStore(join(config.dataDir, "megachat.db")), (each) => each.close());
  await opaqueReady();
  const setups = await openSetups(config.dataDir, store, random);
  const buckets = createAllBuckets(config.limits, steady);
  const stun =
    config.stunPort === null ? null : opened.adopt(await startStun(config, buckets.stunPerAddress, log), (each) => each?.stop());

  const services: Services = {
    store,
    bus: createBus(),
    log,
    random,
    clock,
    steady,
    setups,
    guesses: createGuesses(createPuzzles(random, steady), steady),
    holds: createHolds(steady),
    buckets,
    signUp: config.signUp,
    relay: { turnUrls: config.turnUrls, turnSecret: config.turnSecret, stunPort: stun?.port ?? null },
    metrics: createMetrics(),
  };

  const reach = prepareReach(config, powers);
  const http = await buildHttp({
    webDir: config.webDir,
    tls: reach.tls,
    isSecureContext: reach.isSecureContext,
    isHealthy: async () => (await store.fact({ name: "origin" })) !== null,
  });
  opened.defer(() => http.close());
  const port = await listen(http, config, reach, opened);
  const origins = reach.origins(port);
  await keepOrigin(store, origins[0] ?? "", config.acceptNewOrigin);

  const allowed = new Set(origins);
  const sockets = createSocketServer(services, {
    limits: config.limits,
    proxies: config.reach.type === "proxy" ? config.reach.proxies : 0,
    allowsOrigin: (origin) => allowed.has(origin),
  });
  http.server.on("upgrade", sockets.onUpgrade);
  opened.defer(() => sockets.stop());
  opened.use(startUpkeep(services, sockets, seconds(5)));
  if (config.metrics) services.metrics.watch({ connections: sockets.count, totals: () => store.totals() });
  const figures = config.metrics && opened.use(await serveMetrics(services.metrics, config.metrics, log));
  log.info("started", { reach: config.reach.type, signUp: config.signUp });

  const all = opened.move();
  let stopped: Promise<void> | undefined;
  return {
    port,
    origins,
    stunPort: stun?.port ?? null,
    metricsPort: figures?.port ?? null,
    notes: reach.notes(origins),
    connections: sockets.count,
    stop: () =>
      (stopped ??= all.disposeAsync().then(() => {
        log.info("stopped");
      })),
  };
}

/** Returns the port. With TLS, plain HTTP on the same port is answered, too, by a page that says why it will not do. */
async function listen(
  http: FastifyInstance,
  { host, port }: Config,
  reach: PreparedReach,
  opened: AsyncDisposableStack,
): Promise<number> {
  if (!reach.tls) {
    await http.listen({ host, port });
    return (http.server.address() as AddressInfo).port;
  }
  await http.ready();
  const front = opened.adopt(await listenBoth(http.server, { host, port }, reach.authority), (each) => each.stop());
  return front.port;
}

// Every password depends on this file: making a new one under existing accounts would shut all of them out in silence.
async function openSetups(dataDir: string, store: Store, random: Random): Promise<ReturnType<typeof loadOpaqueSetups>> {
  const { accounts } = await store.totals();
  return loadOpaqueSetups(join(dataDir, "opaque-setups"), random, accounts === 0 ? "mayCreate" : "mustExist");
}

/**
 * Browsers keep an account's keys under the origin it was made on. Under another one they find nothing, so a change of
 * it is asked for by a flag. [S39]
 */
async function keepOrigin(store: Store, origin: string, acceptNew: boolean): Promise<void> {
  const before = await store.fact({ name: "origin" });
  if (before === origin) return;
  const { accounts } = await store.totals();
  if (before !== null && accounts > 0 && !acceptNew) {
    throw new StartRefused(
      `This server was ${before} until now, and its users' browsers keep their keys under that address. ` +
        `Under ${origin} they would have to start again. Start it as before, or add --accept-new-origin.`,
    );
  }
  await store.setFact({ name: "origin", value: origin });
}
