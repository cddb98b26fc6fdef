/** What every end-to-end test is given: a running server, and people who arrive at browsers of the pairing under test. */
import { test as base, type Browser } from "@playwright/test";
import { launch, newContext, type BrowserKind, type Pair } from "./browsers.ts";
import { personAt, type Person } from "./person.ts";
import { startServer, type TestServer } from "./server.ts";
import { startWireTap, type WireTap } from "@megachat/testing/wire-tap";

export interface PairOptions {
  readonly pair: Pair;
}
export interface People {
  /**
   * Someone new, at a browser of their own with nothing in it. The first to arrive sits at the pairing's first browser,
   * the second at its second, and so on in turn. The name is made unique, so that tests share a server.
   */
  readonly arrive: (name: string) => Promise<Person>;
}

interface WorkerParts {
  readonly server: TestServer;
  /** Each seat's own line to the server, and one that no test cuts. */
  readonly lines: Lines;
  readonly world: { readonly server: TestServer; readonly lines: Lines };
  readonly browserOf: (kind: BrowserKind) => Promise<Browser>;
}
type Lines = readonly [WireTap, WireTap, WireTap];

export const test = base.extend<{ readonly people: People }, PairOptions & WorkerParts>({
  pair: [["chromium", "chromium"], { option: true, scope: "worker" }],

  world: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads a fixture's needs from this pattern.
    async ({}, use) => {
      // Allowed origins follow from the lines, so these are opened before the server, and told where it is after.
      const found = { port: 0 };
      const line = (): Promise<WireTap> => startWireTap(() => found.port);
      const lines = [await line(), await line(), await line()] as const;
      const server = await startServer({ flags: lines.flatMap(({ port }) => ["--origin", urlOf(port)]) });
      found.port = server.port;
      await use({ server, lines });
      await server.stop();
      for (const line of lines) await line.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  server: [async ({ world }, use) => use(world.server), { scope: "worker" }],
  lines: [async ({ world }, use) => use(world.lines), { scope: "worker" }],

  browserOf: [
    // oxlint-disable-next-line no-empty-pattern -- as above.
    async ({}, use) => {
      const launched = new Map<BrowserKind, Promise<Browser>>();
      await use((kind) => {
        const browser = launched.get(kind) ?? launch(kind);
        launched.set(kind, browser);
        return browser;
      });
      for (const browser of launched.values()) await (await browser).close();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  people: async ({ pair, server, lines, browserOf }, use, info) => {
    const arrived: Person[] = [];
    let seats = 0;
    await use({
      arrive: async (name) => {
        const at = seats++ % 2 === 0 ? 0 : 1;
        const person = await arriveAt(name, pair[at], lines[at], browserOf);
        arrived.push(person);
        return person;
      },
    });
    for (const line of lines) line.mend();
    const failed = info.status !== info.expectedStatus;
    // Before any picture is taken: taking one puts a style into the page, which the page's policy refuses aloud.
    const complaints = arrived.flatMap((person) => [...person.complaints]);
    for (const person of arrived) {
      if (failed) await keepPicture(person, info);
      await person.context.close();
    }
    if (failed) await info.attach("server", { body: server.output(), contentType: "text/plain" });
    if (complaints.length > 0 && failed)
      await info.attach("complaints", { body: complaints.join("\n"), contentType: "text/plain" });
    if (complaints.length > 0 && !failed) throw new Error(`the page complained:\n${complaints.join("\n")}`);
  },
});

const urlOf = (port: number): string => `http://localhost:${port}`;

async function arriveAt(name: string, kind: BrowserKind, line: WireTap, browserOf: WorkerParts["browserOf"]): Promise<Person> {
  const context = await newContext(await browserOf(kind));
  return personAt(`${name.toLowerCase()}-${unique()}`, { kind, context, url: urlOf(line.port), line });
}

let counted = 0;
const unique = (): string => `${process.pid.toString(36)}${(counted++).toString(36)}${Date.now().toString(36).slice(-4)}`;

async function keepPicture(
  person: Person,
  info: { attach: (name: string, what: { body: Buffer | string; contentType: string }) => Promise<void> },
): Promise<void> {
  const picture = await person.page.screenshot({ timeout: 5_000 }).catch(() => undefined);
  if (picture) await info.attach(person.name, { body: picture, contentType: "image/png" });
}

export { expect } from "@playwright/test";
