/** The harness page, served; ends of a call in real browsers; and a core's part played by the test, with real keys. */
import { test as base, type Page } from "@playwright/test";
import { toHex, type Random } from "@megachat/base";
import { labels, sealToX25519 } from "@megachat/crypto";
import { encode, FrameKey, type MediaCommand, type MediaEvent, type SealedToWorker } from "@megachat/wire";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";
import { launch, newContext, type BrowserKind } from "../../../e2e/support/browsers.ts";
import type {} from "./page/page.ts";
import { fromText, toText } from "./page/wire.ts";

export const random: Random = { bytes: (count) => Uint8Array.from(randomBytes(count)) };

type Told<T extends MediaEvent["type"]> = Extract<MediaEvent, { type: T }>;

/** One tab. */
export interface End {
  readonly page: Page;
  readonly kind: BrowserKind;
  /** 16 bytes, drawn for the call. */
  readonly join: Uint8Array<ArrayBuffer>;
  readonly events: readonly MediaEvent[];
  readonly command: (call: Uint8Array, command: MediaCommand) => Promise<void>;
  /** The next event of this type that was not waited for yet. */
  readonly next: <T extends MediaEvent["type"]>(type: T, within?: number) => Promise<Told<T>>;
}

export const test = base.extend<
  { readonly sit: (kind: BrowserKind) => Promise<End> },
  { readonly url: string; readonly open: (kind: BrowserKind) => Promise<Page> }
>({
  url: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads a fixture's needs from this pattern.
    async ({}, use) => {
      const files = await bundle();
      const server = createServer((request, response) => {
        const name = request.url === "/" ? "index.html" : (request.url ?? "").slice(1);
        const body = files.get(name);
        response.writeHead(body === undefined ? 404 : 200, {
          "content-type": name.endsWith(".js") ? "text/javascript" : "text/html",
          "content-security-policy":
            "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'none'; media-src 'self' blob:; img-src data:",
        });
        response.end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      if (!address || typeof address === "string") throw new Error("no address");
      await use(`http://localhost:${address.port}/`);
      server.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  open: [
    async ({ url }, use) => {
      const browsers = new Map<BrowserKind, ReturnType<typeof launch>>();
      await use(async (kind) => {
        const browser = browsers.get(kind) ?? launch(kind);
        browsers.set(kind, browser);
        const context = await newContext(await browser);
        const page = await context.newPage();
        if (kind === "chromium") await context.grantPermissions(["microphone", "camera"]);
        page.on("pageerror", (error) => console.error(kind, error));
        await page.goto(url);
        return page;
      });
      for (const browser of browsers.values()) await (await browser).close();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  sit: async ({ open, url }, use) => {
    const pages: Page[] = [];
    await use(async (kind) => {
      const page = await open(kind);
      pages.push(page);
      const end = endAt(page, kind);
      await page.exposeFunction("report", end.take);
      await page.goto(url);
      await page.waitForFunction(() => "harness" in window);
      return end;
    });
    for (const page of pages) await page.context().close();
  },
});

function endAt(page: Page, kind: BrowserKind): End & { readonly take: (text: string) => void } {
  const events: MediaEvent[] = [];
  const used = new Set<MediaEvent>();
  const arrived: (() => void)[] = [];
  const find = <T extends MediaEvent["type"]>(type: T): Told<T> | undefined =>
    events.find((event): event is Told<T> => event.type === type && !used.has(event));
  return {
    page,
    kind,
    join: random.bytes(16),
    events,
    take: (text) => {
      events.push((fromText(text) as { event: MediaEvent }).event);
      for (const tell of arrived.splice(0)) tell();
    },
    command: (call, command) => page.evaluate((text) => window.harness.command(text), toText({ call: toHex(call), command })),
    next: async (type, within = 15_000) => {
      const until = Date.now() + within;
      for (;;) {
        const event = find(type);
        if (event) {
          used.add(event);
          return event;
        }
        if (Date.now() > until) throw new Error(`${kind} never said ${type}; it said ${events.map((each) => each.type).join(" ")}`);
        await Promise.race([
          new Promise<void>((resolve) => arrived.push(resolve)),
          new Promise((resolve) => setTimeout(resolve, 100)),
        ]);
      }
    },
  };
}

/** A frame key as the core seals it. */
export function sealedKey(
  workerKey: Uint8Array,
  call: Uint8Array<ArrayBuffer>,
  of: {
    readonly direction: FrameKey["direction"];
    readonly join: Uint8Array<ArrayBuffer>;
    readonly epoch?: number;
    readonly baseKey: Uint8Array<ArrayBuffer>;
    readonly removal?: boolean;
  },
): SealedToWorker {
  const key: FrameKey = { type: "frameKey", call, epoch: 1, removal: false, ...of };
  const sealed = sealToX25519(random, labels.frameKeys, workerKey, call, encode(FrameKey, key));
  if (!sealed.ok) throw new Error("bad worker key");
  return sealed.value;
}

/** The page, its worker and what they import, by name. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
  const root = fileURLToPath(new URL("./page", import.meta.url));
  const built = (await build({
    root,
    base: "/",
    configFile: false,
    logLevel: "warn",
    worker: { format: "es" },
    build: { write: false, target: "es2024", minify: false, modulePreload: false },
  })) as Rolldown.RolldownOutput | Rolldown.RolldownOutput[];
  const outputs = (Array.isArray(built) ? built : [built]).flatMap(({ output }) => output);
  return new Map(outputs.map((file) => [file.fileName, file.type === "chunk" ? file.code : String(file.source)]));
}

export { expect } from "@playwright/test";
export type { BrowserKind };
