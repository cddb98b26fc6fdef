/** HTTP: the web app's files, a health answer, and the headers around them. [S36]–[S39] */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { INTEGRITY_POLICY, inlineScriptHashes, securityHeaders } from "./headers.ts";
import { whyHttpsPage } from "./why-https.ts";

export interface HttpOptions {
  /** The built web app. */
  readonly webDir: string;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Whether this request came in a way in which browsers give a page its powers. */
  readonly isSecureContext: (request: FastifyRequest) => boolean;
  readonly isHealthy: () => Promise<boolean>;
}

/** Slow senders hold a connection this long and no longer. */
const timeouts = { requestTimeout: 30_000, connectionTimeout: 60_000, keepAliveTimeout: 10_000 };

export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { webDir, tls } = options;
  const base = { ...timeouts, bodyLimit: 1024, logger: false, exposeHeadRoutes: true, forceCloseConnections: true } as const;
  // Fastify's types differ between the two; what is used of them does not.
  const app = (tls ? Fastify({ ...base, https: { ...tls, minVersion: "TLSv1.2" } }) : Fastify(base)) as unknown as FastifyInstance;
  app.server.headersTimeout = 10_000;
  app.removeAllContentTypeParsers();

  const documents = readDocuments(webDir);
  const hashes = [...new Set([...documents.values()].flatMap(inlineScriptHashes))];
  const headers = securityHeaders(hashes);

  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (!options.isSecureContext(request)) return whyHttps(request, reply);
    if (isForeign(request)) return reply.code(403).type("text/plain; charset=utf-8").send("Not for other sites.\n");
  });
  app.addHook("onSend", async (_request, reply) => {
    if (String(reply.getHeader("content-type")).startsWith("text/html")) reply.headers(INTEGRITY_POLICY);
  });

  app.get("/healthz", async (_request, reply) => {
    const ok = await options.isHealthy();
    return reply
      .code(ok ? 200 : 503)
      .header("cache-control", "no-store")
      .send({ ok });
  });

  if (existsSync(webDir)) {
    await app.register(fastifyStatic, {
      root: webDir,
      preCompressed: true,
      cacheControl: false,
      dotfiles: "ignore",
      setHeaders: (response, path) => {
        void response.header("cache-control", cachingOf(path));
      },
    });
  }

  app.setNotFoundHandler(async (request, reply) => {
    // Addresses inside the app are its own routes; a missing file is a missing file.
    const wantsPage =
      request.method === "GET" && /^[^.]*$/.test(pathOf(request)) && (request.headers.accept ?? "").includes("text/html");
    if (wantsPage && documents.has("index.html")) return reply.sendFile("index.html");
    return reply.code(404).type("text/plain; charset=utf-8").send("Not found.\n");
  });
  app.setErrorHandler(async (fault, _request, reply) => {
    const code = fault instanceof Error && "statusCode" in fault ? Number(fault.statusCode) : 500;
    return reply
      .code(code >= 400 && code < 600 ? code : 500)
      .type("text/plain; charset=utf-8")
      .send("Not possible.\n");
  });
  return app;
}

const pathOf = (request: FastifyRequest): string => request.url.split("?", 1)[0] ?? "/";

/** The pages at the top of the build, by name. */
function readDocuments(webDir: string): ReadonlyMap<string, string> {
  if (!existsSync(webDir)) return new Map();
  const names = readdirSync(webDir).filter((name) => name.endsWith(".html"));
  return new Map(names.map((name) => [name, readFileSync(join(webDir, name), "utf8")]));
}

/** A file whose name holds its hash never changes; everything else is asked for again each time. */
const cachingOf = (path: string): string =>
  /\/assets\/[^/]*-[\w-]{8,}\.\w+(?:\.br|\.gz)?$/.test(path) ? "public, max-age=31536000, immutable" : "no-cache";

/** Another site's page may link to ours, and load nothing of it (Fetch Metadata). */
const isForeign = (request: FastifyRequest): boolean =>
  request.headers["sec-fetch-site"] === "cross-site" && request.headers["sec-fetch-mode"] !== "navigate";

const whyHttps = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  reply
    .code(403)
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-store")
    .send(whyHttpsPage({ host: request.hostname, secureUrl: null, authority: false }));
