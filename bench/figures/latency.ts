/**
 * `latency`: milliseconds from the key that sends a message to the line that shows it at the other side, two clients over
 * the real server; against two bare pages in the same browsers that send as many bytes over a bare WebSocket server and
 * commit as often: each side to a file that it flushes, the server to SQLite. There and back in turn, so that two clocks
 * that differ cancel out; the slower pair of browsers counts.
 */
import type { Page } from "@playwright/test";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureBuilt } from "../../tools/lib/build.mjs";
import { draft, random } from "../../apps/server/src/testing/people.ts";
import type { BrowserKind } from "../../e2e/support/browsers.ts";
import { en } from "../../packages/ui/src/words/en.ts";
import { ClientFrame, encode } from "@megachat/wire";
import { dearestOf, median, report, type Measured } from "../report.ts";
import { startOne } from "../servers/start.ts";
import { seatTwo } from "../two.ts";

const ROUNDS = 12;
/** Of a short text, padded to 256 bytes, sealed and framed by MLS. */
const BODY = 430;
/** What a message leaves behind is over: receipts, at most one a second. */
const SETTLES = 1_500;

/** One direction: the text is in the sender's field; Enter sends it. */
interface Way {
  readonly from: Page;
  readonly to: Page;
  readonly fill: (text: string) => Promise<void>;
}

/** Notes when Enter goes down and when a line of the list first says what is waited for. Runs in the page. */
function watch(list: string): void {
  const now = (): number => performance.timeOrigin + performance.now();
  const noted = { sent: 0, awaited: "", shown: 0 };
  Reflect.set(globalThis, "noted", noted);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter") noted.sent = now();
  };
  addEventListener("keydown", onKey, { capture: true });
  const found = document.querySelector(`[aria-label="${list}"]`);
  if (!found) throw new Error(`no ${list}`);
  new MutationObserver(() => {
    if (noted.awaited !== "" && noted.shown === 0 && found.textContent.includes(noted.awaited)) noted.shown = now();
  }).observe(found, { subtree: true, childList: true, characterData: true });
}
type Noted = { sent: number; awaited: string; shown: number };
const note = (page: Page, what: Partial<Noted>): Promise<void> =>
  page.evaluate((now) => void Object.assign(Reflect.get(globalThis, "noted") as Noted, now), what);
const noted = (page: Page): Promise<Noted> => page.evaluate(() => Reflect.get(globalThis, "noted") as Noted);

let written = 0;
async function once({ from, to, fill }: Way): Promise<number> {
  const text = `message number ${++written}.`;
  await to.bringToFront();
  await from.bringToFront();
  await note(to, { awaited: text, shown: 0 });
  await fill(text);
  await sleep(300);
  await from.keyboard.press("Enter");
  for (;;) {
    const { shown } = await noted(to);
    if (shown > 0) {
      const { sent } = await noted(from);
      await sleep(SETTLES);
      return shown - sent;
    }
    await sleep(50);
  }
}
/** The mean of there and back. */
const thereAndBack = async ([there, back]: readonly [Way, Way]): Promise<number> => ((await once(there)) + (await once(back))) / 2;

/** What a dedicated worker has, and this program's declarations of a page do not. */
interface Scope {
  onmessage: ((event: MessageEvent<never>) => void) | null;
  readonly postMessage: (message: unknown) => void;
}
interface Handle {
  readonly createSyncAccessHandle: () => Promise<{
    readonly getSize: () => number;
    readonly write: (bytes: Uint8Array, options: { readonly at: number }) => number;
    readonly flush: () => void;
  }>;
}

/** The bare client's worker: what it sends and what it gets is in a file, flushed, before anything else happens. */
function bareWorker(): void {
  const scope = globalThis as unknown as Scope;
  const open = async (url: string): Promise<void> => {
    const root = await navigator.storage.getDirectory();
    const handle = (await root.getFileHandle("bare", { create: true })) as unknown as Handle;
    const file = await handle.createSyncAccessHandle();
    const commit = (bytes: Uint8Array<ArrayBuffer>): void => {
      file.write(bytes, { at: file.getSize() });
      file.flush();
    };
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const said = /message number \d+\./u.exec(new TextDecoder().decode(data))?.[0];
      if (said === undefined) return;
      commit(new Uint8Array(data));
      scope.postMessage(said);
    };
    scope.onmessage = ({ data }: MessageEvent<Uint8Array<ArrayBuffer>>) => {
      commit(data);
      socket.send(data);
    };
    socket.onopen = () => scope.postMessage(null);
  };
  scope.onmessage = ({ data }: MessageEvent<string>) => void open(data);
}

