/**
 * Figures for the operator, in the text form that Prometheus reads: how much, how fast, how often refused. Never who: a
 * label is a word of this program's, and no figure is kept of one person, address or conversation. [S49]
 */
import { createServer } from "node:http";
import { isIP, type AddressInfo } from "node:net";
import type { Log } from "@megachat/base";
import type { Reply } from "@megachat/wire";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { TypeOf } from "./operation.ts";
import { StartRefused } from "./reach/start-refused.ts";

export interface Metrics {
  /** A request was answered, `seconds` after it had been read. */
  readonly answered: (request: TypeOf, outcome: Reply["type"] | "failed", seconds: number) => void;
  /** A connection sent what no client of ours sends, or did not read what it had asked for. */
  readonly dropped: (why: "malformed" | "doesNotRead") => void;
  /** Adds what is counted only when somebody looks. */
  readonly watch: (figures: Figures) => void;
  readonly text: () => Promise<string>;
  readonly contentType: string;
}
export interface Figures {
  readonly connections: () => number;
  readonly totals: () => Promise<Readonly<Record<"accounts" | "sessions" | "conversations" | "rows", number>>>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: "megachat_requests_total",
    help: "Requests answered, by type and by what became of them.",
    labelNames: ["type", "outcome"],
    registers,
  });
  const durations = new Histogram({
    name: "megachat_request_seconds",
    help: "From a request read to its answer, what is durable being on the disk by then.",
    labelNames: ["type"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const dropped = new Counter({
    name: "megachat_connections_dropped_total",
    help: "Connections closed for what they sent, or for not reading.",
    labelNames: ["why"],
    registers,
  });
  return {
    answered: (type, reply, seconds) => {
      const outcome = reply === "refused" || reply === "slowDown" || reply === "failed" ? reply : "done";
      requests.inc({ type, outcome });
      durations.observe({ type }, seconds);
    },
    dropped: (why) => dropped.inc({ why }),
    watch: ({ connections, totals }) => {
      const kept = atMostEvery(TOTALS_EVERY, totals);
      collectDefaultMetrics({ register: registry, prefix: "megachat_" });
      new Gauge({
        name: "megachat_connections",
        help: "WebSockets open now.",
        registers,
        collect() {
          this.set(connections());
        },
      });
      new Gauge({
        name: "megachat_kept",
        help: "What the database holds, by kind.",
        labelNames: ["what"],
        registers,
        async collect() {
          const { accounts, sessions, conversations, rows } = await kept();
          for (const [what, count] of Object.entries({ accounts, sessions, conversations, rows })) this.set({ what }, count);
        },
      });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** Milliseconds. Counting goes through whole tables, in the thread that stores. */
const TOTALS_EVERY = 60_000;

/** What `read` gave last, unless that is older than `wait` milliseconds. */
function atMostEvery<T>(wait: number, read: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | undefined;
  return async () => {
    const now = performance.now();
    if (!last || now - last.at >= wait) {
      const value = read();
      last = { at: now, value };
      // A count that failed is no count to keep.
      value.catch(() => (last = undefined));
    }
    return last.value;
  };
}

/** Where figures are asked for: an address of its own, which is nobody's but the operator's. */
export interface MetricsAddress {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

export interface MetricsServer extends AsyncDisposable {
  readonly port: number;
}

/** Addresses in figures, the machine's own name for itself, or what the operator gave. */
function isOurs(named: string, host: string): boolean {
  const name = named.replace(/:\d+$/, "");
  return isIP(name.replace(/^\[|\]$/g, "")) !== 0 || name === "localhost" || name === host;
}

/** @throws StartRefused where the address cannot be had. */
export async function serveMetrics(metrics: Metrics, { host, port }: MetricsAddress, log: Log): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    // A page whose name was made to point here names itself; whoever was told the address names that.
    const found = request.method === "GET" && request.url === "/metrics" && isOurs(request.headers.host ?? "", host);
    void (found ? metrics.text() : Promise.resolve("Not found.\n")).then(
      (text) => response.writeHead(found ? 200 : 404, { "content-type": found ? metrics.contentType : "text/plain" }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.requestTimeout = 5000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (fault: NodeJS.ErrnoException) =>
      reject(new StartRefused(`--metrics: ${host}:${port} cannot be listened on (${fault.code ?? fault.name}).`)),
    );
    server.listen({ host, port }, resolve);
  });
  server.on("error", (fault: NodeJS.ErrnoException) => log.warn("metricsFailed", { code: fault.code ?? fault.name }));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