/** A bare page: a list and a field. What Enter sends is the frame that lies ready. Runs in the page. */
async function barePage({ url, list, worker }: { readonly url: string; readonly list: string; readonly worker: string }) {
  document.body.innerHTML = `<ol aria-label="${list}"></ol><textarea></textarea>`;
  const lines = document.querySelector("ol");
  const field = document.querySelector("textarea");
  const thread = new Worker(URL.createObjectURL(new Blob([worker], { type: "text/javascript" })));
  const show = (text: string): void => {
    const line = document.createElement("li");
    line.textContent = text;
    lines?.append(line);
  };
  await new Promise<void>((resolve) => {
    thread.onmessage = () => resolve();
    thread.postMessage(url);
  });
  let mine = "";
  thread.onmessage = ({ data }: MessageEvent<string>) => {
    if (data !== mine) show(data);
  };
  field?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    mine = field.value;
    thread.postMessage(Uint8Array.from(Reflect.get(globalThis, "frame") as readonly number[]));
    show(field.value);
    field.value = "";
  });
}

async function waysIn(
  kind: BrowserKind,
): Promise<{ readonly ours: readonly [Way, Way]; readonly theirs: readonly [Way, Way] } & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const bare = opened.use(await startOne("bare"));
  const { people } = opened.use(await seatTwo(kind, { prefs: { "privacy.reduceTimerPrecision": false } }));
  const log = random(16);
  let sequence = 0;
  const pages: Page[] = [];
  for (const { page, context } of people) {
    await page.evaluate(watch, en.conversation.messages);
    const other = await context.newPage();
    await other.goto(bare.url.replace(/^ws/u, "http"));
    const worker = `(${bareWorker.toString()})()`;
    await other.evaluate(barePage, { url: bare.url, list: en.conversation.messages, worker });
    await other.evaluate(watch, en.conversation.messages);
    pages.push(other);
  }
  const prepare = (page: Page, text: string): Promise<void> => {
    const body = random(BODY);
    body.set(new TextEncoder().encode(text));
    const frame = encode(ClientFrame, { number: ++sequence, request: draft(log, 1, sequence, { body }) });
    return page.evaluate((bytes) => void Reflect.set(globalThis, "frame", bytes), Array.from(frame));
  };
  const [alice, bob] = people;
  const [first, second] = pages;
  if (!first || !second) throw new Error("no bare pages");
  const bareWay = (from: Page, to: Page): Way => ({
    from,
    to,
    fill: async (text) => {
      await from.locator("textarea").fill(text);
      await prepare(from, text);
    },
  });
  const ourWay = (from: typeof alice, to: typeof alice): Way => ({
    from: from.page,
    to: to.page,
    fill: async (text) => {
      const box = from.page.getByPlaceholder(en.conversation.placeholder);
      await box.click();
      await from.type(box, text);
    },
  });
  const all = opened.move();
  return {
    ours: [ourWay(alice, bob), ourWay(bob, alice)],
    theirs: [bareWay(first, second), bareWay(second, first)],
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

await ensureBuilt();
const samples: Record<string, readonly number[]> = {};
const measured: Measured[] = [];
for (const kind of ["chromium", "firefox"] as const) {
  await using ways = await waysIn(kind);
  // The server pushes a row to who has written to its log; and the first words are the compiler's.
  for (let round = 0; round < 2; round++) {
    for (const way of ways.theirs) {
      await way.fill("message number 0.");
      await way.from.keyboard.press("Enter");
      await sleep(200);
    }
    await thereAndBack(ways.ours);
  }
  const [product, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await thereAndBack(ways.theirs));
    product.push(await thereAndBack(ways.ours));
  }
  samples[`${kind} product`] = product;
  samples[`${kind} bare`] = bare;
  measured.push({ value: median(product), baseline: median(bare) });
  console.log(`${kind}: ${median(product).toFixed(2)} of ${median(bare).toFixed(2)} ms`);
}
report({ figure: "latency", ...dearestOf(measured), unit: "ms", aim: { atMost: 1.5 }, samples });
